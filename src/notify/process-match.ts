import type { ProcessDescription } from "../base/tracking.ts";
import type { TrackProcess } from "../conf/model.ts";

/** Without parameters the command name is compared; else the command line, program included. */
export function needsCommandLine({ fullCommand, paramMatch }: TrackProcess): boolean {
  return fullCommand || paramMatch !== "none";
}

/**
 * Whether a process is one of those that are counted, as keepalived 2.2.7 was seen to judge (test/notify/process-match.test.ts).
 * A name of more than 15 octets is never a command name, which the kernel cuts.
 */
export function isTracked(tracked: TrackProcess, { name, commandLine }: ProcessDescription): boolean {
  const { process, parameters, paramMatch } = tracked;
  if (!needsCommandLine(tracked)) return name === process;
  const [program, ...given] = commandLine ?? [];
  if (program !== process) return false;
  if (paramMatch === "none") return true;
  if (paramMatch === "exact") return given.length === parameters.length && parameters.every((one, i) => given[i] === one);
  const last = parameters.length - 1;
  return parameters.every((one, i) => given[i] === one || (i === last && paramMatch === "initial" && given[i]?.startsWith(one) === true));
}

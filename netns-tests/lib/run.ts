import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";

/** A command that ended with another status than 0; the message holds its output. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** Exit status, or undefined when it could not be started or a signal ended it. */
  readonly status: number | undefined;

  constructor(argv: readonly string[], status: number | undefined, output: string) {
    super(`${argv.join(" ")}: status ${status ?? "none"}\n${output}`);
    this.status = status;
  }
}

/**
 * Runs a command to its end.
 *
 * @returns its standard output
 * @throws CommandError when it does not exit with 0
 */
export function run(argv: readonly string[], input?: string): Promise<string> {
  const [file = "", ...rest] = argv;
  return new Promise((resolve, reject) => {
    const child = execFile(file, rest, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new CommandError(argv, typeof error.code === "number" ? error.code : undefined, `${stdout}${stderr}${error.message}`));
    });
    child.stdin?.end(input);
  });
}

/** Sends a signal to a process of ours; one that has ended already is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** The process and all its living descendants, itself first. Empty when it has ended. */
export function processTree(pid: number): number[] {
  let children: string;
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return [];
    throw error;
  }
  return [pid, ...children.split(" ").filter((word) => word !== "").flatMap((word) => processTree(Number(word)))];
}

import type { BfdInstance, TrackedInterface, TrackedObject, TrackedScript, TrackFile, TrackProcess, TrackScript, VrrpConfig } from "../model.ts";
import { scriptWords } from "./script.ts";
import { quoted, secondsText } from "./writer.ts";
import type { Writer } from "./writer.ts";

// The trackers, and what refers to them. Weights stand with those who refer, where they are already looked up.

/** `track_interface` and the other lists of an instance or a group. */
export function printTracked(
  writer: Writer,
  tracked: {
    readonly trackInterfaces: readonly TrackedInterface[];
    readonly trackScripts: readonly TrackedScript[];
    readonly trackFiles: readonly TrackedObject[];
    readonly trackProcesses: readonly TrackedObject[];
    readonly trackBfds: readonly TrackedObject[];
  },
  { trackFiles }: VrrpConfig,
): void {
  const reversed = new Set(trackFiles.flatMap(({ name, reverse }) => (reverse ? [name] : [])));
  writer.list("track_interface", tracked.trackInterfaces.map((one) => entry(one.interface, one)));
  writer.list("track_script", tracked.trackScripts.map((one) => entry(one.script, one)));
  writer.list("track_file", tracked.trackFiles.map((one) => `${entry(one.name, one)}${reversed.has(one.name) && !one.reverse ? " noreverse" : ""}`));
  writer.list("track_process", tracked.trackProcesses.map((one) => entry(one.name, one)));
  writer.list("track_bfd", tracked.trackBfds.map((one) => entry(one.name, one)));
}

function entry(name: string, { weight, reverse }: { readonly weight: number; readonly reverse: boolean }): string {
  return `${quoted(name)} weight ${weight}${reverse ? " reverse" : ""}`;
}

export function printTrackScript(writer: Writer, { name, script, intervalUs, timeoutUs, rise, fall }: TrackScript): void {
  writer.block(`vrrp_script ${quoted(name)}`, () => {
    writer.line("script", scriptWords(script));
    writer.line("interval", secondsText(intervalUs));
    writer.line("timeout", secondsText(timeoutUs));
    writer.line("rise", rise);
    writer.line("fall", fall);
  });
}

export function printTrackFile(writer: Writer, { name, file, weight, reverse, init }: TrackFile): void {
  writer.block(`track_file ${quoted(name)}`, () => {
    writer.line("file", quoted(file));
    writer.line("weight", weight, reverse ? "reverse" : undefined);
    if (init !== undefined) writer.line("init_file", init.value, init.overwrite ? "overwrite" : undefined);
  });
}

export function printTrackProcess(writer: Writer, process: TrackProcess): void {
  const { paramMatch, parameters } = process;
  writer.block(`vrrp_track_process ${quoted(process.name)}`, () => {
    writer.line("process", ...[process.process, ...parameters].map(quoted));
    if (paramMatch === "exact") writer.flag("param_match", parameters.length === 0);
    else if (paramMatch !== "none") writer.line("param_match", paramMatch);
    writer.line("quorum", process.quorum);
    writer.value("quorum_max", process.quorumMax);
    if (process.terminateDelayUs > 0) writer.line("terminate_delay", secondsText(process.terminateDelayUs));
    if (process.forkDelayUs > 0) writer.line("fork_delay", secondsText(process.forkDelayUs));
    writer.flag("full_command", process.fullCommand);
  });
}

export function printBfd(writer: Writer, bfd: BfdInstance): void {
  writer.block(`bfd_instance ${quoted(bfd.name)}`, () => {
    writer.line("neighbor_ip", bfd.neighborIp);
    writer.value("source_ip", bfd.sourceIp);
    writer.line("min_rx", millisecondsText(bfd.minRxUs));
    writer.line("min_tx", millisecondsText(bfd.minTxUs));
    writer.line("idle_tx", millisecondsText(bfd.idleTxUs));
    writer.line("multiplier", bfd.multiplier);
    writer.flag("passive", bfd.passive);
    writer.line(bfd.family === 4 ? "ttl" : "hoplimit", bfd.ttl);
    writer.line("max_hops", bfd.maxHops ?? -1);
    writer.flag("multihop", bfd.multihop);
    writer.flag("vrrp", !bfd.checker);
    writer.flag("checker", !bfd.vrrp);
  });
}

/** Microseconds as decimal milliseconds. */
function millisecondsText(us: number): string {
  return (us / 1000).toFixed(3).replace(/\.?0+$/, "");
}

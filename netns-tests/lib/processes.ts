import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { DirectorKind } from "./director.ts";
import type { Node } from "./lan.ts";
import { processesInNamespace } from "./namespaces.ts";

/** What two processes of a director have to do with each other. */
export interface Supervision {
  /** keepalived's parent, regentd's guardian; as the pid file names it. */
  readonly supervisor: number;
  /** keepalived's VRRP child, regentd's daemon. */
  readonly daemon: number;
}

/** A process that has ended, or a file of /proc that went with it. */
function gone(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH");
}

function readOr<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (gone(error)) return otherwise;
    throw error;
  }
}

/** Whether it runs; a zombie does not. */
export function alive(pid: number): boolean {
  const [, state = "Z"] = statOf(pid);
  return state !== "Z" && state !== "X";
}

/** The fields of /proc/PID/stat after the name: state, parent, …; the first is the name. Empty when it has ended. */
function statOf(pid: number): string[] {
  const text = readOr("", () => readFileSync(`/proc/${pid}/stat`, "latin1"));
  const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(text) ?? [];
  return name === undefined || rest === undefined ? [] : [name, ...rest.trim().split(" ")];
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)[2] ?? 0);
}

/** User and system time of all its threads so far, in milliseconds (the kernel counts in hundredths of a second). */
export function cpuMs(pid: number): number {
  const stat = statOf(pid);
  return (Number(stat[12] ?? 0) + Number(stat[13] ?? 0)) * 10;
}

/** Of several processes together. */
export function cpuMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
}

export function commandLine(pid: number): string[] {
  return readOr("", () => readFileSync(`/proc/${pid}/cmdline`, "utf8")).split("\0").slice(0, -1);
}

/** Its environment as it was started with, "NAME=value" each. Empty when it has ended, and when even root may not read it. */
export function environment(pid: number): string[] {
  try {
    return readOr("", () => readFileSync(`/proc/${pid}/environ`, "utf8")).split("\0").slice(0, -1);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EACCES") return [];
    throw error;
  }
}

/** Where its descriptors lead, by number. */
export function descriptors(pid: number): Map<number, string> {
  const numbers = readOr([], () => readdirSync(`/proc/${pid}/fd`));
  return new Map(numbers.flatMap((fd) => readOr<[number, string][]>([], () => [[Number(fd), readlinkSync(`/proc/${pid}/fd/${fd}`)]])));
}

/** Resident and proportional memory in KiB, from smaps_rollup. */
export function memoryKb(pid: number): { readonly rss: number; readonly pss: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1]);
  return { rss: field("Rss"), pss: field("Pss") };
}

export function threads(pid: number): number {
  return readOr([], () => readdirSync(`/proc/${pid}/task`)).length;
}

/** The number in a pid file, or undefined when there is none. */
export function pidIn(file: string): number | undefined {
  const pid = Number(readOr("", () => readFileSync(file, "latin1")).trim());
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** Processes that it holds a pidfd of: whom it would see die. */
function watchedBy(pid: number): number[] {
  const infos = readOr([], () => readdirSync(`/proc/${pid}/fdinfo`)).map((fd) => readOr("", () => readFileSync(`/proc/${pid}/fdinfo/${fd}`, "latin1")));
  return infos.flatMap((info) => Number(/^Pid:\s+(\d+)$/m.exec(info)?.[1] ?? 0) || []);
}

/**
 * The living pair of supervisor and daemon, judged by /proc and not by what they say: regentd's guardian holds a pidfd of
 * the daemon, keepalived's parent has the VRRP process for a child.
 *
 * @returns undefined when one of them is missing or the one does not watch the other
 */
export function supervision(kind: DirectorKind, pidFile: string, vrrpPidFile: string): Supervision | undefined {
  const supervisor = pidIn(pidFile);
  if (supervisor === undefined || !alive(supervisor)) return undefined;
  if (kind === "keepalived") {
    const daemon = pidIn(vrrpPidFile);
    return daemon !== undefined && alive(daemon) && parentOf(daemon) === supervisor ? { supervisor, daemon } : undefined;
  }
  if (basename(commandLine(supervisor)[0] ?? "") !== "guardian") return undefined;
  const daemon = watchedBy(supervisor).find((pid) => alive(pid) && commandLine(pid)[1]?.endsWith("/dist/main.js") === true);
  return daemon === undefined ? undefined : { supervisor, daemon };
}

/** All processes. */
export function allProcesses(): number[] {
  return readdirSync("/proc").map(Number).filter((pid) => pid > 0);
}

/** All processes in a node's namespace; zombies are in none. */
export function processesIn(node: Node): Promise<number[]> {
  return processesInNamespace(node.name);
}

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processTree, signal } from "../lib/run.ts";

export type DirectorKind = "keepalived" | "regentd";

const PROGRAM: Readonly<Record<DirectorKind, string>> = {
  keepalived: "/usr/sbin/keepalived",
  // This file runs as build/lab/lab/lab-director.js.
  regentd: fileURLToPath(new URL("../../../bin/regentd", import.meta.url)),
};

/** @throws Error when the word names neither program */
export function directorKind(word: string): DirectorKind {
  if (word === "keepalived" || word === "regentd") return word;
  throw new Error(`the director is keepalived or regentd, not ${JSON.stringify(word)}`);
}

/** One director program in one namespace of the lab: started, signalled and ended like an operator would. */
export class LabDirector {
  readonly namespace: string;
  readonly kind: DirectorKind;
  readonly configFile: string;
  readonly logFile: string;
  readonly #base: string;
  #child: ChildProcess | undefined;

  /**
   * @param dir for the configuration and the pid files
   * @param logDir for the log, which every start continues
   */
  constructor(namespace: string, kind: DirectorKind, dir: string, logDir: string) {
    mkdirSync(dir, { recursive: true });
    this.namespace = namespace;
    this.kind = kind;
    this.#base = join(dir, namespace);
    this.configFile = `${this.#base}.conf`;
    this.logFile = join(logDir, `${namespace}.log`);
  }

  async configure(text: string): Promise<void> {
    await writeFile(this.configFile, text);
  }

  start(): void {
    const log = openSync(this.logFile, "a");
    const pids = ["-p", `${this.#base}.pid`, "-r", `${this.#base}-vrrp.pid`, "-c", `${this.#base}-checkers.pid`];
    const argv = ["netns", "exec", this.namespace, PROGRAM[this.kind], "-f", this.configFile, "-n", "-l", "-D", ...pids];
    this.#child = spawn("ip", argv, { stdio: ["ignore", log, log] });
    closeSync(log);
  }

  /** The first process: keepalived's parent, regentd's guardian. */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error(`no director was started in ${this.namespace}`);
    return pid;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Exit status, or the name of the signal, or undefined while it runs. */
  get ended(): number | string | undefined {
    return this.#child?.exitCode ?? this.#child?.signalCode ?? undefined;
  }

  kill(name: NodeJS.Signals): void {
    signal(this.pid, name);
  }

  /** Every process of the director dies in the same moment, as if the host lost power. @returns how many there were */
  crash(): number {
    const pids = processTree(this.pid);
    for (const pid of pids) signal(pid, "SIGSTOP");
    for (const pid of pids) signal(pid, "SIGKILL");
    return pids.length;
  }

  /** The last lines of the log. */
  log(lines: number): string {
    return readFileSync(this.logFile, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
  }
}

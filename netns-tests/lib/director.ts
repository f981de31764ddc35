import type { ChildProcess } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually, sleep } from "./eventually.ts";
import type { Node } from "./lan.ts";
import { processTree, signal } from "./run.ts";

export type DirectorKind = "keepalived" | "regentd";

const PROGRAM: Readonly<Record<DirectorKind, string>> = {
  keepalived: "/usr/sbin/keepalived",
  regentd: fileURLToPath(new URL("../../bin/regentd", import.meta.url)),
};

const EXIT_MS = 15_000;
/** A start with both cores busy, and an election. */
const STATE_MS = 30_000;

let started = 0;

/** What a director of Regent's records for the next start lies here, and goes with the node's folder. */
export function runtimeDir(node: Node): string {
  return join(node.dir, "run");
}

export interface DirectorOptions {
  /** More arguments, after `-f … -n -l -D`, the pid files and, for regentd, `--runtime-dir`: a later one holds. */
  readonly args?: readonly string[];
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Writes `config` to a file and starts a director with it in the foreground, in the node's namespace, with pid files
 * of its own. Does not wait for a state.
 */
export async function startDirector(node: Node, kind: DirectorKind, config: string, options: DirectorOptions = {}): Promise<Director> {
  const base = join(node.dir, `d${started++}`);
  const file = `${base}.conf`;
  await writeFile(file, config);
  const pidFiles = ["-p", `${base}.pid`, "-r", `${base}-vrrp.pid`, "-c", `${base}-checkers.pid`];
  if (kind === "regentd") await mkdir(runtimeDir(node), { recursive: true });
  const own = kind === "regentd" ? [`--runtime-dir=${runtimeDir(node)}`] : [];
  const env = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const child = node.spawn([...(env.length === 0 ? [] : ["env", ...env]), PROGRAM[kind], "-f", file, "-n", "-l", "-D", ...pidFiles, ...own, ...(options.args ?? [])], "pipe");
  return new Director(node, kind, child, file);
}

/** All states that this log says an instance entered, oldest first. */
export function statesIn(log: string, instance: string): string[] {
  return [...log.matchAll(/\((\S+?)\)[^\n]* entering (\w+) state/gi)].filter(([, name]) => name === instance).map(([, , state = ""]) => state.toUpperCase());
}

/** A running director, Regent's or Debian's keepalived; what it logs is collected. */
export class Director {
  readonly node: Node;
  readonly kind: DirectorKind;
  /** The first process: keepalived's parent, regentd's outermost process. */
  readonly pid: number;
  readonly configFile: string;
  readonly #child: ChildProcess;
  #log = "";

  constructor(node: Node, kind: DirectorKind, child: ChildProcess, configFile: string) {
    if (child.pid === undefined) throw new Error(`${kind} could not be started`);
    this.node = node;
    this.kind = kind;
    this.pid = child.pid;
    this.configFile = configFile;
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => (this.#log += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (this.#log += chunk.toString()));
  }

  /** The lines logged so far. */
  logs(): string[] {
    return this.#log.split("\n").filter((line) => line !== "");
  }

  /** The last state that was logged for an instance: "MASTER", "BACKUP", "FAULT", or undefined before the first. */
  state(instance = "VI_1"): string | undefined {
    return this.states(instance).at(-1);
  }

  /** All states that were logged for an instance, oldest first. */
  states(instance = "VI_1"): string[] {
    return statesIn(this.#log, instance);
  }

  /** @returns milliseconds until the instance logged that state last */
  async waitFor(state: string, withinMs = STATE_MS, instance = "VI_1"): Promise<number> {
    try {
      return await eventually(state, () => this.state(instance), withinMs);
    } catch (error) {
      throw new Error(`${this.kind} on ${this.node.name}: (${instance}) is not ${state}\n${this.#log}`, { cause: error });
    }
  }

  /** Waits for a line of the log that `pattern` matches. */
  async waitForLog(pattern: RegExp, withinMs = STATE_MS): Promise<string> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const line = this.logs().find((candidate) => pattern.test(candidate));
      if (line !== undefined) return line;
      if (performance.now() > deadline) throw new Error(`${this.kind} on ${this.node.name} did not log ${pattern}\n${this.#log}`);
      await sleep(20);
    }
  }

  /** Sends a signal to the first process only. */
  kill(name: NodeJS.Signals): void {
    signal(this.pid, name);
  }

  /** Every process of the director, helpers included, the first one first. */
  processes(): number[] {
    return processTree(this.pid);
  }

  /** All processes die in the same moment, as if the host lost power: no last word, nobody left to clean up. */
  crash(): void {
    const pids = this.processes();
    for (const pid of pids) signal(pid, "SIGSTOP");
    for (const pid of pids) signal(pid, "SIGKILL");
  }

  /** All processes stop where they are. */
  freeze(): void {
    for (const pid of this.processes()) signal(pid, "SIGSTOP");
  }

  thaw(): void {
    for (const pid of this.processes()) signal(pid, "SIGCONT");
  }

  /** Writes a new configuration and sends HUP. */
  async reload(config: string): Promise<void> {
    await writeFile(this.configFile, config);
    this.kill("SIGHUP");
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What the first process exited with; null while it runs and when a signal ended it. */
  get exitStatus(): number | null {
    return this.#child.exitCode;
  }

  /** Orderly stop. @returns the exit status @throws Error when it does not end within fifteen seconds */
  async stop(): Promise<number | null> {
    this.kill("SIGTERM");
    await this.ended();
    return this.exitStatus;
  }

  /** Waits until the first process has ended. */
  async ended(withinMs = EXIT_MS): Promise<void> {
    try {
      await eventually(false, () => this.running, withinMs);
    } catch (error) {
      throw new Error(`${this.kind} on ${this.node.name} did not end\n${this.#log}`, { cause: error });
    }
  }
}

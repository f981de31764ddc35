import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Director, type DirectorKind } from "../../netns-tests/lib/director.ts";
import type { Node } from "../../netns-tests/lib/lan.ts";

const PROGRAM: Readonly<Record<DirectorKind, string>> = {
  keepalived: "/usr/sbin/keepalived",
  regentd: fileURLToPath(new URL("../../bin/regentd", import.meta.url)),
};

let started = 0;

export interface StartOptions {
  /** Without -n: the first process returns when the director runs (the caller finds it by its pid files). */
  readonly daemonize?: boolean;
  readonly args?: readonly string[];
}

/** A director and where it writes its pids. */
export interface Started {
  readonly director: Director;
  /** keepalived's parent, regentd's guardian. */
  readonly pidFile: string;
  readonly vrrpPidFile: string;
  /** regentd's runtime directory, of this director alone; keepalived has none. */
  readonly runtimeDir: string;
}

/**
 * startDirector without -D: 1,008 addresses would be logged a line for each gratuitous ARP, and the reader of that log
 * would be what is measured.
 */
export async function startQuietly(node: Node, kind: DirectorKind, config: string, options: StartOptions = {}): Promise<Started> {
  const base = join(node.dir, `q${started++}`);
  const file = `${base}.conf`;
  const [pidFile, vrrpPidFile, runtimeDir] = [`${base}.pid`, `${base}-vrrp.pid`, `${base}.run`];
  await writeFile(file, config);
  const files = ["-f", file, "-p", pidFile, "-r", vrrpPidFile, "-c", `${base}-checkers.pid`];
  const own = kind === "regentd" ? [`--runtime-dir=${runtimeDir}`] : [];
  const child = node.spawn([PROGRAM[kind], ...files, "-l", ...(options.daemonize === true ? [] : ["-n"]), ...own, ...(options.args ?? [])], "pipe");
  return { director: new Director(node, kind, child, file), pidFile, vrrpPidFile, runtimeDir };
}

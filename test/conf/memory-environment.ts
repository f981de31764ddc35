import { isAbsolute, join, matchesGlob, normalize } from "node:path/posix";
import { KernelError } from "../../src/base/errors.ts";
import type { Accounts, Files, FileStatus } from "../../src/base/ports.ts";
import type { LoadEnvironment, LoadRequest } from "../../src/conf/environment.ts";
import { expandBraces } from "../../src/conf/include.ts";
import { loadConfig } from "../../src/conf/load.ts";
import type { LoadResult } from "../../src/conf/load.ts";

export interface MemoryFile {
  readonly text?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly kind?: FileStatus["kind"];
}

/** A file system in memory: what is not named does not exist; directories above a file do, owned by root. */
export class MemoryFiles implements Files {
  readonly #files: ReadonlyMap<string, MemoryFile>;

  constructor(files: Readonly<Record<string, string | MemoryFile>>) {
    this.#files = new Map(Object.entries(files).map(([path, file]) => [normalize(path), typeof file === "string" ? { text: file } : file]));
  }

  readText(path: string): string {
    const file = this.#files.get(normalize(path));
    if (file?.text === undefined) throw new KernelError(`open ${path}`, "ENOENT");
    return file.text;
  }

  stat(path: string): FileStatus | undefined {
    const name = normalize(path);
    const file = this.#files.get(name);
    const directory = name === "/" || [...this.#files.keys()].some((known) => known.startsWith(`${name}/`));
    if (file === undefined && !directory) return undefined;
    const { kind = file?.text === undefined ? "directory" : "file", mode = kind === "directory" ? 0o755 : 0o644, uid = 0, gid = 0 } = file ?? {};
    return { kind, mode, uid, gid, size: file?.text?.length ?? 0 };
  }

  glob(pattern: string, directory: string): string[] {
    return expandBraces(pattern).flatMap((part) => {
      const wanted = normalize(isAbsolute(part) ? part : join(directory, part));
      if (!/[*?[]/.test(part)) return this.stat(wanted) === undefined ? [] : [wanted];
      return [...this.#files.keys()].filter((name) => matchesGlob(name, wanted)).sort();
    });
  }

  realPath(path: string): string | undefined {
    return this.stat(path) === undefined ? undefined : normalize(path);
  }
}

const ACCOUNTS: Accounts = {
  user: (name) => (name === "root" ? { uid: 0, gid: 0 } : name === "nobody" ? { uid: 65_534, gid: 65_534 } : undefined),
  group: (name) => (name === "root" ? { gid: 0 } : name === "nogroup" ? { gid: 65_534 } : undefined),
};

export const SCRIPT: MemoryFile = { text: "#!/bin/sh\n", mode: 0o755 };

export function environment(files: Readonly<Record<string, string | MemoryFile>>, changes: Partial<LoadEnvironment> = {}): LoadEnvironment {
  return {
    files: new MemoryFiles({ "/bin/true": SCRIPT, "/bin/echo": SCRIPT, ...files }),
    accounts: ACCOUNTS,
    interfaceNames: () => ["lo", "eth0", "eth1"],
    interfaceMtu: () => 1500,
    hostName: "director1",
    env: { PATH: "/usr/bin:/bin" },
    random: (min) => min,
    ...changes,
  };
}

export const MAIN = "/etc/keepalived/keepalived.conf";

/** Loads one text as the whole configuration; `files` are further files. */
export function load(text: string, files: Readonly<Record<string, string | MemoryFile>> = {}, request: Partial<LoadRequest> = {}, changes: Partial<LoadEnvironment> = {}): LoadResult {
  const all = environment({ ...files, [MAIN]: text }, changes);
  return loadConfig(all, { path: MAIN, configId: "director1", testing: true, allConfig: false, ...request });
}

/** Loads and returns the configuration, which must be without a fault. */
export function loadGood(text: string, files: Readonly<Record<string, string | MemoryFile>> = {}): NonNullable<LoadResult["config"]> {
  const result = load(text, files);
  const faults = result.diagnostics.filter(({ severity }) => severity !== "note").map(({ line, message }) => `${line}: ${message}`);
  if (faults.length > 0 || result.unsupported.length > 0 || result.config === undefined) {
    throw new Error(`not a good configuration: ${JSON.stringify([faults, result.unsupported])}`);
  }
  return result.config;
}

/** The messages that count for `-t`, in order. */
export function faults(result: LoadResult): string[] {
  return result.diagnostics.filter(({ severity }) => severity !== "note").map(({ message }) => message);
}

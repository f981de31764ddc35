import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import type { ConfigParts } from "./loading.ts";
import { regentVersion } from "./version.ts";

// The running configuration, kept in the runtime directory for the next life after a crash: it starts without the parser
// (a few hundred milliseconds), and with what was running, as keepalived's respawned children read their parent's copy and
// not a file that has been edited since. Readable by root alone: it holds passwords.

interface Stored {
  readonly version: string;
  readonly parts: ConfigParts;
}

export function encodeLastConfig(parts: ConfigParts): Uint8Array {
  return serialize({ version: regentVersion(), parts } satisfies Stored);
}

/** undefined when there is none, it cannot be read, or another version of Regent wrote it: load the file then. */
export function readLastConfig(path: string): ConfigParts | undefined {
  try {
    const { version, parts } = deserialize(readFileSync(path)) as Stored;
    return version === regentVersion() ? parts : undefined;
  } catch {
    // Missing, cut short, or not ours: whatever it is, the configuration file is the better source.
    return undefined;
  }
}

/** Replaces it as a whole; services thread. @throws Error ENOSPC, EACCES … */
export function writeLastConfig(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, bytes, { mode: 0o600, flag: "wx" });
  renameSync(temporary, path);
}

/** After an orderly end the next start reads the configuration file. */
export function forgetLastConfig(path: string): void {
  rmSync(path, { force: true });
}

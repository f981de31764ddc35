import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the corpus lies: small configurations of every block, layout and fault, for eth0 and eth1. */
export const CORPUS = fileURLToPath(new URL("corpus", import.meta.url));

export interface CorpusFile {
  /** Without ".conf", e.g. "vrrp-minimal". */
  readonly name: string;
  readonly text: string;
}

export function corpus(): CorpusFile[] {
  const names = readdirSync(CORPUS).filter((name) => name.endsWith(".conf")).sort();
  return names.map((name) => ({ name: basename(name, ".conf"), text: readFileSync(join(CORPUS, name), "utf8") }));
}

export interface Differences {
  /** Why `-t` says otherwise than keepalived 2.2.7, by name; each sentence stands in doc/compatibility.md. */
  readonly reasons: Readonly<Record<string, string>>;
  /** Files of the corpus whose exit codes differ, and the reason. */
  readonly files: Readonly<Record<string, string>>;
  /** Messages by which the same reason is known in a file that was changed at random; regular expressions. */
  readonly messages: readonly {
    readonly reason: string;
    readonly keepalived?: string;
    readonly regent?: string;
    /** Only where both refuse, each with another exit code. */
    readonly bothFail?: boolean;
  }[];
}

export function differences(): Differences {
  return JSON.parse(readFileSync(join(CORPUS, "differences.json"), "utf8")) as Differences;
}

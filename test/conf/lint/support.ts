import type { LoadRequest } from "../../../src/conf/environment.ts";
import type { Finding } from "../../../src/conf/lint/finding.ts";
import type { LintedFile } from "../../../src/conf/lint/input.ts";
import { lintFile, lintPair, openForLint } from "../../../src/conf/lint/lint.ts";
import { environment, MAIN } from "../memory-environment.ts";
import type { MemoryFile } from "../memory-environment.ts";

export type Others = Readonly<Record<string, string | MemoryFile>>;

/** A configuration file that only its owner can read. */
function main(text: string | MemoryFile): MemoryFile {
  return typeof text === "string" ? { text, mode: 0o600 } : text;
}

export function opened(text: string | MemoryFile, files: Others = {}, path = MAIN, request: Partial<LoadRequest> = {}, isElsewhere = false): LintedFile {
  const found = openForLint(environment({ ...files, [path]: main(text) }), { path, configId: "director1", testing: true, allConfig: false, ...request }, isElsewhere);
  if (!found.ok) throw new Error("nothing to lint");
  return found.file;
}

/** Everything found in one text. */
export function lint(text: string | MemoryFile, files: Others = {}): readonly Finding[] {
  return lintFile(opened(text, files), []).findings;
}

/** What the pair shows; the second file is /etc/keepalived/peer.conf. */
export function lintBoth(first: string, second: string): readonly Finding[] {
  return lintPair(opened(first), opened(second, {}, PEER));
}

export const PEER = "/etc/keepalived/peer.conf";

/** "CODE 3:5". */
export function placed({ code, place }: Finding): string {
  return `${code} ${place.line}:${place.column}`;
}

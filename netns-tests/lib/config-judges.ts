import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { loadConfig } from "../../src/conf/load.ts";
import { accounts } from "../../src/sys/accounts.ts";
import { files } from "../../src/sys/files.ts";
import type { Node } from "./lan.ts";

// One configuration before two judges: Debian's keepalived -t, and the loader with the exit code that regentd -t ends with.
// Nothing is configured; the interfaces are those of a namespace.

export interface Verdict {
  /** 124 and more: it did not end, or a signal ended it (2.2.7 does both over some faults), so there is none. */
  readonly code: number;
  /** What it said, one message a line. */
  readonly said: string;
}

/** Dies or hangs over it: no verdict to agree with. */
export function crashed({ code }: Verdict): boolean {
  return code >= 124;
}

const CONFIG_ID = "director1";
/** keepalived is started once a file; what one shell does in one go is bounded, so that a hanging one is found out. */
const AT_ONCE = 200;
const ONE_TEST_S = 10;

/** keepalived's verdicts on files, in their order. */
export async function keepalivedVerdicts(node: Node, paths: readonly string[]): Promise<Verdict[]> {
  const list = join(node.dir, "judged");
  const script = join(node.dir, "judge.sh");
  await writeFile(script, `n=0\nwhile IFS= read -r path; do\n  timeout -k 1 ${ONE_TEST_S} keepalived -t -f "$path" -i ${CONFIG_ID} 2>"$1.$n"\n  echo $? >>"$1.codes"\n  n=$((n + 1))\ndone <"$1"\n`);
  const verdicts: Verdict[] = [];
  for (let from = 0; from < paths.length; from += AT_ONCE) {
    const part = paths.slice(from, from + AT_ONCE);
    await writeFile(list, `${part.join("\n")}\n`);
    await writeFile(`${list}.codes`, "");
    await once(node.spawn(["sh", script, list], "ignore"), "close");
    const codes = readFileSync(`${list}.codes`, "utf8").trim().split("\n").map(Number);
    if (codes.length !== part.length) throw new Error(`${codes.length} verdicts on ${part.length} files`);
    codes.forEach((code, i) => verdicts.push({ code, said: readFileSync(`${list}.${i}`, "latin1") }));
  }
  return verdicts;
}

/** The loader's verdict, in this process: starting regentd -t for each of hundreds would take minutes. */
export function regentVerdict(path: string): Verdict {
  const result = loadConfig(
    { files, accounts, interfaceNames: () => ["lo", "eth0", "eth1"], interfaceMtu: () => 1500, hostName: "director1.example.com", env: process.env, random: (min) => min },
    { path, configId: CONFIG_ID, testing: true, allConfig: false },
  );
  return { code: result.exitCodeTest, said: result.diagnostics.map(({ line, severity, message }) => `${line} ${severity}: ${message}`).join("\n") };
}

/** Writes texts into a folder of the node's own. @returns their paths */
export async function writeAll(node: Node, folder: string, texts: readonly string[]): Promise<string[]> {
  const directory = join(node.dir, folder);
  await mkdir(directory);
  const paths = texts.map((_, i) => join(directory, `${i}.conf`));
  await Promise.all(texts.map((text, i) => writeFile(paths[i] ?? "", text)));
  return paths;
}

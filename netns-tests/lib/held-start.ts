import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import type { Node } from "./lan.ts";

/** A start that waits until it is let go: what there is before it can be looked at, and something be done to it. */
export interface HeldStart {
  /** A configuration, with a global_defs block, whose start is held. */
  config(text: string): string;
  /** Waits until a director has come so far. */
  begun(withinMs: number): Promise<unknown>;
  letGo(): Promise<void>;
}

let starts = 0;

export async function heldStart(node: Node): Promise<HeldStart> {
  const [begun, go] = ["begun", "go"].map((what) => join(node.dir, `start${starts}.${what}`)) as [string, string];
  const script = await node.write(`start${starts++}.sh`, `#!/bin/sh\ntouch ${begun}\nuntil [ -e ${go} ]; do sleep 0.05; done\n`, 0o755);
  return {
    config: (text) => text.replace("global_defs {", `global_defs {\n    startup_script ${script}`),
    begun: (withinMs) => eventually(true, () => existsSync(begun), withinMs),
    letGo: () => writeFile(go, ""),
  };
}

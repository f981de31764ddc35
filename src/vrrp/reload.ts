import { routerKeys } from "../base/router-key.ts";
import type { VrrpConfig, VrrpInstance } from "../conf/model.ts";

export interface ReloadPlan {
  /** Of every new instance, in order. */
  readonly keys: readonly string[];
  /** Keys of instances that release everything and end. */
  readonly removed: readonly string[];
  readonly added: readonly VrrpInstance[];
  /** Same virtual router with something different; state, statistics and addresses are kept. */
  readonly changed: readonly { readonly key: string; readonly config: VrrpInstance }[];
  /** Not touched at all. */
  readonly unchanged: readonly string[];
}

/** What a new configuration means for the instances that run, by key; names do not matter. */
export function planReload(running: ReadonlyMap<string, VrrpInstance>, next: VrrpConfig): ReloadPlan {
  const keys = routerKeys(running, next.instances);
  const wanted = new Map(next.instances.map((config, i) => [keys[i] ?? "", config]));
  const removed = [...running.keys()].filter((key) => !wanted.has(key));
  const added: VrrpInstance[] = [];
  const changed: { key: string; config: VrrpInstance }[] = [];
  const unchanged: string[] = [];
  for (const [key, config] of wanted) {
    const old = running.get(key);
    if (old === undefined) added.push(config);
    else if (samePlainData(old, config)) unchanged.push(key);
    else changed.push({ key, config });
  }
  return { keys, removed, added, changed, unchanged };
}

/** Deep equality of plain configuration data; a password is a Uint8Array. */
export function samePlainData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = new Map<string, unknown>(Object.entries(a));
  const right = new Map<string, unknown>(Object.entries(b));
  return left.size === right.size && [...left].every(([key, value]) => right.has(key) && samePlainData(value, right.get(key)));
}

import type { IpvsServiceKey, IpvsTimeouts } from "../base/ipvs.ts";
import type { CheckerState } from "./judge.ts";

/**
 * What must survive this worker: main keeps the latest of each `key` and hands all of them to the next worker, which
 * then tells nobody again what was told already. Plain data.
 */
export type CheckerVerdict =
  /** One checker's state; `exitWeight` is the last word of `misc_dynamic`. */
  | { readonly kind: "checker"; readonly key: string; readonly state: CheckerState; readonly exitWeight?: number }
  | { readonly kind: "quorum"; readonly key: string; readonly up: boolean }
  /** A service that we put into the kernel's table, or were about to: it is ours to remove. */
  | { readonly kind: "service"; readonly key: string; readonly service: IpvsServiceKey }
  /** The kernel's time-outs before we changed them (`lvs_timeouts`). */
  | { readonly kind: "timeouts"; readonly key: string; readonly before: IpvsTimeouts }
  /** Whatever was kept under `key` is over. */
  | { readonly kind: "forget"; readonly key: string };

/** What main does with each report: `kept` afterwards holds what to give to the next worker (its values). */
export function keepVerdicts(kept: Map<string, CheckerVerdict>, reported: readonly CheckerVerdict[]): void {
  for (const verdict of reported) {
    if (verdict.kind === "forget") kept.delete(verdict.key);
    else kept.set(verdict.key, verdict);
  }
}

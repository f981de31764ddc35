import { PRIORITY_OWNER } from "./advert.ts";

/** One thing that raises or lowers a priority. */
export interface Contribution {
  /** As status shows it, e.g. "script chk_web up". */
  readonly from: string;
  readonly weight: number;
  /** Already with `reverse` applied. */
  readonly up: boolean;
}

export interface EffectivePriority {
  /** 1-254, or 255 for the owner. */
  readonly priority: number;
  /** One phrase for each part of the sum that is not zero. */
  readonly why: readonly string[];
}

/**
 * Base plus every weight that applies: a positive one while up, a negative one while down; clamped to 1-254.
 * The owner never changes.
 */
export function effectivePriority(base: number, contributions: readonly Contribution[]): EffectivePriority {
  if (base === PRIORITY_OWNER) return { priority: base, why: ["address owner"] };
  const why = [`base ${base}`];
  let sum = base;
  for (const { from, weight, up } of contributions) {
    if (weight > 0 !== up || weight === 0) continue;
    sum += weight;
    why.push(`${from} ${weight > 0 ? "+" : ""}${weight}`);
  }
  const priority = Math.min(254, Math.max(1, sum));
  if (priority !== sum) why.push(`limited to ${priority}`);
  return { priority, why };
}

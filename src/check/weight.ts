/** IPVS weights are a signed 32-bit number that must not be negative. */
export const MAX_WEIGHT = 2_147_483_647;

/** Everything that speaks about a real server's weight. */
export interface WeightInputs {
  /** `weight` of the configuration. */
  readonly configured: number;
  /** What each checker adds: `misc_dynamic`, exit code - 2 - configured weight; 0 where it has nothing to say. */
  readonly adjustments: readonly number[];
}

/**
 * The weight that a live real server has, in the pool and in the quorum's sum. The order of precedence:
 *
 * 1. the configured weight,
 * 2. plus every checker's adjustment,
 * 3. clamped to 0 .. 2147483647.
 *
 * Whether it is in the pool at all, or kept there with weight 0 (`inhibit_on_failure`, lost quorum), is pool.ts's.
 */
export function realServerWeight({ configured, adjustments }: WeightInputs): number {
  const sum = adjustments.reduce((total, adjustment) => total + adjustment, configured);
  return Math.min(MAX_WEIGHT, Math.max(0, sum));
}

/** keepalived.conf(5), `misc_dynamic`: the script's weight replaces the configured one. */
export function miscAdjustment(configured: number, exitWeight: number | undefined): number {
  return exitWeight === undefined ? 0 : exitWeight - configured;
}

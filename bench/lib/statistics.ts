/** The middle value; the mean of the two middle ones of an even number. @throws RangeError when there is none */
export function median(values: readonly number[]): number {
  return (quantile(values, 0.5, Math.floor) + quantile(values, 0.5, Math.ceil)) / 2;
}

/** The value that this share (0..1) of the values does not exceed. @throws RangeError when there is none */
export function percentile(values: readonly number[], share: number): number {
  return quantile(values, share, Math.ceil);
}

function quantile(values: readonly number[], share: number, round: (x: number) => number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[round((sorted.length - 1) * share)];
  if (value === undefined) throw new RangeError("no value to take the quantile of");
  return value;
}

/** "12.3 (11.9 .. 14.0)": median and range, in the values' own unit. */
export function spread(values: readonly number[], digits: number): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(digits)} (${low.toFixed(digits)} .. ${high.toFixed(digits)})`;
}

/**
 * The time between each advert of a virtual router and the one before it, in milliseconds.
 *
 * @param frames of one sender, oldest first; `at` in microseconds
 */
export function gapsByVrid(frames: readonly { readonly vrid: number; readonly at: number }[]): number[] {
  const last = new Map<number, number>();
  return frames.flatMap(({ vrid, at }) => {
    const before = last.get(vrid);
    last.set(vrid, at);
    return before === undefined ? [] : [(at - before) / 1_000];
  });
}

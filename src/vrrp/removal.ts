/** At the end, when nothing else waits. */
const BULK = 512;

/**
 * Removes all of `items` in one request, each by itself when that fails.
 *
 * @param remove one result for each item, or throws when the request as a whole failed
 * @returns one result for each item
 */
export function removeEach<T>(items: readonly T[], remove: (items: readonly T[]) => (Error | undefined)[]): (Error | undefined)[] {
  try {
    return remove(items);
  } catch (because) {
    return items.map((item) => {
      try {
        return remove([item])[0];
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error), { cause: because });
      }
    });
  }
}

/** `items` in portions that one request takes. */
export function* inBulk<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += BULK) yield items.slice(at, at + BULK);
}

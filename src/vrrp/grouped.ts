/** In the order of their first appearance; each group in the order of the items. */
export function groupedBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  let last: { readonly key: K; readonly group: T[] } | undefined; // neighbours mostly belong together
  for (const item of items) {
    const key = keyOf(item);
    if (last === undefined || last.key !== key) {
      const group = groups.get(key) ?? [];
      if (group.length === 0) groups.set(key, group);
      last = { key, group };
    }
    last.group.push(item);
  }
  return groups;
}

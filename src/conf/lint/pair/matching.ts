import type { LintedFile } from "../input.ts";
import type { VrrpInstance } from "../../model.ts";
import type { Entry } from "../outline.ts";

// Which instance of one director is the other half of which of the other: by what adverts say, the family and the VRID,
// and where that leaves one over, by the name.

export interface Half {
  readonly file: LintedFile;
  readonly instance: VrrpInstance;
  readonly entry: Entry | undefined;
}

export interface Matching {
  /** Two halves of one virtual router. */
  readonly pairs: readonly (readonly [Half, Half])[];
  /** Same name, different virtual router. */
  readonly misnumbered: readonly (readonly [Half, Half])[];
  /** Without another half. */
  readonly single: readonly Half[];
}

const matchings = new WeakMap<LintedFile, { readonly second: LintedFile; readonly matching: Matching }>();

/** Computed once for the rules that ask. */
export function matchInstances(first: LintedFile, second: LintedFile): Matching {
  const known = matchings.get(first);
  if (known?.second === second) return known.matching;
  const matching = match(halvesOf(first), halvesOf(second));
  matchings.set(first, { second, matching });
  return matching;
}

function halvesOf(file: LintedFile): Half[] {
  return file.config.vrrp.instances.map((instance) => ({ file, instance, entry: file.outline.instance(instance.name) }));
}

function match(first: readonly Half[], second: readonly Half[]): Matching {
  const left = new Set(second);
  const take = (fits: (half: Half) => boolean): Half | undefined => {
    const found = [...left].find(fits);
    if (found !== undefined) left.delete(found);
    return found;
  };
  const pairs: [Half, Half][] = [];
  // A name that fits beats one that does not: on several interfaces one VRID may serve several routers.
  const unnamed = first.filter((half) => {
    const other = take(({ instance }) => sameRouter(half.instance, instance) && half.instance.name === instance.name);
    if (other !== undefined) pairs.push([half, other]);
    return other === undefined;
  });
  const unmatched = unnamed.filter((half) => {
    const other = take(({ instance }) => sameRouter(half.instance, instance));
    if (other !== undefined) pairs.push([half, other]);
    return other === undefined;
  });
  const misnumbered: [Half, Half][] = [];
  const single = unmatched.filter((half) => {
    const other = take(({ instance }) => instance.name === half.instance.name);
    if (other !== undefined) misnumbered.push([half, other]);
    return other === undefined;
  });
  return { pairs, misnumbered, single: [...single, ...left] };
}

function sameRouter(a: VrrpInstance, b: VrrpInstance): boolean {
  return a.vrid === b.vrid && a.family === b.family;
}

/** Longer words are not compared: no keyword is nearly as long, and the work stays bounded. */
const LONGEST_COMPARED = 64;

/**
 * The candidate that a misspelt word most likely means: smallest edit distance (insert, delete, replace, swap of
 * neighbours), at most a third of the word's length. The first of equals. Undefined when none is near.
 */
export function nearestWord(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST_COMPARED) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Optimal string alignment distance. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforePrevious[j - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** Words that one of is looked for often, perhaps the same misspelling again. */
export class Candidates {
  readonly words: readonly string[];
  readonly #nearest = new Map<string, string | undefined>();

  constructor(words: readonly string[]) {
    this.words = words;
  }

  /** As nearestWord. */
  nearest(word: string): string | undefined {
    if (!this.#nearest.has(word)) this.#nearest.set(word, nearestWord(word, this.words));
    return this.#nearest.get(word);
  }
}

/** The nearest of the names as the suggestion of a message. */
export function nearest(name: string, names: Iterable<string>): { readonly suggestion?: string } {
  const suggestion = nearestWord(name, names);
  return suggestion === undefined ? {} : { suggestion };
}

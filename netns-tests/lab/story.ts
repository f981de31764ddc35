import { sleep } from "../lib/eventually.ts";

/** What a look at the kernel or the wire gave: `seen` says whether it is what was expected, `text` what it is. */
export interface Look {
  readonly seen: boolean;
  readonly text: string;
}

export function look(seen: boolean, text: string): Look {
  return { seen, text };
}

const POLL_MS = 50;

/** A story told while it happens, with seconds since its start. Counts what was expected and not seen. */
export class Story {
  /** Expectations that were not met, in order. */
  readonly failures: string[] = [];
  readonly #startedAt = Date.now();
  readonly #endsAt: number;
  #seen = 0;
  #title = "";

  /** @param limitMs when it is over, nothing is waited for any more */
  constructor(limitMs: number) {
    this.#endsAt = this.#startedAt + limitMs;
  }

  get seen(): number {
    return this.#seen;
  }

  /** Seconds since the start, for a moment in Unix milliseconds. */
  seconds(at = Date.now()): string {
    return `${((at - this.#startedAt) / 1_000).toFixed(1)} s`;
  }

  step(title: string): void {
    this.#title = title;
    console.log(`\n${this.seconds().padStart(7)}  ${title}`);
  }

  say(text: string): void {
    for (const line of text.trimEnd().split("\n")) console.log(`         ${line}`);
  }

  /**
   * Looks until `probe` sees what is expected, `withinMs` at the most, and prints it.
   * An error that `probe` throws counts as not seen.
   *
   * @returns whether it was seen
   */
  async expect(what: string, withinMs: number, probe: () => Look | Promise<Look>): Promise<boolean> {
    const from = Date.now();
    const deadline = Math.min(from + withinMs, this.#endsAt);
    for (;;) {
      const { seen, text } = await attempt(probe);
      if (seen) {
        this.#seen++;
        console.log(`${this.seconds().padStart(7)}    ok  ${what}: ${text}`);
        return true;
      }
      if (Date.now() >= deadline) {
        this.failures.push(`${this.#title}: ${what}`);
        console.log(`${this.seconds().padStart(7)}  FAIL  expected within ${(withinMs / 1_000).toFixed(1)} s: ${what}\n               seen: ${text}`);
        return false;
      }
      await sleep(POLL_MS);
    }
  }
}

async function attempt(probe: () => Look | Promise<Look>): Promise<Look> {
  try {
    return await probe();
  } catch (error) {
    return look(false, error instanceof Error ? error.message : String(error));
  }
}

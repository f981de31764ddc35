/** What a checker found out. */
export type CheckResult =
  | {
      readonly outcome: "passed";
      /** `misc_dynamic`: what to add to the configured weight, given that weight. */
      readonly exitWeight?: number;
      /** One line about something odd that does not count as a failure. */
      readonly remark?: string;
    }
  | {
      readonly outcome: "failed";
      /** One phrase; for HTTP the first words of keepalived's line, e.g. "HTTP status code error to". */
      readonly reason: string;
      /** The deadline passed. */
      readonly timedOut: boolean;
      readonly remark?: string;
    }
  /** We could not ask (no descriptor left, no such source address): says nothing about the real server. */
  | { readonly outcome: "unasked"; readonly reason: string };

/**
 * One way of asking a real server how it is. Stateless between calls; holds no timer and no retry count.
 */
export interface Checker {
  /** How many questions there are: the `url`s of HTTP_GET, else 1. */
  readonly steps: number;
  /**
   * Loads what the questions need, before the first one's time begins to run; absent or undefined: nothing is needed.
   * Rejects only on a bug.
   */
  prepare?(): Promise<void> | undefined;
  /**
   * Asks one question once. Resolves for every outcome, including refusal and timeout; rejects only on a bug.
   *
   * @param signal aborted when the deadline has passed or the checker is no longer wanted; it covers connecting,
   *   sending and reading together
   * @param step 0 to `steps` - 1
   */
  check(signal: AbortSignal, step: number): Promise<CheckResult>;
}

/** One keyword as a user would write it, for the tests that walk the keyword tables. */
export interface Example {
  /** The lines that go into the keyword's block; the keyword stands in them. */
  readonly lines: string;
  /** Lines that must stand in the block beside it (both in the text with the keyword and in the one without). */
  readonly beside?: string;
  /** In place of the block's own. */
  readonly frame?: Frame;
  /** Lines of the top level that must be there too. */
  readonly outside?: string;
  /** Files beside the main one, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Messages that make `-t` fail although the keyword is taken, other than those about deprecated words; all, in order. */
  readonly faults?: readonly string[];
  /** Why the model is the same with and without it, if it is: an explicit default, a word without effect in keepalived. */
  readonly same?: string;
}

/** How the lines of one block become a whole configuration. */
export type Frame = (lines: string) => string;

/** Examples of one block, by keyword, and the configuration that they go into. */
export interface BlockExamples {
  readonly frame: Frame;
  readonly keywords: Readonly<Record<string, Example>>;
}

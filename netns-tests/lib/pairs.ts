import type { DirectorKind } from "./director.ts";

/** Who plays which part in a story of two directors. */
export interface Roles {
  readonly master: DirectorKind;
  readonly backup: DirectorKind;
  /** For the test's name, e.g. "regentd with keepalived as backup". */
  readonly name: string;
}

// DIRECTORS=keepalived proves a test against keepalived alone: what fails then is the test, not Regent.
const CHOSEN = (process.env["DIRECTORS"] ?? "regentd,keepalived").split(",");

function kind(word: string): DirectorKind {
  if (word === "keepalived" || word === "regentd") return word;
  throw new Error(`DIRECTORS names keepalived and regentd, not ${word}`);
}

/** The kinds of director that stories of a single director are told with. */
export const KINDS: readonly DirectorKind[] = CHOSEN.map(kind);

/** Whose behaviour is compared with keepalived's: Regent, or keepalived with itself, which proves the comparison. */
export const SUBJECTS: readonly DirectorKind[] = KINDS.length === 1 ? KINDS : KINDS.filter((one) => one !== "keepalived");

/**
 * The pairs that stories of two directors are told with: each of the chosen kinds in both roles; keepalived with
 * itself only when it alone was chosen, since that says nothing about Regent.
 */
export const PAIRS: readonly Roles[] = KINDS.flatMap((master) =>
  KINDS.filter((backup) => KINDS.length === 1 || master === "regentd" || backup === "regentd").map((backup) => ({
    master,
    backup,
    name: `master ${master}, backup ${backup}`,
  })),
);

/**
 * Tells the same story with keepalived and with `subject` at the same time, each in a world of its own with the same
 * addresses, and returns what each observed: [keepalived's, the subject's].
 */
export async function beside<T>(subject: DirectorKind, story: (kind: DirectorKind) => Promise<T>): Promise<[T, T]> {
  return Promise.all([story("keepalived"), story(subject)]);
}

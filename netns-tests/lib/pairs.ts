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

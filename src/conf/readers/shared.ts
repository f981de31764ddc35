import { SECOND } from "../../base/time.ts";
import type { Micros } from "../../base/time.ts";
import type { AccountDraft } from "../drafts.ts";
import { custom, fillMessage } from "../forms.ts";
import type { Word } from "../grammar.ts";
import type { Form } from "../keyword.ts";
import { readInteger } from "../numbers.ts";
import type { Advice } from "../reading.ts";
import { readAccount, readScript } from "../script.ts";
import type { ScriptDraft } from "../script.ts";

/**
 * `SCRIPT [USER [GROUP]]`.
 *
 * @param absent message when there is no script; "" means that keepalived says nothing then
 */
export function script<Draft>(set: (draft: Draft, value: ScriptDraft) => void, absent?: string): Form<Draft> {
  return custom((reading, draft, statement) => {
    if (statement.words.length < 2 && absent === "") return;
    const value = readScript(reading, statement, absent);
    if (value !== undefined) set(draft, value);
  });
}

/** `USER [[:] GROUP]`. */
export function account<Draft>(set: (draft: Draft, value: AccountDraft) => void, absent?: string): Form<Draft> {
  return custom((reading, draft, statement) => {
    if (statement.words.length > 1) set(draft, readAccount(reading, statement.words.slice(1)));
    else if (absent === undefined) reading.word(statement, 1);
    else reading.problem("general-error", absent, statement.words[0]);
  });
}

/**
 * `[all] SECONDS`.
 *
 * @param min in seconds, like `max`
 * @param set all: the word `all` was written
 */
export function garpExtraInterval<Draft>(max: number, set: (draft: Draft, value: { readonly intervalUs: Micros; readonly all: boolean }) => void = () => undefined, min = 0): Form<Draft> {
  return custom((reading, draft, statement) => {
    const [keyword, ...rest] = statement.words;
    const all = rest[0]?.text === "all";
    const [word] = all ? rest.slice(1) : rest;
    const name = keyword?.text ?? "";
    const prefix = reading.subject === "" ? "" : `(${reading.subject}): `;
    if (name.endsWith("vmac_garp_intvl")) {
      reading.problem("deprecated", `Keyword "${name}" is deprecated - please use "${name.replace("vmac_garp_intvl", "garp_extra_if")}"`, keyword);
    }
    if (word === undefined) return reading.problem("general-error", `${prefix}${name} specified without time - ignoring`, keyword);
    const interval = readInteger(reading, word, min, max);
    if (interval === undefined) reading.problem("general-error", `${prefix}${name} '${word.text}' invalid - ignoring`, word);
    else set(draft, { intervalUs: interval * SECOND, all });
  });
}

/** Of the second block of a name, which is dropped. */
export function alreadyDefined(first: { readonly at: Word }): Advice {
  return { code: "duplicate-name", remedy: "give one of the two another name; this one is not used", related: [{ at: first.at, note: "the first one is here" }] };
}

/** A word that works but ought to be replaced. */
export function deprecatedFlag<Draft>(set: (draft: Draft) => void, message: string): Form<Draft> {
  return custom((reading, draft, statement) => {
    reading.problem("deprecated", fillMessage(message, reading, ""), statement.words[0]);
    set(draft);
  });
}

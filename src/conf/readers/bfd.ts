import { parseIpAddress } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { BfdDraft } from "../drafts/bfd.ts";
import { custom } from "../forms.ts";
import type { Statement } from "../grammar.ts";
import type { Form, Reader } from "../keyword.ts";
import { readDecimal, readInteger } from "../numbers.ts";
import { readWeight } from "./track-objects.ts";

export const readNeighbor: Reader<BfdDraft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const address = parseIpAddress(at.text);
  if (address !== undefined) {
    draft.neighbor = { at, address };
    return;
  }
  draft.unusable = true;
  reading.problem("general-error", `Configuration error: BFD instance ${draft.name} has malformed neighbor address ${at.text}, ignoring instance`, at);
};

export const readSourceIp: Reader<BfdDraft> = (reading, draft, statement) => {
  const at = reading.word(statement, 1);
  if (at === undefined) return;
  const address = parseIpAddress(at.text);
  if (address === undefined) reading.problem("general-error", `Configuration error: BFD instance ${draft.name} has malformed source address ${at.text}, ignoring`, at);
  else draft.source = { at, address };
};

/** Milliseconds with three decimal places. */
export function milliseconds(min: number, set: (draft: BfdDraft, value: Micros) => void): Form<BfdDraft> {
  const max = 4_294_967;
  return custom((reading, draft, statement) => {
    const word = reading.word(statement, 1);
    if (word === undefined) return;
    const value = readDecimal(reading, word, 3, min * 1000, max * 1000);
    if (value !== undefined) set(draft, value);
    else reading.problem("general-error", `Configuration error: BFD instance ${draft.name} ${keywordOf(statement)} value ${word.text} is not valid (must be in range [${min}-${max}]), ignoring`, word);
  });
}

function keywordOf(statement: Statement): string {
  return statement.words[0]?.text ?? "";
}

export function bfdInteger(min: number, max: number, label: string, set: (draft: BfdDraft, value: number) => void): Form<BfdDraft> {
  return custom((reading, draft, statement) => {
    const word = reading.word(statement, 1);
    if (word === undefined) return;
    const value = readInteger(reading, word, min, max);
    if (value !== undefined) set(draft, value);
    else reading.problem("general-error", badValue(draft, label, word.text, min, max), word);
  });
}

function badValue({ name }: BfdDraft, label: string, text: string, min: number, max: number): string {
  return `Configuration error: BFD instance ${name} ${label} value ${text} not valid (must be in range [${min}-${max}]), ignoring`;
}

export const readBfdWeight: Reader<BfdDraft> = (reading, draft, statement) => {
  if (reading.word(statement, 1) === undefined) return;
  readWeight(reading, draft, statement, 253, (text) => badValue(draft, "weight", text, -253, 253), (text) => `Configuration error: BFD instance ${draft.name} unknown weight option ${text}`);
};

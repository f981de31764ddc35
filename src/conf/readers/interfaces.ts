import type { Draft, GarpGroupDraft } from "../drafts.ts";
import type { Statement } from "../grammar.ts";
import type { Reader } from "../keyword.ts";
import { readDecimal } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { readAddress } from "./address.ts";
import { readRoute } from "./route.ts";
import { readRule } from "./rule.ts";

// What stands outside every instance and concerns interfaces: static objects, their groups, delays and polling.

export const readStaticAddress: Reader<Draft> = (reading, draft, statement) => {
  const address = readAddress(reading, statement, true);
  if (address !== undefined) draft.staticAddresses.push(address);
};

export const readStaticRoute: Reader<Draft> = (reading, draft, statement) => {
  const route = readRoute(reading, statement, true);
  if (route !== undefined) draft.staticRoutes.push(route);
};

export const readStaticRule: Reader<Draft> = (reading, draft, statement) => {
  const rule = readRule(reading, statement, true);
  if (rule !== undefined) draft.staticRules.push(rule);
};

/** A line of `linkbeat_interfaces`: `IFNAME [MII|ETHTOOL|IOCTL]`. */
export const readLinkbeat: Reader<Draft> = (reading, draft, statement) => {
  const [name, method, ...rest] = statement.words;
  if (name === undefined) return;
  const known = method?.text === "MII" || method?.text === "ETHTOOL" || method?.text === "IOCTL" ? method.text : undefined;
  const [extra] = known === undefined && method !== undefined ? [method] : rest;
  if (extra !== undefined) reading.problem("general-error", `extra characters ${extra.text} in linkbeat interface`, extra);
  draft.linkbeat.push({ interface: name, ...(known === undefined ? {} : { method: known }) });
};

const LONGEST_INTERFACE_DELAY_US = 255 * 1_000_000;

/** A line of `interface_up_down_delays`: `IFNAME DOWN [UP]`. */
export const readInterfaceDelay: Reader<Draft> = (reading, draft, statement) => {
  const [name] = statement.words;
  if (name === undefined) return;
  const downUs = readDelay(reading, statement, 1);
  const upUs = readDelay(reading, statement, 2);
  if (downUs !== undefined && upUs !== undefined) draft.interfaceDelays.push({ interface: name, downUs, upUs });
};

/** 0 where none was written; undefined after a message. */
function readDelay(reading: Reading, statement: Statement, index: number): number | undefined {
  const word = statement.words[index];
  return word === undefined ? 0 : readDecimal(reading, word, 6, 0, LONGEST_INTERFACE_DELAY_US);
}

export const readGarpInterface: Reader<GarpGroupDraft> = (reading, draft, statement) => {
  const word = reading.word(statement, 1);
  if (word !== undefined) draft.interfaces.push(word);
};

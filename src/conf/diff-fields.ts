import { HIDDEN, isSecret, plain } from "./config-json.ts";
import type { Json } from "./config-json.ts";
import { secondsText } from "./print/writer.ts";

// What differs between two values of the model, field by field. Lists are compared by what tells their items apart, so
// that one address more is one address more and not two hundred changed ones.

export interface FieldChange {
  /** Path of names of the model, e.g. `garp.masterRepeat` or `realServers[[198.51.100.11]:tcp:80].weight`. */
  readonly field: string;
  /** null: it was not there. */
  readonly from: Json;
  /** null: it is gone. */
  readonly to: Json;
}

type Plain = Readonly<Record<string, unknown>>;

/** All differences of two values, in the order of the fields. Empty exactly when they are equal. */
export function fieldChanges(from: unknown, to: unknown, path = ""): FieldChange[] {
  if (same(from, to)) return [];
  if (Array.isArray(from) && Array.isArray(to)) return listChanges(from, to, path);
  const [before, after] = [fieldsOf(from), fieldsOf(to)];
  if (before !== undefined && after !== undefined) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => fieldChanges(before[name], after[name], path === "" ? name : `${path}.${name}`));
  }
  return [{ field: path, from: shown(from, path), to: shown(to, path) }];
}

function shown(value: unknown, path: string): Json {
  const field = path.slice(path.lastIndexOf(".") + 1);
  return isSecret(field) && value !== undefined ? HIDDEN : plain(value, false, field);
}

function listChanges(from: readonly unknown[], to: readonly unknown[], path: string): FieldChange[] {
  const [before, after] = [byIdentity(from), byIdentity(to)];
  const changes: FieldChange[] = [];
  for (const [identity, item] of before) {
    if (after.has(identity)) changes.push(...fieldChanges(item, after.get(identity), `${path}[${identity}]`));
    else changes.push({ field: `${path}[${identity}]`, from: plain(item, false), to: null });
  }
  for (const [identity, item] of after) if (!before.has(identity)) changes.push({ field: `${path}[${identity}]`, from: null, to: plain(item, false) });
  // Nothing but the order: it is the order of adverts and of checks.
  if (changes.length === 0) changes.push({ field: path, from: [...before.keys()], to: [...after.keys()] });
  return changes;
}

/** Items under what tells them apart; a second of the same under "... #2". */
function byIdentity(items: readonly unknown[]): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const item of items) {
    const identity = identityOf(item);
    let name = identity;
    for (let n = 2; found.has(name); n++) name = `${identity} #${n}`;
    found.set(name, item);
  }
  return found;
}

/** Which field names an item, in this order; the address with its prefix length and interface is a virtual address. */
const NAMING = ["label", "name", "id", "script", "interface", "path", "type"] as const;

function identityOf(item: unknown): string {
  const fields = fieldsOf(item);
  if (fields === undefined) return JSON.stringify(plain(item, false)).replace(/^"(.*)"$/, "$1");
  const { address, prefixLength, port, label } = fields;
  if (typeof address === "string" && typeof label !== "string") {
    return `${address}${typeof prefixLength === "number" ? `/${prefixLength}` : ""}${typeof port === "number" ? ` ${port}` : ""}`;
  }
  // The label of a virtual address is an attribute; its address is what it is.
  if (typeof address === "string" && typeof prefixLength === "number") return `${address}/${prefixLength}`;
  for (const name of NAMING) {
    const value = fields[name];
    if (typeof value === "string" || typeof value === "number") return String(value);
  }
  return JSON.stringify(plain(item, false));
}

/** Of an object or a table; undefined for everything else. */
function fieldsOf(value: unknown): Plain | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) return undefined;
  return value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : (value as Plain);
}

/** Deep equality; a field that is absent equals one that is undefined. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  const [left, right] = [fieldsOf(a), fieldsOf(b)];
  if (left === undefined || right === undefined) return false;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((name) => same(left[name], right[name]));
}

/** One change in words: "priority: 150 -> 140", "advertInterval: 1 s -> 2 s", "virtualAddresses[192.0.2.9/24]: added". */
export function changeText({ field, from, to }: FieldChange): string {
  const name = field.replace(/(?<=[a-z0-9])(?:Us|S)$/, "");
  if (from === null && isThing(to)) return `${name}: added`;
  if (to === null && isThing(from)) return `${name}: removed`;
  if (from === HIDDEN && to === HIDDEN) return `${name}: another one`;
  if (Array.isArray(from) && Array.isArray(to)) return `${name}: another order`;
  return `${name}: ${valueText(from, field)} -> ${valueText(to, field)}`;
}

function isThing(value: Json): boolean {
  return typeof value === "object" && value !== null;
}

function valueText(value: Json, field: string): string {
  if (value === null) return "none";
  if (typeof value === "number") return field.endsWith("Us") ? `${secondsText(value)} s` : field.endsWith("S") ? `${value} s` : String(value);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "on" : "off";
  return JSON.stringify(value);
}

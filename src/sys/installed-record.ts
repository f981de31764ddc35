// The guardian, which is written in C, reads this file after the daemon was killed, so its form is fixed.
//
//  0              8         12        64
// +--------------+---------+---------+------------------------ - -
// |  "REGENT02"  |  slots  |    0    |  `slots` times 64 octets
// +--------------+---------+---------+------------------------ - -
//
// An entry is a netlink message that takes one or more slots of its own, zeros behind it: what undoes it, in the order in
// which it is to be undone. RTM_DELRULE, RTM_DELROUTE and RTM_DELADDR as they go to the kernel; RTM_DELLINK with the name and
// all else that tells the link from others (kind, mode, link below, MAC address): one that has only the name by now is not ours, and
// an entry that says nothing but a name, as they once did, is none. Then two types of our own: nftables tables, whose payload is the name, and settings that were changed, with the value that they had: the name
// below /proc/sys and the number. Texts end with a zero. A process killed while it wrote has written whole pages, and so may leave
// slots of two records: what is no entry is skipped, slot by slot.

import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import type { Installed, InstalledRecord, Setting } from "../base/ports.ts";
import type { InterfaceAddress, OwnLink } from "../base/network.ts";
import { KEEPALIVED_PROTOCOL, SCOPE_GLOBAL } from "../base/network.ts";
import { KernelError } from "../base/errors.ts";
import type { KernelRoute, KernelRule } from "../base/routing.ts";
import { decodeAddress, encodeDeleteAddress } from "../net/addresses.ts";
import { HOST_LE, concatBytes, viewOf } from "../net/attributes.ts";
import { decodeDeleteOwnLink, encodeDeleteOwnLink } from "../net/links.ts";
import { NLMSG_HDRLEN } from "../net/linux-netlink.ts";
import { RTM_DELADDR, RTM_DELLINK, RTM_DELROUTE, RTM_DELRULE } from "../net/linux-rtnetlink.ts";
import { decodeMessages, encodeMessage } from "../net/netlink.ts";
import type { NetlinkMessage } from "../net/netlink.ts";
import { decodeRoute, encodeDeleteRoute } from "../net/routes.ts";
import { decodeRule, encodeDeleteRule } from "../net/rules.ts";

const MAGIC = new TextEncoder().encode("REGENT02");
const HEADER_LEN = 64;
const SLOT_LEN = 64;
/** No message type of rtnetlink, whose last ones are near 128. */
const SETTING = 0x5245;
const TABLE = 0x5246;

/**
 * The record as a file, kept open. Entries that are no longer counted stay behind the counted ones as they were: a
 * shorter list is written by one pwrite, like a longer one, and no moment exists in which the file is cut.
 */
export class InstalledRecordFile implements InstalledRecord {
  readonly #path: string;
  readonly #entries = new WeakMap<Encoded, Uint8Array>();
  #fd: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** What the file says; nothing when it is not there, is empty or is not a record. @throws KernelError EACCES … */
  read(): Installed {
    const fd = this.#open();
    const bytes = new Uint8Array(fstatSync(fd).size);
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    return decodeInstalledRecord(bytes.subarray(0, length)) ?? NOTHING;
  }

  /** @throws KernelError ENOSPC, EACCES … */
  write({ rules, routes, addresses, links, settings, tables }: Installed): void {
    const bytes = joinEntries([
      ...rules.map((rule) => this.#entry(rule, encodeDeleteRule)),
      ...routes.map((route) => this.#entry(route, encodeDeleteRoute)),
      ...addresses.map((address) => this.#entry(address, encodeDeleteAddress)),
      ...links.map((link) => this.#entry(link, encodeDeleteOwnLink)),
      ...tables.map((table) => inSlots(encodeTable(table))),
      ...settings.map((setting) => inSlots(encodeSetting(setting))),
    ]);
    const fd = this.#open();
    try {
      const written = writeSync(fd, bytes, 0, bytes.length, 0);
      if (written !== bytes.length) throw new KernelError(`write ${this.#path}`, "ENOSPC", `${written} of ${bytes.length} bytes`);
    } catch (error) {
      throw kernelError(`write ${this.#path}`, error);
    }
  }

  prepare(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) this.#entry(address, encodeDeleteAddress);
  }

  #entry<T extends Encoded>(item: T, encode: (item: T) => Uint8Array): Uint8Array {
    let entry = this.#entries.get(item);
    if (entry === undefined) {
      entry = inSlots(encode(item));
      this.#entries.set(item, entry);
    }
    return entry;
  }

  close(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #open(): number {
    try {
      this.#fd ??= openSync(this.#path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
      return this.#fd;
    } catch (error) {
      throw kernelError(`open ${this.#path}`, error);
    }
  }
}

/** Whose entries are kept. */
type Encoded = InterfaceAddress | KernelRoute | KernelRule | OwnLink;

const NOTHING: Installed = { rules: [], routes: [], addresses: [], links: [], settings: [], tables: [] };

export function encodeInstalledRecord({ rules, routes, addresses, links, settings, tables }: Installed): Uint8Array {
  const messages = [...rules.map(encodeDeleteRule), ...routes.map(encodeDeleteRoute), ...addresses.map(encodeDeleteAddress), ...links.map(encodeDeleteOwnLink)];
  return joinEntries([...messages, ...tables.map(encodeTable), ...settings.map(encodeSetting)].map(inSlots));
}

function inSlots(message: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(slotsOf(message.length) * SLOT_LEN);
  bytes.set(message);
  return bytes;
}

function slotsOf(length: number): number {
  return Math.ceil(length / SLOT_LEN);
}

function joinEntries(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = concatBytes([new Uint8Array(HEADER_LEN), ...entries]);
  bytes.set(MAGIC);
  viewOf(bytes).setUint32(8, (bytes.length - HEADER_LEN) / SLOT_LEN, HOST_LE);
  return bytes;
}

function encodeTable(name: string): Uint8Array {
  return encodeMessage(TABLE, 0, [new TextEncoder().encode(`${name}\0`)]);
}

function encodeSetting({ name, value }: Setting): Uint8Array {
  return encodeMessage(SETTING, 0, [new TextEncoder().encode(`${name}\0${value}\0`)]);
}

/**
 * What identifies each to its deletion; of addresses with keepalived's protocol and global scope for the rest.
 * @returns undefined when it is not a record; bytes after the counted slots are ignored
 */
export function decodeInstalledRecord(bytes: Uint8Array): Installed | undefined {
  if (bytes.length < HEADER_LEN || !MAGIC.every((octet, i) => bytes[i] === octet)) return undefined;
  const slots = bytes.subarray(HEADER_LEN, HEADER_LEN + viewOf(bytes).getUint32(8, HOST_LE) * SLOT_LEN);
  const rules: KernelRule[] = [];
  const routes: KernelRoute[] = [];
  const addresses: InterfaceAddress[] = [];
  const links: OwnLink[] = [];
  const settings: Setting[] = [];
  const tables: string[] = [];
  for (let at = 0; at < slots.length; ) {
    const { entry, length } = entryAt(slots.subarray(at));
    at += slotsOf(length) * SLOT_LEN;
    if (entry?.type === "rule") rules.push(entry.rule);
    else if (entry?.type === "route") routes.push(entry.route);
    else if (entry?.type === "address") addresses.push(entry.address);
    else if (entry?.type === "link") links.push(entry.link);
    else if (entry?.type === "setting") settings.push(entry.setting);
    else if (entry?.type === "table") tables.push(entry.table);
  }
  return { rules, routes, addresses, links, settings, tables };
}

/** The entry that begins here, if one does, and how far the next one is. */
function entryAt(slots: Uint8Array): { readonly entry: Entry | undefined; readonly length: number } {
  const length = slots.length < NLMSG_HDRLEN ? 0 : viewOf(slots).getUint32(0, HOST_LE);
  const [message] = length < NLMSG_HDRLEN || length > slots.length ? [] : (decodeMessages(slots.subarray(0, length)) ?? []);
  const entry = message && decodeEntry(message);
  return { entry, length: entry === undefined ? 1 : length };
}

type Entry =
  | { readonly type: "rule"; readonly rule: KernelRule }
  | { readonly type: "route"; readonly route: KernelRoute }
  | { readonly type: "address"; readonly address: InterfaceAddress }
  | { readonly type: "link"; readonly link: OwnLink }
  | { readonly type: "setting"; readonly setting: Setting }
  | { readonly type: "table"; readonly table: string };

function decodeEntry({ type, payload }: NetlinkMessage): Entry | undefined {
  switch (type) {
    case RTM_DELRULE: {
      const rule = decodeRule(payload);
      return rule && { type: "rule", rule };
    }
    case RTM_DELROUTE: {
      const route = decodeRoute(payload);
      return route && { type: "route", route };
    }
    case RTM_DELADDR: {
      const address = decodeAddress(payload);
      return address && { type: "address", address: { ...address, scope: SCOPE_GLOBAL, protocol: KEEPALIVED_PROTOCOL } };
    }
    case RTM_DELLINK: {
      const link = decodeDeleteOwnLink(payload);
      return link && { type: "link", link };
    }
    case TABLE: {
      const [table = "", ...rest] = new TextDecoder().decode(payload).split("\0");
      return table !== "" && rest.length === 1 ? { type: "table", table } : undefined;
    }
    case SETTING: {
      const [name = "", value = "", ...rest] = new TextDecoder().decode(payload).split("\0");
      return name !== "" && /^-?[0-9]+$/.test(value) && rest.length === 1 ? { type: "setting", setting: { name, value: Number(value) } } : undefined;
    }
    default:
      return undefined;
  }
}

function kernelError(operation: string, error: unknown): unknown {
  if (error instanceof Error && !(error instanceof KernelError) && "code" in error && typeof error.code === "string") return new KernelError(operation, error.code);
  return error;
}

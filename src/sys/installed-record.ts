// The guardian, which is written in C, reads this file after the daemon was killed, so its form is fixed; little-endian.
//
//  0              8         12        16
// +--------------+---------+---------+
// |  "REGENT01"  |  count  |    0    |  then `count` entries:
// +--------------+---------+---------+
//  0           4        5           6       8               24
// +-----------+--------+-----------+-------+----------------+
// | interface | family | prefixlen |   0   |    address     |  IPv4 in the first 4 of the 16 octets, the rest 0
// +-----------+--------+-----------+-------+----------------+
//
// family is AF_INET (2) or AF_INET6 (10).

import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import type { InstalledRecord } from "../base/ports.ts";
import type { InterfaceAddress } from "../base/network.ts";
import { KEEPALIVED_PROTOCOL, SCOPE_GLOBAL } from "../base/network.ts";
import { KernelError } from "../base/errors.ts";
import { addressBytes, familyOf, formatIpAddress, hostPrefixLength } from "../base/ip.ts";
import { viewOf } from "../net/attributes.ts";
import { AF_INET, AF_INET6 } from "../net/linux-rtnetlink.ts";

const MAGIC = new TextEncoder().encode("REGENT01");
const HEADER_LEN = 16;
const ENTRY_LEN = 24;

/**
 * The record as a file, kept open. Entries that are no longer counted stay behind the counted ones as they were: a
 * shorter list is written by one pwrite, like a longer one, and no moment exists in which the file is cut.
 */
export class InstalledRecordFile implements InstalledRecord {
  readonly #path: string;
  readonly #entries = new WeakMap<InterfaceAddress, Uint8Array>();
  #fd: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** What the file says; nothing when it is not there, is empty or is not a record. @throws KernelError EACCES … */
  read(): InterfaceAddress[] {
    const fd = this.#open();
    const bytes = new Uint8Array(fstatSync(fd).size);
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    return decodeInstalledRecord(bytes.subarray(0, length)) ?? [];
  }

  /** @throws KernelError ENOSPC, EACCES … */
  write(addresses: readonly InterfaceAddress[]): void {
    const bytes = joinEntries(addresses.map((address) => this.#entry(address)));
    const fd = this.#open();
    try {
      const written = writeSync(fd, bytes, 0, bytes.length, 0);
      if (written !== bytes.length) throw new KernelError(`write ${this.#path}`, "ENOSPC", `${written} of ${bytes.length} bytes`);
    } catch (error) {
      throw kernelError(`write ${this.#path}`, error);
    }
  }

  prepare(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) this.#entry(address);
  }

  #entry(address: InterfaceAddress): Uint8Array {
    let entry = this.#entries.get(address);
    if (entry === undefined) {
      entry = encodeEntry(address);
      this.#entries.set(address, entry);
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

export function encodeInstalledRecord(addresses: readonly InterfaceAddress[]): Uint8Array {
  return joinEntries(addresses.map(encodeEntry));
}

function joinEntries(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(HEADER_LEN + ENTRY_LEN * entries.length);
  bytes.set(MAGIC);
  viewOf(bytes).setUint32(8, entries.length, true);
  entries.forEach((entry, i) => bytes.set(entry, HEADER_LEN + ENTRY_LEN * i));
  return bytes;
}

function encodeEntry({ interfaceIndex, address, prefixLength }: InterfaceAddress): Uint8Array {
  const bytes = new Uint8Array(ENTRY_LEN);
  const view = viewOf(bytes);
  view.setUint32(0, interfaceIndex, true);
  view.setUint8(4, familyOf(address) === 4 ? AF_INET : AF_INET6);
  view.setUint8(5, prefixLength);
  bytes.set(addressBytes(address), 8);
  return bytes;
}

/**
 * What identifies the addresses to RTM_DELADDR, with keepalived's protocol and global scope for the rest.
 * @returns undefined when it is not a record; bytes after the counted entries are ignored
 */
export function decodeInstalledRecord(bytes: Uint8Array): InterfaceAddress[] | undefined {
  if (bytes.length < HEADER_LEN || !MAGIC.every((octet, i) => bytes[i] === octet)) return undefined;
  const view = viewOf(bytes);
  const count = view.getUint32(8, true);
  if (bytes.length < HEADER_LEN + ENTRY_LEN * count) return undefined;
  const addresses: InterfaceAddress[] = [];
  for (let i = 0; i < count; i++) {
    const at = HEADER_LEN + ENTRY_LEN * i;
    const family = view.getUint8(at + 4);
    const prefixLength = view.getUint8(at + 5);
    if (family !== AF_INET && family !== AF_INET6) return undefined;
    if (prefixLength > hostPrefixLength(family === AF_INET ? 4 : 6)) return undefined;
    addresses.push({
      interfaceIndex: view.getUint32(at, true),
      address: formatIpAddress(bytes.subarray(at + 8, at + 8 + (family === AF_INET ? 4 : 16))),
      prefixLength,
      scope: SCOPE_GLOBAL,
      protocol: KEEPALIVED_PROTOCOL,
    });
  }
  return addresses;
}

function kernelError(operation: string, error: unknown): unknown {
  if (error instanceof Error && !(error instanceof KernelError) && "code" in error && typeof error.code === "string") return new KernelError(operation, error.code);
  return error;
}

import { assertNever } from "../../base/assert-never.ts";
import { parseIpAddress } from "../../base/ip.ts";
import type { CheckerConfig, RealServer, VirtualServer } from "../model.ts";
import type { LintedFile } from "./input.ts";
import type { Entry, Outline } from "./outline.ts";

// Where a virtual server, a real server and a check of the model stand in the text.

/** The block of a service. Of several that fit (one address for TCP and UDP) the one with its protocol. */
export function serviceEntry({ outline }: LintedFile, { key }: VirtualServer): Entry | undefined {
  const fitting = servicesByHead(outline).get(headOf(key)) ?? [];
  if (key.type === "group") return fitting[key.index] ?? fitting[0];
  const protocol = key.type === "address" ? key.protocol : undefined;
  return fitting.find((entry) => (entry.last("protocol")?.name ?? "UDP").toLowerCase() === protocol) ?? fitting[0];
}

const byOutline = new WeakMap<Outline, ReadonlyMap<string, readonly Entry[]>>();

/** Blocks by what their first line says; found once, since a configuration has thousands. */
function servicesByHead(outline: Outline): ReadonlyMap<string, readonly Entry[]> {
  const known = byOutline.get(outline);
  if (known !== undefined) return known;
  const heads = new Map<string, Entry[]>();
  for (const entry of outline.all("virtual_server")) {
    const address = parseIpAddress(entry.name);
    const head = address === undefined ? `${entry.name} ${entry.text(2)}` : `${address} ${Number(entry.text(2) || 0)}`;
    const known = heads.get(head);
    if (known === undefined) heads.set(head, [entry]);
    else known.push(entry);
  }
  byOutline.set(outline, heads);
  return heads;
}

function headOf(key: VirtualServer["key"]): string {
  switch (key.type) {
    case "address":
      return `${key.address} ${key.port}`;
    case "fwmark":
      return `fwmark ${key.fwmark}`;
    case "group":
      return `group ${key.group}`;
    default:
      return assertNever(key);
  }
}

/** With DR and TUN the port of the model is the service's, whatever was written. */
export function realServerEntry(service: Entry | undefined, { address, port }: RealServer): Entry | undefined {
  const fitting = service?.all("real_server").filter((entry) => parseIpAddress(entry.name) === address) ?? [];
  return fitting.find((entry) => entry.text(2) === "" || Number(entry.text(2)) === port) ?? fitting[0];
}

/** The n-th check of a kind is the n-th block of that keyword. */
export function checkerEntry(server: Entry | undefined, checkers: readonly CheckerConfig[], checker: CheckerConfig): Entry | undefined {
  const index = checkers.filter(({ type }) => type === checker.type).indexOf(checker);
  return server?.all(checker.type)[index];
}

import { addressBytes, familyOf, isMulticast } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import { advertSpace } from "./advert-space.ts";
import type { AdvertForm } from "./advert-space.ts";
import type { AddressDraft, InstanceDraft } from "./drafts.ts";
import type { VirtualAddress } from "./model.ts";
import { computeBroadcast } from "./readers/address.ts";
import type { Reading } from "./reading.ts";

interface Place {
  /** Of those that name none. */
  readonly device: string;
  readonly netNamespace: string | undefined;
}

/** The addresses of an instance. Of two that are the same the second goes; more than an advert can carry are excluded ones. */
export function resolveAddresses(reading: Reading, draft: InstanceDraft, { device, netNamespace }: Place, advert: AdvertForm, strict: boolean): { addresses: VirtualAddress[]; excluded: VirtualAddress[] } {
  const seen = new Map<string, AddressDraft>();
  const distinct = (drafts: readonly AddressDraft[]): VirtualAddress[] =>
    drafts.flatMap((address) => {
      const first = seen.get(address.address);
      if (first !== undefined) {
        reading.note(`(${draft.name}) duplicate address ${address.at.text} - ignoring`, address.at, {
          code: "duplicate-address",
          remedy: "remove one of the two",
          related: [{ at: first.at, note: "the first one is here" }],
        });
        return [];
      }
      seen.set(address.address, address);
      return [resolveAddress(reading, address, device)];
    });
  const addresses = distinct(draft.addresses);
  const excluded = distinct(draft.excluded);
  if (addresses.length === 0) reportNone(reading, draft, advert.version, strict);
  checkFirst(reading, draft, addresses, strict);
  const most = advertSpace(advert, addresses.length, () => (draft.interface === undefined ? undefined : reading.environment.interfaceMtu(draft.interface.text, netNamespace)));
  if (addresses.length <= most) return { addresses, excluded };
  reading.problem(
    "general-error",
    `(${draft.name}) Number of VIPs (${addresses.length}) exceeds maximum/space available in packet (max ${most} addresses) - excess moved to eVIPs`,
    draft.at,
    { remedy: "write the others into virtual_ipaddress_excluded, in the same order on both directors" },
  );
  return { addresses: addresses.slice(0, most), excluded: [...addresses.slice(most), ...excluded] };
}

/** keepalived's version 3 and strict mode do not run without an address, unless that is said to be meant. */
function reportNone(reading: Reading, { name, at, noVirtualIpaddress }: InstanceDraft, version: 2 | 3, strict: boolean): void {
  if (strict && noVirtualIpaddress) reading.problem("general-error", `(${name}) no_virtual_ipaddress is incompatible with strict mode - resetting`, at);
  else if (noVirtualIpaddress) return;
  if (strict || version === 3) {
    const remedy = strict ? "write a virtual_ipaddress block" : "write a virtual_ipaddress block, or no_virtual_ipaddress when none is meant";
    reading.fatalProblem("general-error", `(${name}) No VIP specified; at least one is required`, at, { code: "incomplete-block", remedy });
  } else reading.problem("general-error", `(${name}) No VIP specified; at least one is sensible`, at, { code: "incomplete-block", remedy: "write a virtual_ipaddress block" });
}

function checkFirst(reading: Reading, { name, at }: InstanceDraft, [first]: readonly VirtualAddress[], strict: boolean): void {
  if (!strict || first === undefined || familyOf(first.address) !== 6 || isLinkLocal(first.address)) return;
  reading.problem("general-error", `(${name}) the first IPv6 VIP address must be link local`, at);
}

/** fe80::/10. */
function isLinkLocal(address: IpAddress): boolean {
  const [first = 0, second = 0] = addressBytes(address);
  return first === 0xfe && (second & 0xc0) === 0x80;
}

/** @param device when it names none */
export function resolveAddress(reading: Reading, draft: AddressDraft, device: string): VirtualAddress {
  const family = familyOf(draft.address);
  const computed = draft.broadcast === "+" || draft.broadcast === "-";
  // IFA_ADDRESS carries the far end when there is one, and the prefix length is then the far end's.
  const prefixLength = draft.peer === undefined ? draft.prefixLength : (draft.peerPrefixLength ?? draft.prefixLength);
  const lifetime = draft.preferredLifetimeS ?? (family === 6 && draft.prefixLength === 128 ? 0 : "forever");
  if (draft.autojoin && !isMulticast(draft.address)) {
    reading.note(`autojoin has an effect on multicast addresses only: ${draft.at.text}`, draft.at);
  }
  return {
    address: draft.address,
    prefixLength,
    interface: draft.interface?.text ?? device,
    scope: draft.scope ?? 0,
    label: family === 4 ? draft.label : undefined,
    broadcast: computed ? computeBroadcast(draft.address, draft.prefixLength, draft.broadcast === "+" ? "+" : "-") : asAddress(draft.broadcast),
    peer: draft.peer,
    home: draft.home,
    noPrefixRoute: draft.noPrefixRoute,
    managedTemporary: draft.managedTemporary,
    autojoin: draft.autojoin,
    duplicateDetection: draft.duplicateDetection,
    preferredLifetimeS: lifetime === "forever" ? undefined : lifetime,
    track: draft.track,
    useVmac: draft.useVmac,
  };
}

function asAddress(broadcast: AddressDraft["broadcast"]): IpAddress | undefined {
  return broadcast === "+" || broadcast === "-" ? undefined : broadcast;
}

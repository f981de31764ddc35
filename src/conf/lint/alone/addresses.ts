import { familyOf, parseIpAddress } from "../../../base/ip.ts";
import type { IpAddress } from "../../../base/ip.ts";
import type { FilePlace } from "../../diagnostic.ts";
import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { VrrpInstance } from "../../model.ts";
import type { Entry } from "../outline.ts";
import { count, some } from "../words.ts";

type Code = "vips-beyond-advert" | "ipv6-address-deprecated" | "nodad-turns-dad-on" | "ipv6-first-not-link-local" | "vip-of-two-instances" | "service-address-without-instance";

/** The count of an advert is one octet. */
const MOST_IN_COUNT = 255;
/** Ethernet's; the interface's own is not known here. */
const USUAL_MTU = 1500;
const IP_HEADER = { 4: 20, 6: 40 } as const;
const VRRP_HEADER = 8;
const AUTHENTICATION_DATA = 8;
const AH_HEADER = 24;
const HMAC_TRAILER = 28;
const ADDRESS_OCTETS = { 4: 4, 6: 16 } as const;

/** How many addresses an advert of this instance carries over Ethernet. */
export function advertCapacity({ family, version }: Pick<VrrpInstance, "family" | "version">, authentication: { readonly ah: boolean; readonly hmac: boolean }): number {
  const fixed = IP_HEADER[family] + VRRP_HEADER + (version === 2 && family === 4 ? AUTHENTICATION_DATA : 0) + (authentication.ah ? AH_HEADER : 0) + (authentication.hmac ? HMAC_TRAILER : 0);
  return Math.min(MOST_IN_COUNT, Math.floor((USUAL_MTU - fixed) / ADDRESS_OCTETS[family]));
}

/** Virtual addresses. */
export const ADDRESSES = rule<Code>({
  subject: "Virtual addresses",
  codes: {
    "vips-beyond-advert": {
      severity: "warning",
      title: "more virtual addresses than an advert carries",
      explanation:
        "An advert lists the addresses of virtual_ipaddress: at most 255, and no more than fit the MTU (at 1,500 octets 255 of IPv4, 90 of IPv6). keepalived moves the rest to the excluded ones, which works but depends on their order. Keep one address, or the few that identify the router, in virtual_ipaddress and write the others in virtual_ipaddress_excluded: adverts get smaller, and lists can differ without complaints.",
      replaces: /exceeds maximum\/space available in packet/,
    },
    "ipv6-address-deprecated": {
      severity: "warning",
      title: "an IPv6 /128 is added as a deprecated address",
      explanation:
        "keepalived gives an IPv6 virtual address with prefix length 128 (also when none is written) the preferred lifetime 0, so the kernel never chooses it as a source. Services that answer on it work; connections that the director opens itself never come from it. Write 'preferred_lft forever' to have it used, or the real prefix length.",
    },
    "nodad-turns-dad-on": {
      severity: "warning",
      title: "-nodad turns duplicate-address detection on",
      explanation:
        "keepalived adds IPv6 virtual addresses without duplicate-address detection, and the word '-nodad' turns it on, against its name. The address is then tentative for about a second after each takeover, and not usable.",
    },
    "ipv6-first-not-link-local": {
      severity: "info",
      title: "the first IPv6 virtual address is not link-local",
      explanation:
        "RFC 5798 wants a link-local address as the first of an IPv6 virtual router: hosts learn their default gateway from router advertisements by it, and it is what moves between the directors. For services on global addresses it does not matter; 'strict_mode' insists on it.",
    },
    "vip-of-two-instances": {
      severity: "warning",
      title: "one address in two instances",
      explanation:
        "Two instances own the same address, so two directors can hold it at once, or one instance takes it away from the other when it becomes BACKUP. keepalived says nothing. Leave it in one of them.",
      replaces: /address .* also belongs to vrrp_instance/,
    },
    "service-address-without-instance": {
      severity: "info",
      title: "a virtual server whose address no instance holds",
      explanation:
        "Instances of this configuration hold virtual addresses, but not the one of this virtual server: often a typing error or a forgotten address. It is right when something else (a static address, a route, another daemon) brings the packets here.",
    },
  },
  find: (file) => [...file.config.vrrp.instances.flatMap((instance) => [...ofInstance(file, instance)]), ...sharedAddresses(file), ...servicesWithoutInstance(file)],
});

function entriesOf(entry: Entry | undefined): readonly Entry[] {
  return ["virtual_ipaddress", "virtual_ipaddress_excluded"].flatMap((keyword) => entry?.all(keyword) ?? []).flatMap(({ entries }) => entries);
}

function addressOf(entry: Entry): IpAddress | undefined {
  return parseIpAddress(entry.keyword.split("/")[0] ?? "");
}

function* ofInstance(file: LintedFile, instance: VrrpInstance): Generator<Found<Code>, void> {
  const { name, family, virtualAddresses } = instance;
  const entry = file.outline.instance(name);
  if (entry === undefined) return;
  const written = entry.all("virtual_ipaddress").flatMap(({ entries }) => entries);
  const capacity = advertCapacity(instance, { ah: entry.last("authentication", "auth_type")?.name === "AH", hmac: entry.has("auth_hmac") });
  if (written.length > capacity) {
    yield {
      code: "vips-beyond-advert",
      at: written[capacity]?.place() ?? entry.placeOf("virtual_ipaddress"),
      reason: `${name} has ${written.length} virtual addresses and an advert carries ${capacity} (at an MTU of ${USUAL_MTU}): from this one on they are excluded ones`,
      remedy: "move all but the first into virtual_ipaddress_excluded",
    };
  }
  const deprecated = entriesOf(entry).filter((line) => isHostIpv6(line) && !line.texts.includes("preferred_lft"));
  const [first] = deprecated;
  if (first !== undefined) {
    yield {
      code: "ipv6-address-deprecated",
      at: first.place(),
      reason: `${name}: ${some(deprecated.map(({ keyword }) => keyword))} ${deprecated.length === 1 ? "is" : "are"} added with preferred lifetime 0 and never chosen as a source`,
      remedy: "write 'preferred_lft forever' behind it, or its real prefix length",
    };
  }
  for (const line of entriesOf(entry)) {
    const at = line.texts.indexOf("-nodad");
    if (at > 0) yield { code: "nodad-turns-dad-on", at: line.place(at), reason: `${name}: '-nodad' makes ${line.keyword} tentative for a second after each takeover`, remedy: "remove the word: virtual addresses are added without detection anyway" };
  }
  const [vip] = virtualAddresses;
  if (family === 6 && vip !== undefined && !vip.address.toLowerCase().startsWith("fe8")) {
    yield { code: "ipv6-first-not-link-local", at: written[0]?.place() ?? entry.place(), reason: `${name}: the first address is ${vip.address}`, remedy: "put a link-local address first, e.g. fe80::1/64, if hosts use the router as their gateway" };
  }
}

function isHostIpv6(line: Entry): boolean {
  const address = addressOf(line);
  const [, prefix = "128"] = line.keyword.split("/");
  return address !== undefined && familyOf(address) === 6 && prefix === "128";
}

function* sharedAddresses({ config, outline }: LintedFile): Generator<Found<Code>, void> {
  const owners = new Map<string, { readonly instance: string; readonly line: Entry }>();
  for (const { name } of config.vrrp.instances) {
    for (const line of entriesOf(outline.instance(name))) {
      const address = addressOf(line);
      if (address === undefined) continue;
      const other = owners.get(address);
      if (other !== undefined && other.instance !== name) {
        yield { code: "vip-of-two-instances", at: line.place(), reason: `${address} belongs to ${name} and to ${other.instance}`, remedy: "leave it in one of them", related: [other.line.related(`in ${other.instance}`)] };
      }
      if (other === undefined) owners.set(address, { instance: name, line });
    }
  }
}

function* servicesWithoutInstance({ config, outline }: LintedFile): Generator<Found<Code>, void> {
  const held = new Set<string>([...config.vrrp.instances.flatMap(({ name }) => entriesOf(outline.instance(name))), ...outline.all("static_ipaddress").flatMap(({ entries }) => entries)].flatMap((line) => addressOf(line) ?? []));
  if (held.size === 0) return;
  const orphans = new Map<string, FilePlace>();
  const note = (address: IpAddress | undefined, at: FilePlace): void => {
    if (address !== undefined && !held.has(address) && !orphans.has(address)) orphans.set(address, at);
  };
  for (const server of outline.all("virtual_server")) note(parseIpAddress(server.name), server.place(1));
  for (const line of outline.all("virtual_server_group").flatMap(({ entries }) => entries)) note(parseIpAddress(line.keyword), line.place());
  const [first] = orphans;
  if (first === undefined) return;
  const [, at] = first;
  yield {
    code: "service-address-without-instance",
    at,
    reason: `no instance holds ${some([...orphans.keys()], 3)} (${count(held.size, "address is", "addresses are")} held)`,
    remedy: "add it to virtual_ipaddress or virtual_ipaddress_excluded, unless something else holds it",
  };
}

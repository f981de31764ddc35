import { pairRule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { RelatedPlace } from "../../diagnostic.ts";
import type { LintedFile } from "../input.ts";
import type { Authentication, AuthHmac, VrrpInstance } from "../../model.ts";
import { exactly, some } from "../words.ts";
import { matchInstances } from "./matching.ts";
import type { Half } from "./matching.ts";

type Code =
  | "pair-instance-missing"
  | "pair-vrid-differs"
  | "pair-name-differs"
  | "pair-version-differs"
  | "pair-interval-differs"
  | "pair-authentication-differs"
  | "pair-addresses-differ"
  | "pair-address-order-differs"
  | "pair-excluded-differ"
  | "pair-prefix-differs"
  | "pair-vmac-differs";

/** What both halves of a virtual router must have alike. */
export const PAIR_INSTANCES = pairRule<Code>({
  subject: "The pair: instances",
  codes: {
    "pair-instance-missing": {
      severity: "error",
      title: "a virtual router on one director only",
      explanation:
        "One director has an instance whose virtual router id and family no instance of the other has, so its addresses have no backup. A frequent cause is a duplicated instance name: the second block of a name is forgotten. See instance-name-twice.",
    },
    "pair-vrid-differs": {
      severity: "error",
      title: "one name, two virtual router ids",
      explanation: "Instances of the same name have different virtual router ids, so neither hears the other and both become MASTER of the same addresses.",
    },
    "pair-name-differs": {
      severity: "info",
      title: "one virtual router, two names",
      explanation: "The name of an instance never leaves its director, so this works. In logs, mails and scripts one router appears under two names.",
    },
    "pair-version-differs": {
      severity: "error",
      title: "different VRRP versions",
      explanation: "An advert of another version is rejected, so neither hears the other and both become MASTER.",
    },
    "pair-interval-differs": {
      severity: "error",
      title: "different advert intervals",
      explanation:
        "VRRPv2 drops adverts whose interval is not the receiver's own: both become MASTER. VRRPv3 takes the master's interval over and only logs the difference, so how fast a takeover is depends on who is MASTER.",
    },
    "pair-authentication-differs": {
      severity: "error",
      title: "different authentication",
      explanation: "Adverts with another type of authentication or another password are rejected, so neither hears the other and both become MASTER. Only the first eight octets of auth_pass count.",
    },
    "pair-addresses-differ": {
      severity: "error",
      title: "different virtual addresses",
      explanation:
        "The lists of virtual_ipaddress differ. keepalived logs it with every advert and accepts the advert; after a takeover the addresses of one list are missing. Write the same list on both; what must differ belongs into virtual_ipaddress_excluded.",
    },
    "pair-address-order-differs": {
      severity: "info",
      title: "the same virtual addresses in another order",
      explanation: "Adverts carry the list in the order of the configuration. Other implementations compare it in order, and which addresses fall to the excluded ones when the list is too long depends on it.",
    },
    "pair-excluded-differ": {
      severity: "warning",
      title: "different excluded addresses",
      explanation: "Excluded addresses move with the instance and are not in the adverts, so nothing ever notices that the two directors hold different ones. After a takeover addresses are missing.",
    },
    "pair-prefix-differs": {
      severity: "warning",
      title: "one address with two prefix lengths",
      explanation: "The same virtual address has different prefix lengths, so routes and source addresses differ after a takeover.",
    },
    "pair-vmac-differs": {
      severity: "warning",
      title: "a virtual MAC on one director only",
      explanation: "With use_vmac the addresses keep one MAC wherever they are; without it each director answers with its own. When only one of them has it, hosts must learn another MAC at every takeover after all, and switches see the virtual MAC come and go.",
    },
  },
  find: (first, second) => {
    const { pairs, misnumbered, single } = matchInstances(first, second);
    return [
      ...single.map((half) => missing(half, half.file === first ? second : first)),
      ...misnumbered.map(([a, b]) => misnumberedPair(a, b)),
      ...pairs.flatMap(([a, b]) => [...differences(a, b)]),
    ];
  },
});

function missing(half: Half, other: LintedFile): Found<Code> {
  const { name, vrid, family } = half.instance;
  const twice = other.outline.all("vrrp_instance").filter((entry) => entry.last("virtual_router_id")?.name === String(vrid));
  return {
    code: "pair-instance-missing",
    at: half.entry?.place(1) ?? half.file.outline.top,
    reason: `${name}, IPv${family} virtual router ${vrid}, has no other half in ${other.path}`,
    remedy: twice.length > 0 ? `give the instance of virtual router ${vrid} in ${other.path} a name of its own` : "add the instance there, or correct the virtual router id",
    related: twice.map((entry) => entry.related("this one does not exist, because its name is taken", 1)),
  };
}

/** The place of a keyword in one half, and the same in the other as a related one. */
function both(a: Half, b: Half, keyword: string, say: (instance: VrrpInstance) => string): { readonly at: Found<Code>["at"]; readonly related: RelatedPlace[] } {
  const line = b.entry?.last(keyword) ?? b.entry;
  return { at: a.entry?.last(keyword)?.place(1) ?? a.entry?.place(1) ?? a.file.outline.top, related: line === undefined ? [] : [line.related(`${b.instance.name}: ${say(b.instance)}`, 1)] };
}

function misnumberedPair(a: Half, b: Half): Found<Code> {
  return {
    code: "pair-vrid-differs",
    ...both(a, b, "virtual_router_id", ({ vrid, family }) => `IPv${family}, virtual router ${vrid}`),
    reason: `${a.instance.name} is IPv${a.instance.family} virtual router ${a.instance.vrid} here and IPv${b.instance.family} virtual router ${b.instance.vrid} there`,
    remedy: "write the same virtual_router_id (and addresses of one family) on both",
  };
}

function* differences(a: Half, b: Half): Generator<Found<Code>, void> {
  const [one, other] = [a.instance, b.instance];
  const { name } = one;
  if (name !== other.name) {
    yield { code: "pair-name-differs", at: a.entry?.place(1) ?? a.file.outline.top, reason: `virtual router ${one.vrid} is ${name} here and ${other.name} there`, remedy: "use one name", related: b.entry === undefined ? [] : [b.entry.related("the other half", 1)] };
  }
  if (one.version !== other.version) {
    yield { code: "pair-version-differs", ...both(a, b, "version", ({ version }) => `version ${version}`), reason: `${name} speaks version ${one.version} here and ${other.version} there`, remedy: "write the same version on both" };
  } else if (one.advertIntervalUs !== other.advertIntervalUs) {
    const effect = one.version === 2 ? "each drops the other's adverts" : "takeovers take different times";
    yield {
      code: "pair-interval-differs",
      ...both(a, b, "advert_int", ({ advertIntervalUs }) => exactly(advertIntervalUs)),
      reason: `${name} sends every ${exactly(one.advertIntervalUs)} here and every ${exactly(other.advertIntervalUs)} there: ${effect}`,
      remedy: "write the same advert_int on both",
    };
  }
  if (!sameAuthentication(one.authentication, other.authentication)) {
    const how = one.authentication.type === other.authentication.type ? "the secrets differ" : `'${one.authentication.type}' here and '${other.authentication.type}' there`;
    yield { code: "pair-authentication-differs", ...both(a, b, "authentication", () => "the other half's"), reason: `${name}: ${how}, so each rejects the other's adverts`, remedy: "write the same authentication block on both" };
  }
  const hmac = hmacDifference(one.authHmac, other.authHmac);
  if (hmac !== undefined) {
    yield { code: "pair-authentication-differs", ...both(a, b, "auth_hmac", () => "the other half's"), reason: `${name}: ${hmac}`, remedy: "write the same keys on both directors; to change one, add it to both first, then make it active" };
  }
  if ((one.vmac === undefined) !== (other.vmac === undefined)) {
    yield { code: "pair-vmac-differs", ...both(a, b, "use_vmac", ({ vmac }) => (vmac === undefined ? "without it" : "with it")), reason: `${name} has use_vmac on one director only`, remedy: "write use_vmac on both or on neither" };
  }
  yield* addresses(a, b);
}

/** Whether one signs with a key that the other cannot verify and insists on. */
function hmacDifference(here: AuthHmac | undefined, there: AuthHmac | undefined): string | undefined {
  if (here === undefined && there === undefined) return undefined;
  if (here === undefined || there === undefined) return "auth_hmac on one director only, so one of them rejects unsigned adverts or cannot read the signature";
  const knows = (receiver: AuthHmac, sender: AuthHmac): boolean => {
    if (receiver.mode !== "enforce") return true;
    const active = sender.keys.find(({ id }) => id === sender.activeKey);
    const own = receiver.keys.find(({ id }) => id === sender.activeKey);
    return active !== undefined && own !== undefined && Buffer.compare(active.secret, own.secret) === 0;
  };
  if (!knows(there, here)) return `the other director does not have key ${here.activeKey}, with which this one signs, or has another secret for it`;
  if (!knows(here, there)) return `this director does not have key ${there.activeKey}, with which the other one signs, or has another secret for it`;
  return here.antiReplay === there.antiReplay ? undefined : `anti_replay ${here.antiReplay} here and ${there.antiReplay} there`;
}

function sameAuthentication(a: Authentication, b: Authentication): boolean {
  const text = (authentication: Authentication): string => JSON.stringify(authentication, (...[, value]: [string, unknown]) => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value));
  return text(a) === text(b);
}

function* addresses(a: Half, b: Half): Generator<Found<Code>, void> {
  const { name } = a.instance;
  const lists = (half: Half): string[] => half.instance.virtualAddresses.map(({ address }) => address);
  const [here, there] = [lists(a), lists(b)];
  const differ = difference(here, there);
  if (differ !== undefined) {
    yield { code: "pair-addresses-differ", ...both(a, b, "virtual_ipaddress", () => "the other half's"), reason: `${name}: ${differ}`, remedy: "write the same addresses in virtual_ipaddress on both" };
  } else if (here.join() !== there.join()) {
    yield { code: "pair-address-order-differs", ...both(a, b, "virtual_ipaddress", () => "the other half's"), reason: `${name} lists its virtual addresses in another order on the other director`, remedy: "write them in one order" };
  }
  const excluded = difference(
    a.instance.excludedAddresses.map(({ address }) => address),
    b.instance.excludedAddresses.map(({ address }) => address),
  );
  if (excluded !== undefined) {
    yield { code: "pair-excluded-differ", ...both(a, b, "virtual_ipaddress_excluded", () => "the other half's"), reason: `${name}: ${excluded}`, remedy: "write the same addresses in virtual_ipaddress_excluded on both" };
  }
  const prefixes = new Map([...b.instance.virtualAddresses, ...b.instance.excludedAddresses].map(({ address, prefixLength }) => [address, prefixLength]));
  const mixed = [...a.instance.virtualAddresses, ...a.instance.excludedAddresses].filter(({ address, prefixLength }) => (prefixes.get(address) ?? prefixLength) !== prefixLength);
  if (mixed.length > 0) {
    const shown = mixed.map(({ address, prefixLength }) => `${address} (/${prefixLength} here, /${prefixes.get(address) ?? 0} there)`);
    yield { code: "pair-prefix-differs", ...both(a, b, "virtual_ipaddress", () => "the other half's"), reason: `${name}: ${some(shown, 3)}`, remedy: "write one prefix length" };
  }
}

function difference(here: readonly string[], there: readonly string[]): string | undefined {
  const [onlyHere, onlyThere] = [here.filter((address) => !there.includes(address)), there.filter((address) => !here.includes(address))];
  const parts = [...(onlyHere.length > 0 ? [`${some(onlyHere)} only here`] : []), ...(onlyThere.length > 0 ? [`${some(onlyThere)} only there`] : [])];
  return parts.length === 0 ? undefined : parts.join(", ");
}

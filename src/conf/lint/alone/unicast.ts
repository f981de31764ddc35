import { parseIpAddress } from "../../../base/ip.ts";
import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { VrrpInstance } from "../../model.ts";
import { list } from "../words.ts";

type Code = "unicast-without-peers" | "unicast-without-source" | "unicast-own-peer" | "unicast-ttl-unchecked";

/** Words that only mean something with `unicast_peer`. */
const UNICAST_WORDS = ["unicast_peer", "unicast_src_ip", "unicast_ttl", "check_unicast_src", "old_unicast_checksum"];

/** Unicast adverts. */
export const UNICAST = rule<Code>({
  subject: "Unicast",
  codes: {
    "unicast-without-peers": {
      severity: "error",
      title: "unicast without peers is multicast",
      explanation:
        "An instance with unicast keywords and no peer sends and expects multicast adverts. Where multicast is not forwarded (most clouds, many switches) nobody hears them and both directors become MASTER. Name the other director in unicast_peer; 'unicast_fault_no_peer' makes the instance FAULT instead of falling back.",
      replaces: /unicast.*(?:no|without) .*peer|falls? back to multicast/i,
    },
    "unicast-without-source": {
      severity: "info",
      title: "unicast_src_ip is not written",
      explanation: "Without unicast_src_ip the first address of the interface is the source. When that address changes, or another one comes first after a restart, the peer's adverts no longer come from where it is expected, and instances with one VRID can no longer be told apart.",
    },
    "unicast-own-peer": {
      severity: "error",
      title: "an instance that names itself as its peer",
      explanation: "The own source address stands among the peers, usually because one file was copied to both directors without exchanging the two addresses. The other director is then never told anything.",
    },
    "unicast-ttl-unchecked": {
      severity: "info",
      title: "adverts from any distance are believed",
      explanation:
        "Multicast adverts must have TTL 255, which no router outside the segment can forge. Unicast adverts are accepted with any TTL, so whoever can send a packet with the peer's address can end your MASTER. When the peers share a segment, write 'min_ttl 255' behind the peer; 'check_unicast_src' refuses strangers' addresses.",
    },
  },
  find: (file) => file.config.vrrp.instances.flatMap((instance) => [...ofInstance(file, instance)]),
});

function* ofInstance(file: LintedFile, { name }: VrrpInstance): Generator<Found<Code>, void> {
  const entry = file.outline.instance(name);
  if (entry === undefined) return;
  const words = UNICAST_WORDS.flatMap((word) => entry.last(word) ?? []);
  const [first] = words;
  if (first === undefined) return;
  const peers = entry.all("unicast_peer").flatMap(({ entries }) => entries);
  if (peers.length === 0) {
    if (entry.has("unicast_fault_no_peer")) return;
    yield {
      code: "unicast-without-peers",
      at: first.place(),
      reason: `${name} has ${list(words.map(({ keyword }) => keyword))} but no peer: it falls back to multicast`,
      remedy: "name the other director in unicast_peer, or remove the unicast keywords",
    };
    return;
  }
  const source = entry.last("unicast_src_ip");
  const own = parseIpAddress(source?.name ?? "");
  if (own === undefined) {
    yield { code: "unicast-without-source", at: entry.placeOf("unicast_peer"), reason: `${name} takes the first address of its interface as its source`, remedy: "add 'unicast_src_ip ADDRESS'" };
  }
  const self = peers.find(({ keyword }) => own !== undefined && parseIpAddress(keyword) === own);
  if (self !== undefined && source !== undefined) {
    yield {
      code: "unicast-own-peer",
      at: self.place(),
      reason: `${name} names its own address ${self.keyword} as its peer`,
      remedy: "write the other director's address",
      related: [source.related("its own address is written here", 1)],
    };
  }
  if (!entry.has("check_unicast_src") && file.outline.global("vrrp_check_unicast_src") === undefined) {
    const open = peers.filter(({ texts }) => !texts.includes("min_ttl"));
    const [peer] = open;
    if (peer !== undefined) {
      yield { code: "unicast-ttl-unchecked", at: peer.place(), reason: `${name} believes adverts from ${list(open.map(({ keyword }) => keyword))} whatever their TTL`, remedy: "write 'min_ttl 255' behind a peer on the same segment" };
    }
  }
}

import { parseIpAddress } from "../../../base/ip.ts";
import type { IpAddress } from "../../../base/ip.ts";
import { pairRule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { Entry } from "../outline.ts";
import { list } from "../words.ts";
import { matchInstances } from "./matching.ts";
import type { Half } from "./matching.ts";

type Code = "pair-unicast-and-multicast" | "pair-peer-not-named" | "pair-groups-differ";

/** Whether the two send to where the other listens. */
export const PAIR_UNICAST = pairRule<Code>({
  subject: "The pair: who hears whom",
  codes: {
    "pair-unicast-and-multicast": {
      severity: "error",
      title: "one sends unicast, the other multicast",
      explanation: "A multicast advert is rejected by a unicast instance, and the reverse, so both become MASTER.",
    },
    "pair-peer-not-named": {
      severity: "error",
      title: "a director that the other does not name",
      explanation:
        "The source address of one director's adverts (unicast_src_ip) is not among the peers of the other, so adverts do not go there, or are refused ('check_unicast_src'). Often one file was copied without exchanging the two addresses.",
    },
    "pair-groups-differ": {
      severity: "error",
      title: "different multicast groups",
      explanation: "The two send to and listen on different multicast groups (mcast_dst_ip, vrrp_mcast_group4), so neither hears the other and both become MASTER.",
    },
  },
  find: (first, second) => matchInstances(first, second).pairs.flatMap(([a, b]) => [...heard(a, b)]),
});

function peersOf(half: Half): readonly Entry[] {
  return half.entry?.all("unicast_peer").flatMap(({ entries }) => entries) ?? [];
}

function* heard(a: Half, b: Half): Generator<Found<Code>, void> {
  const { name } = a.instance;
  const [here, there] = [peersOf(a), peersOf(b)];
  if (here.length === 0 !== (there.length === 0)) {
    const [unicast, multicast] = here.length > 0 ? [a, b] : [b, a];
    yield {
      code: "pair-unicast-and-multicast",
      at: unicast.entry?.placeOf("unicast_peer") ?? unicast.file.outline.top,
      reason: `${unicast.instance.name} sends unicast here and multicast in ${multicast.file.path}`,
      remedy: "name the peers on both directors, or on neither",
      related: multicast.entry === undefined ? [] : [multicast.entry.related("the half without peers", 1)],
    };
    return;
  }
  if (here.length === 0) {
    if (a.instance.multicastGroup === b.instance.multicastGroup) return;
    yield {
      code: "pair-groups-differ",
      at: a.entry?.placeOf("mcast_dst_ip") ?? a.file.outline.top,
      reason: `${name} uses ${a.instance.multicastGroup} here and ${b.instance.multicastGroup} there`,
      remedy: "write the same group on both",
      related: b.entry === undefined ? [] : [(b.entry.last("mcast_dst_ip") ?? b.entry).related("the other half", 1)],
    };
    return;
  }
  yield* named(a, b, there);
  yield* named(b, a, here);
}

/** Whether `other` names the source of `mine`. */
function* named(mine: Half, other: Half, peers: readonly Entry[]): Generator<Found<Code>, void> {
  const source = mine.entry?.last("unicast_src_ip");
  const address: IpAddress | undefined = parseIpAddress(source?.name ?? "");
  if (source === undefined || address === undefined || peers.some(({ keyword }) => parseIpAddress(keyword) === address)) return;
  yield {
    code: "pair-peer-not-named",
    at: other.entry?.placeOf("unicast_peer") ?? other.file.outline.top,
    reason: `${other.instance.name} sends to ${list(peers.map(({ keyword }) => keyword))}, and the other director's source is ${address}`,
    remedy: `name ${address} in unicast_peer`,
    related: [source.related("the other director's source", 1)],
  };
}

import type { Datagram } from "../base/ports.ts";
import { sameButIdentification } from "../net/ipv4.ts";
import { addressed, addressedIpv6, judgeAdvert } from "./receive.ts";
import type { Addressed, ReceiveContext, ReceiveRules, Verdict } from "./verdict.ts";

// A MASTER says the same hundreds of times a minute. What says again what its virtual router's last advert said is not
// read and judged again: both are functions of the packet and of values that are compared here.

/** One advert, and what it was found to be. */
export interface RecentAdvert {
  readonly packet: Uint8Array;
  readonly target: Addressed;
  judged: Judged | undefined;
}

interface Judged extends Omit<ReceiveContext, "wallUs"> {
  readonly rules: ReceiveRules;
  readonly verdict: Verdict;
}

/**
 * Where a packet is going. Undefined when it is too short to say.
 *
 * @param recent of the socket that it came from, by VRID
 */
export function recognize(recent: Map<number, RecentAdvert>, { packet, source, ipv6 }: Datagram): RecentAdvert | undefined {
  if (ipv6 !== undefined) {
    const target = addressedIpv6(packet, source, ipv6.destination, ipv6.hopLimit);
    return target === undefined ? undefined : { packet, target, judged: undefined };
  }
  const headerLength = ((packet[0] ?? 0) & 0x0f) * 4;
  const last = recent.get(packet[headerLength + 1] ?? -1); // of AH, its length: then it is another packet, or no repetition
  if (last !== undefined && sameButIdentification(last.packet, packet)) return last;
  const target = addressed(packet);
  if (target === undefined) return undefined;
  const advert = { packet, target, judged: undefined };
  if (target.ah === undefined) recent.set(target.vrid, advert);
  return advert;
}

/** `judgeAdvert`, or what it said of the same advert before. What is signed is new each time. */
export function judge(advert: RecentAdvert, rules: ReceiveRules, packet: Uint8Array, context: ReceiveContext): Verdict {
  const { judged, target } = advert;
  const { memory, ownSource, skipAddressList } = context;
  if (judged?.rules === rules && judged.memory === memory && judged.ownSource === ownSource && judged.skipAddressList === skipAddressList) return judged.verdict;
  const verdict = judgeAdvert(rules, packet, target, context);
  if (rules.authHmac === undefined && target.ah === undefined) advert.judged = { rules, memory, ownSource, skipAddressList, verdict };
  return verdict;
}

import type { Reading } from "../reading.ts";
import { parseUnsigned, readWords } from "./routing-names.ts";

/** Of the IANA registry, lower case; what a director's rules select by. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1, igmp: 2, ipencap: 4, tcp: 6, egp: 8, igp: 9, udp: 17, dccp: 33, ipv6: 41, rsvp: 46, gre: 47, esp: 50, ah: 51, "ipv6-icmp": 58, eigrp: 88, ospf: 89,
  ipip: 94, etherip: 97, encap: 98, pim: 103, ipcomp: 108, vrrp: 112, l2tp: 115, sctp: 132, udplite: 136,
};

/** The number of an IP protocol that is given as number or, in any case of letters, by name; undefined when it is neither. */
export function protocolNumber(reading: Reading, text: string): number | undefined {
  if (/^[0-9]/.test(text)) return parseUnsigned(text, 255);
  const name = text.toLowerCase();
  return Object.hasOwn(PROTOCOLS, name) ? PROTOCOLS[name] : fromFile(reading, name);
}

/** Names of the machine's own, in getprotobyname's file. */
function fromFile(reading: Reading, name: string): number | undefined {
  for (const [official = "", number = "", ...aliases] of readWords(reading.environment.files, "/etc/protocols", (message) => reading.note(message, undefined))) {
    if ([official, ...aliases].some((known) => known.toLowerCase() === name)) return parseUnsigned(number, 255);
  }
  return undefined;
}

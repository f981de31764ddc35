import type { IpAddress } from "../base/ip.ts";
import { familyOf } from "../base/ip.ts";
import type { UdpDatagram } from "../base/ports.ts";
import type { BfdInstance } from "../conf/model.ts";
import { decodePacket } from "./packet.ts";
import type { BfdPacket, PacketRefusal } from "./packet.ts";

export type Refusal = PacketRefusal | "noSession" | "source" | "hopLimit";

export type Received<S> =
  | { readonly ok: true; readonly session: S; readonly packet: BfdPacket }
  /** `lines`: for the log, keepalived's where it has them. `session`: whose it would have been. */
  | { readonly ok: false; readonly refusal: Refusal; readonly lines: readonly string[]; readonly session: S | undefined };

export interface SessionIndex<S> {
  byDiscriminator(discriminator: number): S | undefined;
  byNeighbor(neighbor: IpAddress): S | undefined;
}

/**
 * Whose packet it is, RFC 5880 section 6.8.6, and whether it may have come from there: from the neighbour's address
 * (RFC 5881 section 3 and 6; keepalived does not look when the discriminator is right) and through no more hops than `max_hops`
 * (RFC 5881 section 5, GTSM).
 *
 * @param index the sessions of the port that it arrived at
 */
export function receive<S extends { readonly config: BfdInstance }>(datagram: UdpDatagram, index: SessionIndex<S>): Received<S> {
  const { source, sourcePort, hopLimit } = datagram;
  const from = `[${source}]:${sourcePort}`;
  const decoded = decodePacket(datagram.payload);
  const refuse = (refusal: Refusal, lines: readonly string[], session?: S): Received<S> => ({ ok: false, refusal, lines, session });
  if (!decoded.ok) {
    const { refusal, text } = decoded;
    if (refusal === "authentication") return refuse(refusal, [`Discarding packet from ${from} (${text})`]);
    return refuse(refusal, [text, `Discarding bogus packet from ${from}`]);
  }
  const { packet } = decoded;
  const your = packet.yourDiscriminator;
  const session = your === 0 ? index.byNeighbor(source) : index.byDiscriminator(your);
  if (session === undefined) {
    return refuse("noSession", [`Discarding packet from ${from} (session is not found - your discriminator field is 0x${hex(your)})`]);
  }
  const { neighborIp, ttl, maxHops } = session.config;
  if (neighborIp !== source) return refuse("source", [`Discarding packet from ${from} (its session's neighbor is ${neighborIp})`], session);
  const least = maxHops === undefined ? 0 : ttl - maxHops;
  if (hopLimit < least) {
    return refuse("hopLimit", [`Packet ${familyOf(source) === 4 ? "ttl" : "hop_limit"}(${hopLimit}) < ${least} - discarding`], session);
  }
  return { ok: true, session, packet };
}

function hex(discriminator: number): string {
  return discriminator.toString(16).padStart(8, "0");
}

import type { IpAddress } from "../base/ip.ts";
import { isMulticast } from "../base/ip.ts";
import { MILLISECOND } from "../base/time.ts";
import type { Datagram } from "../base/ports.ts";
import { samePayload } from "./advert-packets.ts";
import { deviceOf } from "./advert-sockets.ts";
import type { OpenSocket } from "./advert-sockets.ts";
import { PRIORITY_STOP } from "./advert.ts";
import type { AdvertEvent } from "./fsm-state.ts";
import type { VrrpHost } from "./host.ts";
import type { Instance } from "./instance.ts";
import { judge, recognize } from "./recent-adverts.ts";
import { countDrop, countRemark } from "./stats.ts";
import type { DropReason } from "./verdict.ts";

export interface Received {
  readonly instance: Instance;
  readonly event: AdvertEvent;
}

/** How a packet of one socket finds its instance. */
export interface Road {
  readonly find: (vrid: number, source: IpAddress) => Instance | undefined;
  /** A socket that is bound to this address hears it, too. */
  readonly isBoundElsewhere: (destination: IpAddress) => boolean;
  readonly logUnknownVrids: boolean;
}

/** What one packet means, counted and logged; undefined when it changes nothing. */
export function receivePacket(open: OpenSocket, datagram: Datagram, road: Road, host: Pick<VrrpHost, "log" | "wallClockMs">): Received | undefined {
  const { log } = host;
  const { packet } = datagram;
  const advert = recognize(open.recent, datagram);
  if (advert === undefined) {
    if (open.truncated === 0) log.info(`IPv${open.need.family} VRRP packet too short - ${packet.length} bytes`);
    open.truncated++;
    return undefined;
  }
  const { source, destination, vrid } = advert.target;
  // Every raw socket of the interface gets every group's packets; that group's own socket handles them.
  if (isMulticast(destination) && open.need.group !== undefined && destination !== open.need.group) return undefined;
  if (road.isBoundElsewhere(destination)) return undefined;
  const instance = road.find(vrid, source);
  if (instance === undefined) {
    open.unknownVrids++;
    if (road.logUnknownVrids) log.info(`Unknown VRID(${vrid}) received on interface(${deviceOf(open.need)}) from ${source}. ignoring...`);
    return undefined;
  }
  const { state } = instance;
  if (state.name === "INIT" || state.name === "FAULT") return undefined;
  if (isOwnPacket(instance, packet, source)) {
    count(instance, "looped");
    return undefined;
  }
  const knownMaster = state.name === "BACKUP" && state.master === source;
  const verdict = judge(advert, instance.config, packet, {
    memory: instance.memory,
    ownSource: instance.source,
    skipAddressList: instance.config.skipCheckAdvAddr && knownMaster,
    wallUs: host.wallClockMs() * MILLISECOND,
  });
  if (!verdict.ok) {
    count(instance, verdict.reason);
    if (!instance.logged.has(verdict.reason)) log.info(verdict.line);
    instance.logged.add(verdict.reason);
    return undefined;
  }
  instance.memory = verdict.memory;
  accept(instance, source, verdict.advert.priority);
  for (const remark of verdict.remarks) {
    instance.remarks.set(remark.kind, (instance.remarks.get(remark.kind) ?? 0) + 1);
    countRemark(instance.stats, remark.kind);
    if (!instance.logged.has(remark.kind)) log.info(remark.line);
    instance.logged.add(remark.kind);
  }
  return { instance, event: { type: "advert", priority: verdict.advert.priority, source, intervalUs: verdict.advert.advertIntervalUs } };
}

function accept(instance: Instance, source: IpAddress, priority: number): void {
  const { state, stats } = instance;
  stats.advertRcvd++;
  if (priority === PRIORITY_STOP) stats.priZeroRcvd++;
  if (state.name === "BACKUP" && state.master !== source) instance.logged.clear();
}

function count(instance: Instance, reason: DropReason): void {
  instance.drops.set(reason, (instance.drops.get(reason) ?? 0) + 1);
  countDrop(instance.stats, reason);
}

/**
 * Identification and all: nobody else sends exactly this packet. Over IPv6 the payload says nothing of its sender, and that of
 * an equal is the same.
 */
function isOwnPacket({ lastSent, lastSource }: Instance, packet: Uint8Array, source: IpAddress): boolean {
  return lastSent.some((own) => (own.ipv6 === undefined ? sameOctets(own.packet, packet) : source === lastSource && samePayload(own.packet, packet)));
}

function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}

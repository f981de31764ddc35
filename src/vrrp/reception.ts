import type { IpAddress } from "../base/ip.ts";
import { isMulticast } from "../base/ip.ts";
import { MILLISECOND } from "../base/time.ts";
import type { OpenSocket } from "./advert-sockets.ts";
import { PRIORITY_STOP } from "./advert.ts";
import type { VrrpEvent } from "./fsm-state.ts";
import type { VrrpHost } from "./host.ts";
import type { Instance } from "./instance.ts";
import { addressed, judgeAdvert } from "./receive.ts";
import { countDrop } from "./stats.ts";
import type { DropReason, Remark } from "./verdict.ts";

export interface Received {
  readonly instance: Instance;
  readonly event: VrrpEvent;
}

/** What one packet means, counted and logged; undefined when it changes nothing. */
export function receivePacket(
  open: OpenSocket,
  packet: Uint8Array,
  find: (vrid: number) => Instance | undefined,
  host: Pick<VrrpHost, "log" | "wallClockMs">,
  logUnknownVrids: boolean,
): Received | undefined {
  const { log } = host;
  const target = addressed(packet);
  if (target === undefined) {
    if (open.truncated === 0) log.info(`IPv4 VRRP packet too short - ${packet.length} bytes`);
    open.truncated++;
    return undefined;
  }
  const { source, destination, vrid } = target;
  // Every raw socket of the interface gets every group's packets; that group's own socket handles them.
  if (isMulticast(destination) && destination !== open.group) return undefined;
  const instance = find(vrid);
  if (instance === undefined) {
    open.unknownVrids++;
    if (logUnknownVrids) log.info(`Unknown VRID(${vrid}) received on interface(${open.interfaceName}) from ${source}. ignoring...`);
    return undefined;
  }
  const { state } = instance;
  if (state.name === "INIT" || state.name === "FAULT") return undefined;
  if (isOwnPacket(instance, packet)) {
    count(instance, "looped");
    return undefined;
  }
  const knownMaster = state.name === "BACKUP" && state.master === source;
  const verdict = judgeAdvert(instance.config, packet, target, {
    memory: instance.memory,
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
    countRemark(instance, remark.kind);
    if (!instance.logged.has(remark.kind)) log.info(remark.line);
    instance.logged.add(remark.kind);
  }
  return { instance, event: { type: "advert", priority: verdict.advert.priority, source } };
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

function countRemark(instance: Instance, kind: Remark["kind"]): void {
  instance.remarks.set(kind, (instance.remarks.get(kind) ?? 0) + 1);
  if (kind === "addressCount" || kind === "addressList") instance.stats.addrListErr++;
}

/** Identification and all: nobody else sends exactly this packet. */
function isOwnPacket(instance: Instance, packet: Uint8Array): boolean {
  const { lastSent } = instance;
  return lastSent !== undefined && lastSent.length === packet.length && lastSent.every((octet, i) => octet === packet[i]);
}

import { KernelError } from "../base/errors.ts";
import type { IpAddress } from "../base/ip.ts";
import { MILLISECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import { PRIORITY_STOP } from "./advert.ts";
import { advertPackets } from "./advert-packets.ts";
import type { AdvertSockets } from "./advert-sockets.ts";
import type { VrrpHost } from "./host.ts";
import { nextIdentification } from "./instance.ts";
import type { Instance } from "./instance.ts";

/** A firewall's output rule, and queues that are full: what the next moment may find otherwise. */
const PASSING = new Set(["EPERM", "ENOBUFS", "EAGAIN"]);
/** So often an advert is tried in its interval: a rule that goes, or lets some pass, costs no backup its patience. */
const TRIES = 5;

/** An advert that was kept from some of its destinations, or from all. */
export interface Unsent {
  readonly priority: number;
  readonly to: ReadonlySet<IpAddress>;
  /** When it is tried again. */
  readonly at: Micros;
  /** The next one follows then, in its place. */
  readonly until: Micros;
  /** It left for some, so it counts as sent. */
  readonly counted: boolean;
}

interface SenderParts {
  readonly host: VrrpHost;
  readonly sockets: AdvertSockets;
}

/**
 * One advert of an instance, to its group or to each of its peers. A peer that cannot be reached keeps none of the others
 * from hearing; the advert counts as sent, with its sequence number and stamp, when any packet left.
 */
export function sendAdvert(instance: Instance, priority: number, parts: SenderParts): void {
  const until = parts.host.clock.now() + instance.config.advertIntervalUs;
  instance.unsent = undefined;
  transmit(instance, { priority, until, counted: false }, parts);
}

/** What is due of an advert that could not be sent; one of a MASTER is no longer true when it has stopped being one. */
export function retryAdvert(instance: Instance, parts: SenderParts): void {
  const { unsent, state } = instance;
  const now = parts.host.clock.now();
  if (unsent === undefined || now < unsent.at) return;
  instance.unsent = undefined;
  if (now >= unsent.until || (unsent.priority === PRIORITY_STOP) === (state.name === "MASTER")) return;
  transmit(instance, unsent, parts);
}

/** @param advert `to`: to these alone */
function transmit(instance: Instance, advert: Pick<Unsent, "priority" | "until" | "counted"> & Partial<Pick<Unsent, "to">>, { host, sockets }: SenderParts): void {
  const { config, source, stats } = instance;
  const { priority, until, to } = advert;
  if (source === undefined) {
    host.log.info(`No address yet for ${config.interface}`);
    return;
  }
  const open = sockets.get(instance.socketKey);
  if (open === undefined) return; // cannot be MASTER without; on the way out there is nobody to tell
  const now = { priority, source, identification: nextIdentification(instance), wallUs: host.wallClockMs() * MILLISECOND };
  const { adverts, memory } = advertPackets(config, now, { receive: instance.memory, stamp: instance.stamp });
  const outgoing = to === undefined ? adverts : adverts.filter(({ destination }) => to.has(destination));
  const failures: { readonly destination: IpAddress; readonly error: unknown }[] = [];
  for (const { destination, packet, ipv6 } of outgoing) {
    try {
      open.socket.send(packet, destination, ipv6);
    } catch (error) {
      // ENETDOWN, ENODEV …: the interface's events say what follows from it; the next advert is tried all the same.
      failures.push({ destination, error });
    }
  }
  const [failure] = failures;
  if (failure !== undefined && !instance.sendFailing) host.log.warning(`(${config.name}): send advert error (${describe(failure.error)})`);
  instance.sendFailing = failure !== undefined;
  const counted = advert.counted || failures.length < outgoing.length;
  const again = failures.filter(({ error }) => error instanceof KernelError && PASSING.has(error.code)).map(({ destination }) => destination);
  if (again.length > 0) instance.unsent = { priority, to: new Set(again), at: host.clock.now() + Math.ceil(config.advertIntervalUs / TRIES), until, counted };
  if (failures.length === outgoing.length) return;
  instance.memory = memory.receive;
  instance.stamp = memory.stamp;
  instance.lastSent = adverts;
  instance.lastSource = source;
  if (advert.counted) return;
  stats.advertSent++;
  if (priority === PRIORITY_STOP) stats.priZeroSent++;
}

function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof KernelError && error.code === "EPERM" ? `${text}; a packet filter of this host keeps it back` : text;
}

import { familyOf } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import type { Link } from "../base/network.ts";
import type { Micros } from "../base/time.ts";
import { encodeGratuitousArp } from "../net/arp.ts";
import { encodeNeighbourAdvertisement } from "../net/nd.ts";
import type { OwnedAddress, VrrpHost } from "./host.ts";

/** Frames per slice: about 0.3 ms. */
const SLICE = 128;

interface Job {
  readonly owner: string;
  readonly targets: readonly OwnedAddress[];
  /** How many times all targets are still to be announced, the running round included. */
  rounds: number;
  /** Next in the running round. */
  at: number;
}

/** What waits to be announced on one interface, in order. */
interface Line {
  readonly jobs: Job[];
  /** No ARP leaves before (`vrrp_garp_interval`). */
  nextAt: Micros;
}

/**
 * Sends gratuitous ARP and unsolicited neighbour advertisements, in slices and no faster than `vrrp_garp_interval` on
 * each interface. Failures are logged once per interface until a frame leaves again.
 */
export class Announcer {
  readonly #host: VrrpHost;
  readonly #link: (index: number) => Link | undefined;
  readonly #lines = new Map<number, Line>();
  readonly #failing = new Set<number>();
  readonly #frames = new WeakMap<OwnedAddress, { readonly link: Link; readonly frame: Uint8Array }>();
  #gapUs: Micros = 0;

  constructor(host: VrrpHost, link: (index: number) => Link | undefined) {
    this.#host = host;
    this.#link = link;
  }

  configure(garpIntervalUs: Micros): void {
    this.#gapUs = garpIntervalUs;
  }

  /** Encodes the frames ahead of time. */
  prepare(targets: readonly OwnedAddress[]): void {
    for (const target of targets) {
      const link = this.#link(target.address.interfaceIndex);
      if (link !== undefined && mayAnnounce(link)) this.#frame(target, link);
    }
  }

  /** Announces every target `repeat` times, all of them before the next round. */
  enqueue(owner: string, name: string, targets: readonly OwnedAddress[], repeat: number): void {
    if (repeat <= 0) return;
    const byInterface = new Map<number, OwnedAddress[]>();
    for (const target of targets) {
      const index = target.address.interfaceIndex;
      const list = byInterface.get(index);
      if (list === undefined) byInterface.set(index, [target]);
      else list.push(target);
      const what = familyOf(target.address.address) === 4 ? "gratuitous ARPs" : "Unsolicited Neighbour Adverts";
      const device = this.#link(index)?.name ?? String(index);
      this.#host.log.detail(`(${name}) Sending/queueing ${what} on ${device} for ${target.address.address}`);
    }
    for (const [index, list] of byInterface) {
      this.#line(index).jobs.push({ owner, targets: list, rounds: repeat, at: 0 });
    }
  }

  /** One announcement directly behind its address; with a gap configured it waits in line like every other. */
  sendNow(owner: string, name: string, target: OwnedAddress): void {
    const { interfaceIndex, address } = target.address;
    if (this.#gapUs > 0 && familyOf(address) === 4) this.enqueue(owner, name, [target], 1);
    else this.#send(interfaceIndex, target);
  }

  /** Nothing more is announced for `owner`: it is not MASTER any longer. */
  cancel(owner: string): void {
    for (const line of this.#lines.values()) {
      const kept = line.jobs.filter((job) => job.owner !== owner);
      line.jobs.splice(0, line.jobs.length, ...kept);
    }
  }

  /** Sends what may leave now, up to a slice. */
  slice(now: Micros): void {
    let budget = SLICE;
    for (const [index, line] of this.#lines) {
      while (budget > 0) {
        const job = line.jobs[0];
        const target = job?.targets[job.at];
        if (job === undefined || target === undefined || !this.#maySend(line, target.address.address, now)) break;
        budget--;
        this.#send(index, target);
        if (familyOf(target.address.address) === 4) line.nextAt = now + this.#gapUs;
        advance(line, job);
      }
    }
  }

  /** When `slice` has something to send; undefined: nothing waits. */
  nextAt(): Micros | undefined {
    let earliest: Micros | undefined;
    for (const line of this.#lines.values()) {
      if (line.jobs.length > 0 && (earliest === undefined || line.nextAt < earliest)) earliest = line.nextAt;
    }
    return earliest;
  }

  #maySend(line: Line, address: IpAddress, now: Micros): boolean {
    return this.#gapUs === 0 || familyOf(address) === 6 || now >= line.nextAt;
  }

  #line(index: number): Line {
    let line = this.#lines.get(index);
    if (line === undefined) {
      line = { jobs: [], nextAt: 0 };
      this.#lines.set(index, line);
    }
    return line;
  }

  #send(index: number, target: OwnedAddress): void {
    const link = this.#link(index);
    if (link === undefined || !mayAnnounce(link)) return;
    const { address } = target.address;
    const what = familyOf(address) === 4 ? "gratuitous ARP" : "unsolicited Neighbour Advert";
    const frame = this.#frame(target, link);
    this.#host.log.detail(`Sending ${what} on ${link.name} for ${address}`);
    try {
      this.#host.frames.send(index, frame);
      this.#failing.delete(index);
    } catch (error) {
      if (this.#failing.has(index)) return;
      this.#failing.add(index);
      const text = error instanceof Error ? error.message : String(error);
      this.#host.log.error(`Error (${text}) sending ${what} on ${link.name} for ${address}`);
    }
  }

  /** Encoded once for all rounds of a set, unless the interface's hardware address changes. */
  #frame(target: OwnedAddress, link: Link): Uint8Array {
    const known = this.#frames.get(target);
    if (known?.link === link) return known.frame;
    const { address } = target.address;
    const frame =
      familyOf(address) === 4
        ? encodeGratuitousArp(link.hardwareAddress, address)
        : encodeNeighbourAdvertisement({ hardware: link.hardwareAddress, address, router: this.#host.isIpv6Router(link.name) });
    this.#frames.set(target, { link, frame });
    return frame;
  }
}

/** Ethernet, and not configured without ARP. */
function mayAnnounce(link: Link): boolean {
  return link.arp && link.hardwareAddress.length === 6;
}

function advance(line: Line, job: Job): void {
  job.at++;
  if (job.at < job.targets.length) return;
  job.at = 0;
  job.rounds--;
  if (job.rounds === 0) line.jobs.shift();
}

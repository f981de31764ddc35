import { familyOf } from "../base/ip.ts";
import type { Link } from "../base/network.ts";
import type { Micros } from "../base/time.ts";
import { encodeGratuitousArp } from "../net/arp.ts";
import { encodeNeighbourAdvertisement } from "../net/nd.ts";
import { earliest } from "./earliest.ts";
import { Paces } from "./garp-pace.ts";
import type { Pace, PaceConfig } from "./garp-pace.ts";
import { groupedBy } from "./grouped.ts";
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
}

/**
 * Sends gratuitous ARP and unsolicited neighbour advertisements, in slices and no faster than `Paces` has it on
 * each interface. Failures are logged once per interface until all frames leave again.
 */
export class Announcer {
  readonly #host: VrrpHost;
  readonly #link: (index: number) => Link | undefined;
  readonly #lines = new Map<number, Line>();
  readonly #failing = new Set<number>();
  readonly #frames = new WeakMap<OwnedAddress, { readonly link: Link; readonly frame: Uint8Array }>();
  readonly #paces = new Paces();

  constructor(host: VrrpHost, link: (index: number) => Link | undefined) {
    this.#host = host;
    this.#link = link;
  }

  configure(config: PaceConfig): void {
    this.#paces.configure(config);
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
    this.#tellQueued(name, targets);
    for (const [index, list] of groupedBy(targets, interfaceOf)) {
      this.#line(index).jobs.push({ owner, targets: list, rounds: repeat, at: 0 });
    }
  }

  /** One announcement of each directly behind its address; with a gap configured it waits in line like every other. */
  sendNow(owner: string, name: string, targets: readonly OwnedAddress[]): void {
    const waiting = targets.filter((target) => this.#gap(target) > 0);
    this.enqueue(owner, name, waiting, 1);
    const now = waiting.length > 0 ? targets.filter((target) => this.#gap(target) === 0) : targets;
    for (const [index, list] of groupedBy(now, interfaceOf)) this.#send(index, list);
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
      const leaving: OwnedAddress[] = [];
      while (budget > 0) {
        const job = line.jobs[0];
        const target = job?.targets[job.at];
        if (job === undefined || target === undefined || this.#leavesAt(target) > now) break;
        budget--;
        leaving.push(target);
        this.#note(target, now);
        advance(line, job);
      }
      this.#send(index, leaving);
    }
  }

  /** When `slice` has something to send; undefined: nothing waits. */
  nextAt(): Micros | undefined {
    return earliest(
      [...this.#lines.values()].map(({ jobs: [job] }) => {
        const target = job?.targets[job.at];
        return target === undefined ? undefined : this.#leavesAt(target);
      }),
    );
  }

  #pace({ address }: OwnedAddress): Pace {
    return this.#paces.of(this.#link(address.interfaceIndex)?.name ?? "");
  }

  #gap(target: OwnedAddress): Micros {
    return isIpv4(target) ? this.#pace(target).arpGapUs : this.#pace(target).naGapUs;
  }

  #leavesAt(target: OwnedAddress): Micros {
    return isIpv4(target) ? this.#pace(target).arpAt : this.#pace(target).naAt;
  }

  #note(target: OwnedAddress, now: Micros): void {
    const pace = this.#pace(target);
    if (isIpv4(target)) pace.arpAt = pace.arpGapUs === 0 ? 0 : now + pace.arpGapUs;
    else pace.naAt = pace.naGapUs === 0 ? 0 : now + pace.naGapUs;
  }

  #line(index: number): Line {
    let line = this.#lines.get(index);
    if (line === undefined) {
      line = { jobs: [] };
      this.#lines.set(index, line);
    }
    return line;
  }

  #send(index: number, targets: readonly OwnedAddress[]): void {
    const link = this.#link(index);
    if (link === undefined || !mayAnnounce(link) || targets.length === 0) return;
    const { frames, log } = this.#host;
    if (log.detailed !== false) for (const target of targets) log.detail(`Sending ${announcementOf(target)} on ${link.name} for ${target.address.address}`);
    const [refused] = frames.sendAll(index, targets.map((target) => this.#frame(target, link)));
    const target = refused === undefined ? undefined : targets[refused.at];
    if (refused === undefined || target === undefined) {
      this.#failing.delete(index);
      return;
    }
    if (this.#failing.has(index)) return;
    this.#failing.add(index);
    log.error(`Error (${refused.error.message}) sending ${announcementOf(target)} on ${link.name} for ${target.address.address}`);
  }

  #tellQueued(name: string, targets: readonly OwnedAddress[]): void {
    const { log } = this.#host;
    if (log.detailed === false) return;
    for (const target of targets) {
      const { interfaceIndex, address } = target.address;
      const device = this.#link(interfaceIndex)?.name ?? String(interfaceIndex);
      const what = isIpv4(target) ? "gratuitous ARPs" : "Unsolicited Neighbour Adverts";
      log.detail(`(${name}) Sending/queueing ${what} on ${device} for ${address}`);
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

function isIpv4({ address }: OwnedAddress): boolean {
  return familyOf(address.address) === 4;
}

function interfaceOf({ address }: OwnedAddress): number {
  return address.interfaceIndex;
}

function announcementOf(target: OwnedAddress): string {
  return isIpv4(target) ? "gratuitous ARP" : "unsolicited Neighbour Advert";
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

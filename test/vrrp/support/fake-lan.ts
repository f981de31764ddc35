import { isMulticast } from "../../../src/base/ip.ts";
import type { IpAddress } from "../../../src/base/ip.ts";
import { KernelError } from "../../../src/base/errors.ts";
import type { AdvertSocketOptions, Datagram, DatagramSocket } from "../../../src/base/ports.ts";
import type { Micros } from "../../../src/base/time.ts";
import { decodeIpv4Header } from "../../../src/net/ipv4.ts";
import type { FakeClock, ProcessClock } from "./fake-clock.ts";

export interface Sent {
  readonly at: Micros;
  readonly from: string;
  readonly packet: Uint8Array;
  readonly destination: IpAddress;
  /** Of an IPv6 packet, whose payload alone is sent. */
  readonly ipv6: { readonly source: IpAddress; readonly hopLimit: number } | undefined;
}

/** The kernel's when nobody says another. */
const UNICAST_HOPS = 64;
const MULTICAST_HOPS = 255;

const NOWHERE = "0.0.0.0" as IpAddress;
const CHECKSUM_AT = 6;

/** A segment in memory. Delivery takes `delayUs`; a cut socket neither sends nor hears. */
export class FakeLan {
  readonly clock: FakeClock;
  delayUs: () => Micros = () => 100;
  /** Whether this delivery is lost. */
  loses: () => boolean = () => false;
  readonly sent: Sent[] = [];
  readonly #sockets = new Set<FakeSocket>();

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  join(socket: FakeSocket): void {
    this.#sockets.add(socket);
  }

  leave(socket: FakeSocket): void {
    this.#sockets.delete(socket);
  }

  transmit(from: FakeSocket, sent: Omit<Sent, "at" | "from">): void {
    if (from.cut()) return;
    this.sent.push({ at: this.clock.now(), from: from.host, ...sent });
    for (const socket of this.#sockets) {
      if (socket === from || socket.host === from.host || !socket.hears(from, sent.destination) || this.loses()) continue;
      this.clock.alarm(this.clock.now() + this.delayUs(), () => {
        if (!socket.cut() && !from.cut()) socket.arrive(sent);
      });
    }
  }
}

/** Queues like the kernel does, whether its process is scheduled or not. */
export class FakeSocket implements DatagramSocket {
  readonly host: string;
  cut: () => boolean;
  /** Whether its host has this address. */
  readonly #holds: (address: IpAddress) => boolean;
  readonly #lan: FakeLan;
  readonly #clock: ProcessClock;
  readonly #options: AdvertSocketOptions;
  readonly #queue: (Omit<Sent, "at" | "from"> & { readonly arrivedAt: Micros })[] = [];
  /** How far the kernel's clock for arrivals was stepped since they arrived. */
  stepUs: Micros = 0;
  #closed = false;
  /** What the next sends throw. */
  failure: KernelError | undefined;
  /** How often anything was to be sent. */
  tries = 0;
  /** Destinations that a rule of the host's firewall keeps packets from. */
  readonly filtered = new Set<IpAddress>();
  /** Destinations that no route leads to. */
  readonly unreachable = new Set<IpAddress>();
  /** Sees what arrives before the firewall does; @returns whether that drops it. */
  tap: (arrived: Omit<Sent, "at" | "from">, at: Micros) => boolean = () => false;

  constructor(host: string, lan: FakeLan, clock: ProcessClock, options: AdvertSocketOptions, cut: () => boolean, holds: (address: IpAddress) => boolean) {
    this.host = host;
    this.#holds = holds;
    this.#lan = lan;
    this.#clock = clock;
    this.#options = options;
    this.cut = cut;
    lan.join(this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get options(): AdvertSocketOptions {
    return this.#options;
  }

  /** Raw sockets hear what is sent to their host, on their interface: every group's packets and unicast, unless they are bound. */
  hears(from: FakeSocket, destination: IpAddress): boolean {
    const { family, protocol, group } = this.#options;
    if (family !== from.options.family || protocol !== from.options.protocol) return false;
    if (group === undefined) return this.#options.source === destination && this.#holds(destination);
    return isMulticast(destination) || this.#holds(destination);
  }

  /** A packet over IPv4, header and all. */
  deliver(packet: Uint8Array): void {
    this.arrive({ packet, destination: decodeIpv4Header(packet)?.destination ?? NOWHERE, ipv6: undefined });
  }

  arrive(sent: Omit<Sent, "at" | "from">): void {
    if (this.#closed || this.tap(sent, this.#clock.now())) return;
    this.#queue.push({ ...sent, packet: sent.packet.slice(), arrivedAt: this.#clock.now() });
    this.#clock.alarm(this.#clock.now(), () => {
      if (!this.#closed) this.#options.wake();
    });
  }

  receive(): Datagram | undefined {
    if (this.#closed) throw new KernelError("recv", "EBADF", "after close");
    const next = this.#queue.shift();
    if (next === undefined) return undefined;
    const { packet, arrivedAt, destination, ipv6 } = next;
    const ageUs = this.#clock.now() - arrivedAt + this.stepUs;
    if (ipv6 === undefined) return { packet, ageUs, source: decodeIpv4Header(packet)?.source ?? NOWHERE };
    return { packet, ageUs, source: ipv6.source, ipv6: { destination, hopLimit: ipv6.hopLimit } };
  }

  /** The kernel's part of IPv6, the checksum, is a constant here: nobody may look at it. */
  send(packet: Uint8Array, destination: IpAddress, ipv6: { readonly source?: IpAddress; readonly hopLimit?: number } = {}): void {
    if (this.#closed) throw new KernelError("send", "EBADF", "after close");
    this.tries++;
    if (this.failure !== undefined) throw this.failure;
    if (this.filtered.has(destination)) throw new KernelError(`send to ${destination}`, "EPERM");
    if (this.unreachable.has(destination)) throw new KernelError(`send to ${destination}`, "ENETUNREACH");
    if (this.#options.family === 4) return this.#lan.transmit(this, { packet, destination, ipv6: undefined });
    const { source, hopLimit = isMulticast(destination) ? MULTICAST_HOPS : UNICAST_HOPS } = ipv6;
    if (source === undefined || !this.#holds(source)) throw new KernelError(`send to ${destination}`, "EINVAL");
    const written = packet.slice();
    written.set([0xbe, 0xef], CHECKSUM_AT);
    this.#lan.transmit(this, { packet: written, destination, ipv6: { source, hopLimit } });
  }

  close(): void {
    this.#closed = true;
    this.#lan.leave(this);
  }
}

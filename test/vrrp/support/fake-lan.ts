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
}

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

  transmit(from: FakeSocket, packet: Uint8Array): void {
    if (from.cut()) return;
    this.sent.push({ at: this.clock.now(), from: from.host, packet });
    for (const socket of this.#sockets) {
      if (socket === from || socket.host === from.host || this.loses()) continue;
      this.clock.alarm(this.clock.now() + this.delayUs(), () => {
        if (!socket.cut() && !from.cut()) socket.deliver(packet);
      });
    }
  }
}

/** Queues like the kernel does, whether its process is scheduled or not. */
export class FakeSocket implements DatagramSocket {
  readonly host: string;
  cut: () => boolean;
  readonly #lan: FakeLan;
  readonly #clock: ProcessClock;
  readonly #options: AdvertSocketOptions;
  readonly #queue: { readonly packet: Uint8Array; readonly arrivedAt: Micros }[] = [];
  /** How far the kernel's clock for arrivals was stepped since they arrived. */
  stepUs: Micros = 0;
  #closed = false;
  /** What the next sends throw. */
  failure: KernelError | undefined;

  constructor(host: string, lan: FakeLan, clock: ProcessClock, options: AdvertSocketOptions, cut: () => boolean) {
    this.host = host;
    this.#lan = lan;
    this.#clock = clock;
    this.#options = options;
    this.cut = cut;
    lan.join(this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  deliver(packet: Uint8Array): void {
    if (this.#closed) return;
    this.#queue.push({ packet: packet.slice(), arrivedAt: this.#clock.now() });
    this.#clock.alarm(this.#clock.now(), () => {
      if (!this.#closed) this.#options.wake();
    });
  }

  receive(): Datagram | undefined {
    if (this.#closed) throw new KernelError("recv", "EBADF", "after close");
    const next = this.#queue.shift();
    if (next === undefined) return undefined;
    const { packet, arrivedAt } = next;
    return { packet, ageUs: this.#clock.now() - arrivedAt + this.stepUs, source: decodeIpv4Header(packet)?.source ?? ("0.0.0.0" as IpAddress) };
  }

  send(packet: Uint8Array): void {
    if (this.#closed) throw new KernelError("send", "EBADF", "after close");
    if (this.failure !== undefined) throw this.failure;
    this.#lan.transmit(this, packet);
  }

  close(): void {
    this.#closed = true;
    this.#lan.leave(this);
  }
}

import { KernelError } from "../../../src/base/errors.ts";
import { familyOf } from "../../../src/base/ip.ts";
import type { IpAddress } from "../../../src/base/ip.ts";
import type { UdpDatagram, UdpListener, UdpListenerOptions, UdpSender, UdpSenderOptions } from "../../../src/base/ports.ts";
import { BfdEngine } from "../../../src/bfd/engine.ts";
import { decodePacket } from "../../../src/bfd/packet.ts";
import type { BfdPacket } from "../../../src/bfd/packet.ts";
import { ProcessClock } from "../../vrrp/support/fake-clock.ts";
import type { FakeClock } from "../../vrrp/support/fake-clock.ts";
import { mulberry32 } from "../../vrrp/support/random.ts";

interface Port {
  readonly host: string;
  readonly family: number;
  readonly port: number;
  readonly queue: UdpDatagram[];
  readonly wake: () => void;
}

export interface Sent {
  readonly at: number;
  readonly from: IpAddress;
  readonly sourcePort: number;
  readonly destination: IpAddress;
  readonly port: number;
  readonly hopLimit: number;
  readonly packet: BfdPacket;
}

/** UDP between hosts in memory: a datagram is there after `delayUs`, or lost. */
export class FakeUdp {
  readonly clock: FakeClock;
  readonly sent: Sent[] = [];
  delayUs: () => number = () => 100;
  loses: (from: IpAddress, to: IpAddress) => boolean = () => false;
  /** Which host has an address. */
  readonly hosts = new Map<IpAddress, string>();
  readonly #ports = new Set<Port>();

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  listen(host: string, { family, port, wake }: UdpListenerOptions): UdpListener {
    if ([...this.#ports].some((one) => one.host === host && one.family === family && one.port === port)) {
      throw new KernelError(`bind UDP port ${port}`, "EADDRINUSE");
    }
    const open: Port = { host, family, port, queue: [], wake };
    this.#ports.add(open);
    return { receive: () => open.queue.shift(), close: () => void this.#ports.delete(open) };
  }

  sender(host: string, { destination, destinationPort, source, portRange, hopLimit }: UdpSenderOptions): UdpSender {
    const from = source ?? [...this.hosts].find(([address, name]) => name === host && familyOf(address) === familyOf(destination))?.[0];
    if (from === undefined || this.hosts.get(from) !== host) throw new KernelError(`bind ${from}`, "EADDRNOTAVAIL");
    const [sourcePort] = portRange;
    return {
      port: sourcePort,
      send: (payload) => {
        const decoded = decodePacket(payload);
        if (!decoded.ok) throw new Error(`sent ${decoded.text}`);
        this.sent.push({ at: this.clock.now(), from, sourcePort, destination, port: destinationPort, hopLimit, packet: decoded.packet });
        if (!this.loses(from, destination)) this.clock.alarm(this.clock.now() + this.delayUs(), () => this.deliver(destination, destinationPort, { payload, source: from, sourcePort, hopLimit }));
      },
      close: () => undefined,
    };
  }

  deliver(destination: IpAddress, port: number, datagram: UdpDatagram): void {
    const host = this.hosts.get(destination);
    for (const one of this.#ports) {
      if (one.host !== host || one.port !== port || one.family !== familyOf(destination)) continue;
      one.queue.push(datagram);
      one.wake();
    }
  }
}

export interface Speaker {
  readonly engine: BfdEngine;
  /** Its process's: freeze, thaw. */
  readonly clock: ProcessClock;
  /** Lines of the log without level; detail included. */
  readonly log: string[];
  /** "B1 up", "B1 down", as told, with the time. */
  readonly verdicts: string[];
  /** Of every timer, as told. */
  readonly lateness: number[];
  readonly freeze: () => void;
  readonly thaw: () => void;
}

/** A host with an engine that is not started yet. */
export function speaker(lan: FakeUdp, name: string, addresses: readonly IpAddress[], seed = 1): Speaker {
  for (const address of addresses) lan.hosts.set(address, name);
  const clock = new ProcessClock(lan.clock);
  const log: string[] = [];
  const verdicts: string[] = [];
  const lateness: number[] = [];
  let frozen = false;
  const write = (text: string) => void log.push(text);
  const engine = new BfdEngine({
    clock,
    log: { write: (_, text) => write(text), info: write, warning: write, error: write, detail: write },
    random: mulberry32(seed),
    openListener: (options) => lan.listen(name, { ...options, wake: () => void (frozen || options.wake()) }),
    openSender: (options) => lan.sender(name, options),
    wokenLate: (lateUs) => void lateness.push(lateUs),
    verdict: (instance, up) => void verdicts.push(`${instance} ${up ? "up" : "down"}`),
  });
  const freeze = () => {
    frozen = true;
    clock.freeze();
  };
  const thaw = () => {
    frozen = false;
    clock.thaw();
  };
  return { engine, clock, log, verdicts, lateness, freeze, thaw };
}

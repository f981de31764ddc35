import { familyOf, ipAddress } from "../../../src/base/ip.ts";
import type { IpAddress } from "../../../src/base/ip.ts";
import { KernelError } from "../../../src/base/errors.ts";
import type { Log } from "../../../src/base/log.ts";
import type { InterfaceAddress } from "../../../src/base/network.ts";
import type { Notification } from "../../../src/base/notification.ts";
import type { AdvertSocketOptions, Datagram, Installed, RefusedFrame } from "../../../src/base/ports.ts";
import type { VrrpConfig } from "../../../src/conf/model.ts";
import { AutoPriority } from "../../../src/daemon/auto-priority.ts";
import { decodeArp } from "../../../src/net/arp.ts";
import { decodeIpv4Header } from "../../../src/net/ipv4.ts";
import { decodeNeighbourAdvertisement } from "../../../src/net/nd.ts";
import { VrrpEngine } from "../../../src/vrrp/engine.ts";
import type { VrrpHost } from "../../../src/vrrp/host.ts";
import { FakeClock, ProcessClock } from "./fake-clock.ts";
import { FakeFirewall } from "./fake-firewall.ts";
import { FakeKernel } from "./fake-kernel.ts";
import { FakeLan, FakeSocket } from "./fake-lan.ts";

/** The clocks' zero is in October 2025. */
const EPOCH_MS = 1_760_000_000_000;

type Tapped = Datagram & { readonly arrivedAt: number };

interface Watch {
  readonly interfaceIndex: number;
  readonly queue: Tapped[];
}

export interface NodeOptions {
  readonly lans: Readonly<Record<string, FakeLan>>;
  /** Own address or addresses per interface; none: the interface has no address. */
  readonly addresses: Readonly<Record<string, string | readonly string[]>>;
}

/** One director: the real engine over a fake host. */
export class Node {
  readonly name: string;
  readonly clock: ProcessClock;
  readonly kernel = new FakeKernel();
  readonly firewall = new FakeFirewall((entry) => this.trace.push(entry));
  readonly engine: VrrpEngine;
  readonly sockets: FakeSocket[] = [];
  readonly lines: string[] = [];
  readonly details: string[] = [];
  readonly notifications: Notification[] = [];
  /** Gratuitous ARPs and NAs: address and time. */
  readonly announced: { readonly at: number; readonly address: string }[] = [];
  /** Where each of them left from: interface and hardware address, e.g. "eth0 02:00:00:00:00:02". */
  readonly announcedFrom: string[] = [];
  /** In the order of happening: "advert 100", "+192.0.2.1", "garp 192.0.2.1", "MASTER" … */
  readonly trace: string[] = [];
  recordedAll: Installed = { rules: [], routes: [], addresses: [], links: [], settings: [], tables: [] };
  readonly recordWrites: number[] = [];
  /** How often the engine asked for all links. */
  linkDumps = 0;
  trackedScripts: string[] = [];
  /** Called with every line. */
  onLine: () => void = () => undefined;
  cut = false;
  /** Its firewall drops adverts: only a frame watch sees them. */
  filters = false;
  /** The frame watches that are open, and how often one was opened. */
  readonly watches = new Set<Watch>();
  watchesOpened = 0;
  watchFailure: Error | undefined;
  /** How far its wall clock is off. */
  wallOffsetMs = 0;
  openFailure: Error | undefined;
  frameFailure: Error | undefined;
  readonly #options: NodeOptions;

  constructor(name: string, clock: FakeClock, options: NodeOptions) {
    this.name = name;
    this.clock = new ProcessClock(clock);
    this.#options = options;
    this.kernel.schedule = (wake) => void this.clock.alarm(this.clock.now(), wake);
    Object.keys(options.lans).forEach((interfaceName, i) => {
      this.kernel.setLink(i + 2, interfaceName);
      const address = options.addresses[interfaceName];
      for (const one of address === undefined ? [] : [address].flat()) {
        this.kernel.put({ interfaceIndex: i + 2, address: ipAddress(one), prefixLength: one.includes(":") ? 64 : 24, scope: 0 });
      }
    });
    this.engine = new VrrpEngine(this.#host());
  }

  /** Names of the links that are recorded. */
  get recordedLinks(): string[] {
    return this.recordedAll.links.map(({ name }) => name);
  }

  #host(): VrrpHost {
    const autoPriority = new AutoPriority(() => undefined);
    const write = (text: string) => {
      this.lines.push(text);
      this.onLine();
    };
    const log: Log = { write: (...[, text]) => write(text), info: write, warning: write, error: write, detail: (text) => void this.details.push(text) };
    return {
      clock: this.clock,
      log,
      network: {
        links: () => {
          this.linkDumps++;
          return this.kernel.links();
        },
        link: (name) => this.kernel.link(name),
        addresses: () => this.kernel.addresses(),
        addLink: (link) => this.kernel.addLink(link),
        raiseLink: (index) => this.kernel.raiseLink(index),
        setLinkGroup: (index, group) => this.kernel.setLinkGroup(index, group),
        deleteLinks: (names) => this.kernel.deleteLinks(names),
        prepare: (addresses) => this.kernel.prepare(addresses),
        addAddresses: (addresses) => this.#traced("+", addresses, () => this.kernel.addAddresses(addresses)),
        deleteAddresses: (addresses) => this.#traced("-", addresses, () => this.kernel.deleteAddresses(addresses)),
        linkBeat: (name, method) => this.kernel.linkBeat(name, method),
        routes: () => this.kernel.routes(),
        rules: () => this.kernel.rules(),
        addRoutes: (routes) => this.#tracedRouting(() => this.kernel.addRoutes(routes)),
        deleteRoutes: (routes) => this.#tracedRouting(() => this.kernel.deleteRoutes(routes)),
        addRules: (rules) => this.#tracedRouting(() => this.kernel.addRules(rules)),
        deleteRules: (rules) => this.#tracedRouting(() => this.kernel.deleteRules(rules)),
        readSetting: (name) => this.kernel.readSetting(name),
        writeSetting: (setting) => this.#tracedRouting(() => this.kernel.writeSetting(setting)),
      },
      frames: { sendAll: (index, frames) => frames.flatMap((frame, at) => this.#frame(index, frame, at)), close: () => undefined },
      record: {
        read: () => this.recordedAll,
        prepare: () => undefined,
        write: (installed) => {
          this.recordedAll = installed;
          this.recordWrites.push(installed.addresses.length);
          this.trace.push(`record ${installed.addresses.length}`);
        },
      },
      firewall: this.firewall,
      openLinkMonitor: (wake) => this.kernel.monitor(wake),
      openAdvertSocket: (options) => {
        if (this.openFailure !== undefined) throw this.openFailure;
        const lan = this.#options.lans[this.#wireOf(options.interfaceName ?? "eth0")];
        if (lan === undefined) throw new Error(`no segment behind ${options.interfaceName ?? "a socket without interface"}`);
        if (options.group === undefined && !this.#usable(options.source)) throw new KernelError("bind", "EADDRNOTAVAIL");
        const socket = new FakeSocket(this.name, lan, this.clock, options, () => this.cut, (address) => this.kernel.holds(address));
        const send = socket.send.bind(socket);
        socket.send = (packet, destination, ipv6) => {
          send(packet, destination, ipv6);
          this.trace.push(`advert ${priorityIn(options, packet)}`);
        };
        socket.tap = (arrived, at) => {
          const { packet, ipv6 } = arrived;
          const source = ipv6?.source ?? decodeIpv4Header(packet)?.source;
          for (const watch of this.watches) if (source !== undefined) watch.queue.push({ packet: packet.slice(), source, arrivedAt: at, ...(ipv6 === undefined ? {} : { ipv6: { destination: arrived.destination, hopLimit: ipv6.hopLimit } }) });
          return this.filters;
        };
        this.sockets.push(socket);
        return socket;
      },
      openFrameWatch: ({ interfaceIndex }) => {
        if (this.watchFailure !== undefined) throw this.watchFailure;
        this.watchesOpened++;
        const watch: Watch = { interfaceIndex, queue: [] };
        this.watches.add(watch);
        return {
          receive: () => {
            const next = watch.queue.shift();
            return next === undefined ? undefined : { ...next, ageUs: this.clock.now() - next.arrivedAt };
          },
          close: () => void this.watches.delete(watch),
        };
      },
      notify: (notification) => {
        this.notifications.push(notification);
        if (notification.type === "vrrp" && notification.scope === "instance") this.trace.push(notification.state);
      },
      track: ({ scripts }) => void (this.trackedScripts = scripts.map((script) => script.name)),
      schedule: () => ({ ranUs: 0, waitedUs: 0, majorFaults: 0 }),
      wokenLate: (lateUs, now) => autoPriority.wokenLate(lateUs, now, log),
      wallClockMs: () => EPOCH_MS + Math.floor(this.clock.now() / 1000) + this.wallOffsetMs,
      isIpv6Router: () => true,
    };
  }

  /** A macvlan is on the segment of the interface below. */
  #wireOf(name: string): string {
    const base = this.kernel.links().find((link) => link.name === name)?.stacked?.base;
    return this.kernel.links().find(({ index }) => index === base)?.name ?? name;
  }

  #usable(address: IpAddress): boolean {
    return this.kernel.addresses().some((one) => one.address === address && one.tentative !== true);
  }

  #traced<T>(sign: string, addresses: readonly InterfaceAddress[], act: () => T): T {
    const result = act();
    for (const { address } of addresses) this.trace.push(`${sign}${address}`);
    return result;
  }

  #tracedRouting<T>(act: () => T): T {
    const before = this.kernel.routing.changes.length;
    const result = act();
    this.trace.push(...this.kernel.routing.changes.slice(before));
    return result;
  }

  get recorded(): readonly InterfaceAddress[] {
    return this.recordedAll.addresses;
  }

  set recorded(addresses: readonly InterfaceAddress[]) {
    this.recordedAll = { ...this.recordedAll, addresses };
  }

  #frame(index: number, frame: Uint8Array, at: number): RefusedFrame[] {
    if (this.frameFailure !== undefined) return [{ at, error: this.frameFailure }];
    const address = decodeArp(frame)?.senderAddress ?? decodeNeighbourAdvertisement(frame)?.address;
    if (address === undefined) throw new Error(`interface ${index}: a frame that is neither ARP nor ND`);
    this.announced.push({ at: this.clock.now(), address });
    this.announcedFrom.push(`${this.kernel.links().find((link) => link.index === index)?.name ?? "?"} ${Buffer.from(frame.subarray(6, 12)).toString("hex").replace(/..(?=.)/g, "$&:")}`);
    this.trace.push(`${familyOf(address) === 4 ? "garp" : "na"} ${address}`);
    return [];
  }

  start(config: VrrpConfig): this {
    this.engine.start(config);
    return this;
  }

  /** SIGKILL: nothing more runs, the kernel keeps what it holds. */
  kill(): void {
    this.clock.kill();
    for (const socket of this.sockets) socket.close();
  }

  states(): string[] {
    return this.engine.status().instances.map((one) => one.state);
  }

  state(): string {
    return this.states()[0] ?? "none";
  }

  /** The last socket that was opened. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("no socket is open");
    return socket;
  }

  /** What happened since the last call, without records. */
  takeTrace(): string[] {
    return this.trace.splice(0).filter((entry) => !entry.startsWith("record"));
  }

  takeLines(): string[] {
    return this.lines.splice(0);
  }

  takeNotifications(): string[] {
    return this.notifications.splice(0).map((n) => {
      if (n.type === "vrrp") return `${n.scope} ${n.name} ${n.state}`;
      if (n.type === "priority") return `priority ${n.name} ${n.state} ${n.priority}`;
      return n.type;
    });
  }
}

/** The priority in a packet: behind the IPv4 header, and AH. */
function priorityIn({ family, protocol }: AdvertSocketOptions, packet: Uint8Array): number | undefined {
  const pduAt = family === 6 ? 0 : protocol === 51 ? 44 : 20;
  return packet[pduAt + 2];
}

/** A segment with directors on it: own addresses 192.0.2.1, .2 and so on, and over IPv6 fe80::1, 2001:db8:ff::1 … */
export class Segment {
  readonly clock = new FakeClock();
  readonly lan = new FakeLan(this.clock);
  #count = 0;

  node(name = `n${this.#count + 1}`): Node {
    this.#count++;
    return new Node(name, this.clock, this.#optionsOf(this.#count));
  }

  /** Power lost and found again: the same host with nothing on its interface but what it was built with. */
  restarted(node: Node, number: number): Node {
    node.kill();
    return new Node(node.name, this.clock, this.#optionsOf(number));
  }

  #optionsOf(number: number): NodeOptions {
    const addresses = [`192.0.2.${number}`, `fe80::${number}`, `2001:db8:ff::${number}`];
    return { lans: { eth0: this.lan }, addresses: { eth0: addresses } };
  }
}

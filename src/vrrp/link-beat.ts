import type { Link } from "../base/network.ts";
import type { HostNetwork, LinkBeatMethod } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { VrrpConfig } from "../conf/model.ts";

const INTERVAL: Micros = SECOND;
/** In the order in which they are tried. */
const METHODS: readonly LinkBeatMethod[] = ["MII", "ETHTOOL", "IOCTL"];

interface Polled {
  readonly index: number;
  readonly method: LinkBeatMethod;
  readonly up: boolean;
}

type LinkNamed = (name: string) => Link | undefined;

/**
 * `linkbeat_use_polling` and `linkbeat_interfaces`: whether an interface is up is asked of its driver once a second, for
 * drivers whose word by netlink is missing or wrong. A macvlan and an ipvlan follow the interface below, by netlink.
 */
export class LinkBeat {
  readonly #network: Pick<HostNetwork, "linkBeat">;
  /** By name, with the method that was asked for. */
  #wanted = new Map<string, LinkBeatMethod | undefined>();
  readonly #polled = new Map<string, Polled>();
  #pollAt: Micros | undefined;

  constructor(network: Pick<HostNetwork, "linkBeat">) {
    this.#network = network;
  }

  /**
   * @param used names of the interfaces that anybody tracks
   * @returns log lines
   */
  configure({ linkbeat, instances }: Pick<VrrpConfig, "linkbeat" | "instances">, used: ReadonlySet<string>): string[] {
    const all = linkbeat.usePolling ? [...used] : instances.filter((one) => one.linkbeatUsePolling).map((one) => one.interface);
    const before = this.#wanted;
    this.#wanted = new Map(all.map((name) => [name, undefined]));
    const lines: string[] = [];
    for (const { interface: name, method } of linkbeat.interfaces) {
      if (used.has(name)) this.#wanted.set(name, method);
      else lines.push(`Turning off linkbeat for ${name} since not used for tracking`);
    }
    // Who is to be asked in another way is asked anew.
    for (const name of this.#polled.keys()) if (!this.#wanted.has(name) || this.#wanted.get(name) !== before.get(name)) this.#polled.delete(name);
    return lines;
  }

  /** Takes note of interfaces that have come or gone, and asks the new ones. @returns log lines */
  look(linkNamed: LinkNamed, now: Micros): string[] {
    const lines: string[] = [];
    for (const [name, method] of this.#wanted) {
      const link = linkNamed(name);
      if (link === undefined || link.stacked !== undefined) this.#polled.delete(name);
      else if (this.#polled.get(name)?.index !== link.index) lines.push(...this.#begin(link, method));
    }
    this.#pollAt = this.#polled.size === 0 ? undefined : (this.#pollAt ?? now + INTERVAL);
    return lines;
  }

  #begin({ name, index }: Link, wanted: LinkBeatMethod | undefined): string[] {
    for (const method of wanted === undefined ? METHODS : [wanted, ...METHODS]) {
      const up = this.#network.linkBeat(name, method);
      if (up === undefined) continue;
      this.#polled.set(name, { index, method, up });
      return wanted === undefined || method === wanted ? [] : [`(${name}): Configured linkbeat type ${wanted} not supported, using ${method}`];
    }
    this.#polled.delete(name); // it has just gone
    return [];
  }

  /** Asks all of them when that is due. @returns keepalived's lines about what is otherwise */
  poll(now: Micros): string[] {
    if (this.#pollAt === undefined || now < this.#pollAt) return [];
    this.#pollAt = now + INTERVAL;
    const lines: string[] = [];
    for (const [name, one] of this.#polled) {
      const up = this.#network.linkBeat(name, one.method);
      // One that has just gone is netlink's matter.
      if (up === undefined || up === one.up) continue;
      this.#polled.set(name, { ...one, up });
      lines.push(`Linkbeat reports ${name} ${up ? "up" : "down"}`);
    }
    return lines;
  }

  /** Whether this interface is asked: what netlink says of its ups and downs is not told then. */
  isPolled({ name, stacked }: Link): boolean {
    return stacked === undefined && this.#wanted.has(name);
  }

  isUp({ name, index, up }: Link): boolean {
    const polled = this.#polled.get(name);
    return polled?.index === index ? polled.up : up;
  }

  /** When to `poll`. */
  get dueAt(): Micros | undefined {
    return this.#pollAt;
  }
}

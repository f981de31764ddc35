import type { Log } from "../base/log.ts";
import { isMulticast } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import type { Datagram, DatagramSocket, MulticastSocketOptions, UnicastSocketOptions } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { VrrpHost } from "./host.ts";
import type { RecentAdvert } from "./recent-adverts.ts";

const RETRY: Micros = SECOND;

/**
 * Where a virtual router speaks: one socket serves all of a family and protocol on the same interface and group, or with the
 * same unicast source.
 */
export type SocketNeed = Omit<MulticastSocketOptions, "wake"> | Omit<UnicastSocketOptions, "wake">;

export interface OpenSocket {
  readonly key: string;
  readonly need: SocketNeed;
  readonly socket: DatagramSocket;
  /** Packets that no instance answers for. */
  unknownVrids: number;
  /** Too short to say which virtual router they are for. */
  truncated: number;
  receiveFailing: boolean;
  /** The last advert of each virtual router, by VRID. */
  readonly recent: Map<number, RecentAdvert>;
}

export function socketKey(need: SocketNeed): string {
  const where = need.group === undefined ? `source ${need.source}` : need.group;
  return `${need.family} ${need.protocol} ${need.interfaceName ?? "any"} ${where}`;
}

/** For log lines: the interface, or the address when routing decides. */
export function deviceOf(need: SocketNeed): string {
  return need.interfaceName ?? (need.group === undefined ? need.source : need.group);
}

/** The adverts' sockets; wanted minus open. A failure to open is logged once and tried again every second. */
export class AdvertSockets {
  readonly #host: VrrpHost;
  readonly #log: Log;
  readonly #wake: () => void;
  readonly #open = new Map<string, OpenSocket>();
  readonly #failing = new Map<string, string>();
  #retryAt: Micros | undefined;

  constructor(host: VrrpHost, wake: () => void) {
    this.#host = host;
    this.#log = host.log;
    this.#wake = wake;
  }

  /** Opens what is needed and not open, closes the rest; an interface that was recreated gets a new socket. */
  provide(needs: readonly SocketNeed[]): void {
    const wanted = new Map(needs.map((need) => [socketKey(need), need]));
    for (const [key, open] of this.#open) {
      const want = wanted.get(key);
      if (want !== undefined && want.interfaceIndex === open.need.interfaceIndex) continue;
      open.socket.close();
      this.#open.delete(key);
    }
    for (const key of this.#failing.keys()) if (!wanted.has(key)) this.#failing.delete(key);
    for (const [key, need] of wanted) if (!this.#open.has(key)) this.#tryOpen(key, need);
    this.#retryAt = this.#failing.size > 0 ? this.#host.clock.now() + RETRY : undefined;
  }

  #tryOpen(key: string, need: SocketNeed): void {
    try {
      const socket = this.#host.openAdvertSocket({ ...need, wake: this.#wake });
      this.#open.set(key, { key, need, socket, unknownVrids: 0, truncated: 0, receiveFailing: false, recent: new Map() });
      this.#failing.delete(key);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (this.#failing.get(key) !== text) this.#log.error(`cannot listen for adverts on ${deviceOf(need)}: ${text}`);
      this.#failing.set(key, text);
    }
  }

  /** When `provide` should be called again although nothing changed. */
  get retryAt(): Micros | undefined {
    return this.#retryAt;
  }

  get(key: string | undefined): OpenSocket | undefined {
    return key === undefined ? undefined : this.#open.get(key);
  }

  all(): IterableIterator<OpenSocket> {
    return this.#open.values();
  }

  /** Whether a packet that this group's socket hears reaches a socket bound to its destination as well: it belongs to that one. */
  isBoundElsewhere({ need }: OpenSocket, destination: IpAddress): boolean {
    if (need.group === undefined || isMulticast(destination)) return false;
    for (const { need: other } of this.#open.values()) {
      if (other.group !== undefined || other.source !== destination || other.protocol !== need.protocol) continue;
      if (other.interfaceName === undefined || other.interfaceName === need.interfaceName) return true;
    }
    return false;
  }

  /** The next datagram; a socket that fails (the interface went away) counts as empty and is reported once. */
  receive(open: OpenSocket): Datagram | undefined {
    try {
      const datagram = open.socket.receive();
      if (datagram !== undefined) open.receiveFailing = false;
      return datagram;
    } catch (error) {
      if (!open.receiveFailing) {
        const text = error instanceof Error ? error.message : String(error);
        this.#log.warning(`cannot receive adverts on ${deviceOf(open.need)}: ${text}`);
      }
      open.receiveFailing = true;
      return undefined;
    }
  }

  close(): void {
    for (const { socket } of this.#open.values()) socket.close();
    this.#open.clear();
    this.#failing.clear();
    this.#retryAt = undefined;
  }
}

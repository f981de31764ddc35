import type { IpAddress } from "../base/ip.ts";
import type { Log } from "../base/log.ts";
import type { Datagram, DatagramSocket } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import { VRRP_PROTOCOL } from "./advert.ts";
import type { VrrpHost } from "./host.ts";

const RETRY: Micros = SECOND;

/** Where a virtual router speaks: one socket serves all of them on the same interface and group. */
export interface SocketNeed {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly group: IpAddress;
}

export interface OpenSocket extends SocketNeed {
  readonly socket: DatagramSocket;
  /** Packets that no instance answers for. */
  unknownVrids: number;
  /** Too short to say which virtual router they are for. */
  truncated: number;
  receiveFailing: boolean;
}

export function socketKey(interfaceName: string, group: IpAddress): string {
  return `${interfaceName} ${group}`;
}

/** The shared multicast sockets; wanted minus open. A failure to open is logged once and tried again every second. */
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
    const wanted = new Map(needs.map((need) => [socketKey(need.interfaceName, need.group), need]));
    for (const [key, open] of this.#open) {
      if (wanted.get(key)?.interfaceIndex === open.interfaceIndex) continue;
      open.socket.close();
      this.#open.delete(key);
    }
    for (const key of this.#failing.keys()) if (!wanted.has(key)) this.#failing.delete(key);
    for (const [key, need] of wanted) if (!this.#open.has(key)) this.#tryOpen(key, need);
    this.#retryAt = this.#failing.size > 0 ? this.#host.clock.now() + RETRY : undefined;
  }

  #tryOpen(key: string, need: SocketNeed): void {
    try {
      const socket = this.#host.openAdvertSocket({ ...need, family: 4, protocol: VRRP_PROTOCOL, wake: this.#wake });
      this.#open.set(key, { ...need, socket, unknownVrids: 0, truncated: 0, receiveFailing: false });
      this.#failing.delete(key);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (this.#failing.get(key) !== text) this.#log.error(`cannot listen for adverts on ${need.interfaceName}: ${text}`);
      this.#failing.set(key, text);
    }
  }

  /** When `provide` should be called again although nothing changed. */
  get retryAt(): Micros | undefined {
    return this.#retryAt;
  }

  get(interfaceName: string, group: IpAddress): OpenSocket | undefined {
    return this.#open.get(socketKey(interfaceName, group));
  }

  all(): IterableIterator<OpenSocket> {
    return this.#open.values();
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
        this.#log.warning(`cannot receive adverts on ${open.interfaceName}: ${text}`);
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

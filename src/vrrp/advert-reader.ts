import type { IpAddress } from "../base/ip.ts";
import type { Micros } from "../base/time.ts";
import type { AdvertSockets, OpenSocket } from "./advert-sockets.ts";
import type { Elector } from "./elector.ts";
import type { VrrpHost } from "./host.ts";
import type { Instance } from "./instance.ts";
import { receivePacket } from "./reception.ts";
import type { Received } from "./reception.ts";

/** Per socket and turn; what is left makes another turn come first. */
const MAX_DATAGRAMS_PER_TURN = 512;

/** Reads the advert sockets and hands each accepted advert to its instance, as of its arrival. */
export class AdvertReader {
  readonly #host: VrrpHost;
  readonly #sockets: AdvertSockets;
  readonly #elector: Elector;
  /** By socket and VRID: several where one source has peers of several virtual routers. */
  readonly #instances = new Map<string, Instance[]>();
  /** When the sockets were last read empty. */
  #emptyAt: Micros = 0;
  /** When they were last begun to be read. */
  drainedAt: Micros = 0;
  logUnknownVrids = false;
  /** How many packets were read since the host was last found quiet. */
  readSinceQuiet = 0;

  constructor(parts: { readonly host: VrrpHost; readonly sockets: AdvertSockets; readonly elector: Elector }) {
    this.#host = parts.host;
    this.#sockets = parts.sockets;
    this.#elector = parts.elector;
  }

  /** From now on these hear, each on the socket that it speaks through. */
  index(instances: readonly Instance[]): void {
    this.#instances.clear();
    for (const instance of instances) {
      const key = `${instance.socketKey ?? ""} ${instance.config.vrid}`;
      const others = this.#instances.get(key);
      if (others === undefined) this.#instances.set(key, [instance]);
      else others.push(instance);
    }
  }

  /** @returns whether every advert socket was read empty */
  drain(): boolean {
    this.drainedAt = this.#host.clock.now();
    let empty = true;
    for (const open of this.#sockets.all()) empty = this.#drainSocket(open) && empty;
    return empty;
  }

  /** They were found empty in this turn. */
  noteEmpty(): void {
    this.#emptyAt = this.#host.clock.now();
  }

  #drainSocket(open: OpenSocket): boolean {
    const road = {
      find: (vrid: number, source: IpAddress) => this.#find(open, vrid, source),
      isBoundElsewhere: (destination: IpAddress) => this.#sockets.isBoundElsewhere(open, destination),
      logUnknownVrids: this.logUnknownVrids,
    };
    for (let i = 0; i < MAX_DATAGRAMS_PER_TURN; i++) {
      const datagram = this.#sockets.receive(open);
      if (datagram === undefined) return true;
      const arrivedAt = this.#arrival(datagram.ageUs); // at once: its age was true when it was read
      this.readSinceQuiet++;
      const received = receivePacket(open, datagram, road, this.#host);
      if (received !== undefined) this.#accept(received, arrivedAt);
    }
    return false;
  }

  #accept({ instance, event }: Received, at: Micros): void {
    const { name, downTimerAdverts, advertIntervalUs } = instance.config;
    // One interval more than any Master_Down_Interval: the skew is less than that.
    const line = instance.neighbours.hear(event, at, (downTimerAdverts + 1) * (event.intervalUs > 0 ? event.intervalUs : advertIntervalUs));
    if (line !== undefined) this.#host.log.info(`(${name}) ${line}`);
    this.#elector.dispatch(instance, event, at);
  }

  /** Of several with this VRID it is the one that has the sender for a peer. */
  #find(open: OpenSocket, vrid: number, source: IpAddress): Instance | undefined {
    const candidates = this.#instances.get(`${open.key} ${vrid}`) ?? [];
    if (candidates.length <= 1) return candidates[0];
    return candidates.find(({ config }) => config.unicast?.peers.some(({ address }) => address === source));
  }

  /** When it arrived, by the kernel's word; between the last time that the sockets were empty and now, whatever that says. */
  #arrival(ageUs: Micros = 0): Micros {
    const now = this.#host.clock.now();
    return Math.min(now, Math.max(now - ageUs, this.#emptyAt));
  }
}

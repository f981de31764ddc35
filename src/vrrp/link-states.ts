import type { Link } from "../base/network.ts";
import type { HostNetwork } from "../base/ports.ts";
import type { Micros } from "../base/time.ts";
import type { VrrpConfig } from "../conf/model.ts";
import { sooner } from "./earliest.ts";
import { LinkBeat } from "./link-beat.ts";
import { LinkDelays } from "./link-delays.ts";
import type { Trackers } from "./track.ts";

type LinkNamed = (name: string) => Link | undefined;

/** Which interfaces count as up: what the kernel says, or their drivers where they are polled; then the delays. */
export class LinkStates {
  readonly #beat: LinkBeat;
  readonly #delays = new LinkDelays();
  #delayed: ReadonlySet<string> = new Set();

  constructor(network: Pick<HostNetwork, "linkBeat">) {
    this.#beat = new LinkBeat(network);
  }

  /**
   * @param trackers everybody's
   * @returns log lines
   */
  configure(config: Pick<VrrpConfig, "interfaceUpDownDelays" | "linkbeat" | "instances">, trackers: readonly Trackers[]): string[] {
    const used = new Set(trackers.flatMap(({ interfaces }) => interfaces.map(({ interface: name }) => name)));
    this.#delayed = this.#delays.configure(config.interfaceUpDownDelays);
    return this.#beat.configure(config, used);
  }

  /** Whether its ups and downs are told here, and not as netlink reports them. */
  tells(link: Link): boolean {
    return this.#delayed.has(link.name) || this.#beat.isPolled(link);
  }

  /** Asks the drivers when that is due. @returns log lines; empty when nothing has changed */
  poll(now: Micros): string[] {
    return this.#beat.poll(now);
  }

  /** Takes note of what is said now. @returns log lines about what counts from now on */
  look(linkNamed: LinkNamed, now: Micros): string[] {
    const begun = this.#beat.look(linkNamed, now);
    const beating: LinkNamed = (name) => {
      const link = linkNamed(name);
      return link === undefined ? undefined : { ...link, up: this.#beat.isUp(link) };
    };
    return [...begun, ...this.#delays.look(beating, now)];
  }

  isUp(link: Link): boolean {
    return this.#delays.isUp({ ...link, up: this.#beat.isUp(link) });
  }

  /** When `look` has something to see although nobody has said anything. */
  get lookAt(): Micros | undefined {
    return this.#delays.dueAt;
  }

  /** The same of `look` and `poll`. */
  get dueAt(): Micros | undefined {
    return sooner(this.#delays.dueAt, this.#beat.dueAt);
  }
}

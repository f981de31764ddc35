import { KernelError } from "../base/errors.ts";
import type { Link } from "../base/network.ts";
import type { Log } from "../base/log.ts";
import type { HostNetwork, Setting } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { VrrpInstance } from "../conf/model.ts";
import { earliest } from "./earliest.ts";
import type { KernelView } from "./kernel-view.ts";
import { chooseNames, isSuited, linkNeeds, placementOf, plainPlacement } from "./placement.ts";
import type { LinkNeed, LinkPrefixes, Placement } from "./placement.ts";
import type { RecordPart } from "./record-book.ts";
import { samePlainData } from "./reload.ts";

const RETRY: Micros = SECOND;

/** What an instance says of itself; its key tells it from others. */
export interface LinkOwner {
  readonly key: string;
  readonly config: VrrpInstance;
  /** Its links are not made one at a time, adverts between: it runs, or nobody does yet. */
  readonly atOnce: boolean;
}

/** A link that we have made, or that a previous run has made. */
interface Made {
  /** Undefined: of a previous run. */
  readonly owner?: string;
  /** Undefined: not looked at yet. */
  readonly index?: number;
}

/**
 * The macvlans and ipvlans of the instances: made when they are missing, set up, deleted when they are not wanted any more. One that was
 * there before us is used and stays. What cannot be made is tried again every second; its reason is logged once.
 */
export class VirtualLinks {
  readonly #network: HostNetwork;
  readonly #record: RecordPart<string>;
  readonly #log: Log;
  readonly #kernel: KernelView;
  /** By name; recorded. */
  readonly #made = new Map<string, Made>();
  #needs: readonly LinkNeed[] = [];
  #names: ReadonlyMap<string, string> = new Map();
  readonly #placements = new Map<string, Placement>();
  /** By `LinkNeed.key` the index of the link that was set up for it, to see that it is another link now. */
  readonly #ready = new Map<string, number>();
  /** By `LinkNeed.key`. */
  readonly #failures = new Map<string, Failure>();
  /** To be made, by name; recorded too, all at once. */
  readonly #waiting = new Map<string, LinkNeed>();
  /** To be deleted. */
  #doomed: string[] = [];

  constructor(network: HostNetwork, record: RecordPart<string>, log: Log, kernel: KernelView) {
    this.#network = network;
    this.#record = record;
    this.#log = log;
    this.#kernel = kernel;
  }

  /** Names of links that a previous run had made and not deleted. */
  adopt(recorded: readonly string[]): void {
    for (const name of recorded) this.#made.set(name, {});
  }

  /** Ours went, and something else has its name by now. */
  #isForeign(name: string): boolean {
    const link = this.#kernel.linkNamed(name);
    const index = this.#made.get(name)?.index;
    return link !== undefined && (index === undefined ? link.stacked === undefined : link.index !== index);
  }

  /** From now on what these instances need; what they no longer need is to be deleted, what is missing made. */
  configure(owners: readonly LinkOwner[], prefixes: LinkPrefixes, now: Micros): void {
    const needs = owners.map(({ key, config, atOnce }) => ({ key, config, atOnce, needs: linkNeeds(key, config, prefixes) }));
    const before = new Map(this.#needs.map((need) => [need.key, need]));
    this.#needs = needs.flatMap((one) => one.needs);
    // What has changed is set up again.
    const same = new Set(this.#needs.filter((need) => samePlainData(need, before.get(need.key))).map(({ key }) => key));
    for (const key of this.#ready.keys()) if (!same.has(key)) this.#ready.delete(key);
    this.#names = chooseNames(this.#needs, this.#kernel.links(), new Set([...this.#made.keys()].filter((name) => !this.#isForeign(name))), this.#names);
    this.#placements.clear();
    for (const one of needs) this.#placements.set(one.key, placementOf(one.config, one.needs, this.#names));
    this.#failures.clear();
    this.#waiting.clear();
    for (const need of this.#needs) this.#tellOtherName(need);
    const wanted = new Set(this.#names.values());
    this.#doomed = [...this.#made.keys()].filter((name) => !wanted.has(name));
    this.seek(now);
    for (const { key } of needs.filter(({ atOnce }) => atOnce).flatMap((one) => one.needs)) this.#provide(this.#names.get(key) ?? "", now);
  }

  #tellOtherName({ key, owner, name }: LinkNeed): void {
    const chosen = this.#names.get(key);
    if (name === undefined || chosen === undefined || chosen === name || this.#kernel.linkNamed(chosen) === undefined) return;
    this.#log.info(`(${owner}) vmac name mismatch ${name} <=> ${chosen}. changing to ${chosen}.`);
  }

  placement({ key, config }: Pick<LinkOwner, "key" | "config">): Placement {
    return this.#placements.get(key) ?? plainPlacement(config);
  }

  get needs(): readonly LinkNeed[] {
    return this.#needs;
  }

  /** Names of the links that are needed, there or not. */
  get names(): ReadonlySet<string> {
    return new Set(this.#names.values());
  }

  /** The link of a need, when it is there and set up. */
  linkOf(need: LinkNeed): Link | undefined {
    const link = this.#kernel.linkNamed(this.#names.get(need.key) ?? "");
    return link !== undefined && this.#ready.get(need.key) === link.index ? link : undefined;
  }

  /** When `seek` should be called again although nothing has changed. */
  get retryAt(): Micros | undefined {
    // What waits to be made is work, and no deadline.
    return earliest([...this.#failures].map(([key, { retryAt }]) => (this.#waiting.has(this.#names.get(key) ?? "") ? undefined : retryAt)));
  }

  get pending(): boolean {
    return this.#doomed.length > 0 || this.#waiting.size > 0;
  }

  /** Whether links of it are still to be made, and nothing is known against them. */
  isWaiting({ adverts, links }: Placement): boolean {
    return this.#waiting.size > 0 && [adverts, ...links.values()].some((name) => this.#waiting.has(name));
  }

  /** One that is to go, else one that is to come: the kernel takes milliseconds for each. @returns whether one was made, or could not be */
  slice(now: Micros): boolean {
    const [name] = this.#waiting.keys();
    if (this.#doomed.length > 0) this.#delete(this.#doomed.splice(0, 1));
    else if (name !== undefined) return this.#provide(name, now);
    return false;
  }

  /** Looks for what is missing and can be there. */
  seek(now: Micros): void {
    for (const need of this.#needs) {
      const missing = this.#kernel.linkNamed(need.base) !== undefined && this.linkOf(need) === undefined;
      const failure = this.#failures.get(need.key);
      if (!missing) this.#failures.delete(need.key);
      else if (failure === undefined || now >= failure.retryAt || failure.layout !== this.#kernel.layout) this.#waiting.set(this.#names.get(need.key) ?? "", need);
    }
    if (this.#waiting.size > 0) this.#write();
  }

  #provide(name: string, now: Micros): boolean {
    const need = this.#waiting.get(name);
    const base = this.#kernel.linkNamed(need?.base ?? "");
    if (need === undefined || base === undefined || this.linkOf(need) !== undefined) return this.#waiting.delete(name);
    try {
      this.#make(need, base, name);
      this.#failures.delete(need.key);
    } catch (error) {
      this.#complain(need, error, now + RETRY);
    }
    this.#waiting.delete(name);
    this.#write();
    return true;
  }

  /** Deletes every link that we have made; what cannot be deleted is logged and stays in the record. Never throws. */
  releaseAll(): void {
    this.#needs = [];
    this.#doomed = [];
    this.#waiting.clear();
    this.#failures.clear();
    this.#delete([...this.#made.keys()]);
  }

  #make(need: LinkNeed, base: Link, name: string): void {
    if (this.#isForeign(name)) this.#made.delete(name);
    const there = this.#kernel.linkNamed(name);
    if (there !== undefined && !isSuited(there, need, base)) {
      if (!this.#made.has(name)) throw new Error("another interface has this name");
      this.#delete([name]); // of an earlier configuration, or on an interface that is gone
    }
    const found = this.#kernel.linkNamed(name);
    if (found === undefined) this.#add(name, need, base);
    else if (!this.#made.has(name)) this.#log.info(`(${need.owner}) Found matching interface ${name}`);
    else this.#made.set(name, { owner: need.owner, index: found.index });
    const link = this.#kernel.linkNamed(name);
    if (link === undefined) throw new Error("it is gone again");
    this.#setUp(need, name);
    if (need.group !== undefined && (link.group ?? 0) !== need.group) this.#network.setLinkGroup(link.index, need.group);
    this.#network.raiseLink(link.index);
    this.#look(name);
    this.#ready.set(need.key, link.index);
    if (found === undefined) this.#log.info(`(${need.owner}): Success creating ${called(need)} interface ${name}`);
    if (need.tell) this.#tell(need, base);
  }

  /** `netlink_notify_msg`: the kernel is made to report the interface below. */
  #tell({ owner }: LinkNeed, base: Link): void {
    try {
      this.#network.setLinkGroup(base.index, base.group ?? 0);
    } catch (error) {
      this.#log.error(`(${owner}): cannot have ${base.name} reported: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #add(name: string, { owner, kind, mode, hardwareAddress, group }: LinkNeed, base: Link): void {
    this.#network.addLink({ name, stacked: { kind, mode, base: base.index }, hardwareAddress, group });
    this.#made.set(name, { owner }); // whatever the look at it says
    const link = this.#look(name);
    if (link !== undefined) this.#made.set(name, { owner, index: link.index });
  }

  /** The kernel's report is on its way; until then it would seem to be missing. */
  #look(name: string): Link | undefined {
    const link = this.#network.link(name);
    if (link !== undefined) this.#kernel.foretell(link);
    return link;
  }

  /** What we have made, and what we are about to make: before the kernel is told. */
  #write(): void {
    const missing = [...this.#waiting.keys()].filter((name) => this.#kernel.linkNamed(name) === undefined);
    this.#record.write([...new Set([...this.#made.keys(), ...missing])]);
  }

  /** keepalived's settings of such a link, before it is up. They go with it. */
  #setUp(need: LinkNeed, name: string): void {
    for (const setting of linkSettings(need, name)) {
      const failure = this.#set(setting);
      if (failure !== undefined) this.#log.error(`(${need.owner}): cannot set ${setting.name} to ${setting.value}: ${failure}`);
    }
  }

  /** @returns why it does not stand as it is wanted */
  #set(setting: Setting): string | undefined {
    try {
      // Also what it is already: the kernel then no longer has it follow the default.
      this.#network.writeSetting(setting);
      const after = this.#network.readSetting(setting.name);
      return after === setting.value ? undefined : `it is ${after ?? "gone"}`;
    } catch (error) {
      if (error instanceof KernelError && error.code === "ENOENT") return undefined; // a kernel without IPv6 has none of its settings
      return error instanceof Error ? error.message : String(error);
    }
  }

  #complain(need: LinkNeed, error: unknown, retryAt: Micros): void {
    const text = error instanceof Error ? error.message : String(error);
    const before = this.#failures.get(need.key);
    this.#failures.set(need.key, { text, retryAt, layout: this.#kernel.layout });
    if (before?.text === text) return;
    this.#log.error(`(${need.owner}): Unable to create ${called(need)} interface ${this.#names.get(need.key) ?? ""}: ${text}`);
  }

  #delete(unwanted: readonly string[]): void {
    if (unwanted.length === 0) return;
    const names = unwanted.filter((name) => !this.#isForeign(name));
    for (const name of unwanted) if (!names.includes(name)) this.#made.delete(name);
    let results: (Error | undefined)[];
    try {
      results = this.#network.deleteLinks(names);
    } catch (error) {
      results = names.map(() => (error instanceof Error ? error : new Error(String(error))));
    }
    names.forEach((name, i) => {
      const error = results[i];
      if (error !== undefined) return this.#log.error(error.message);
      const owner = this.#made.get(name)?.owner;
      this.#made.delete(name);
      const link = this.#kernel.linkNamed(name);
      if (link === undefined) return;
      for (const [key, index] of this.#ready) if (index === link.index) this.#ready.delete(key);
      this.#kernel.bury(link.index);
      this.#log.info(`(${owner ?? "left by a previous run"}) Success removing VMAC interface ${name}`);
    });
    this.#write();
  }
}

function called({ kind }: LinkNeed): string {
  return kind === "macvlan" ? "VMAC" : kind;
}

interface Failure {
  readonly text: string;
  readonly retryAt: Micros;
  /** What the kernel had when it failed: when that changes, it is tried at once. */
  readonly layout: number;
}

function linkSettings({ kind, family, ipv6 }: LinkNeed, name: string): Setting[] {
  // An ipvlan answers for its own address alone, and may speak from the link-local one that the kernel makes it.
  if (kind === "ipvlan") return [{ name: `net/ipv6/conf/${name}/disable_ipv6`, value: ipv6 ? 0 : 1 }];
  const ipv4 = { arp_ignore: 1, accept_local: 1, rp_filter: 0, promote_secondaries: 1 };
  return [
    ...Object.entries(family === 4 ? ipv4 : {}).map(([setting, value]) => ({ name: `net/ipv4/conf/${name}/${setting}`, value })),
    { name: `net/ipv6/conf/${name}/disable_ipv6`, value: ipv6 ? 0 : 1 },
    { name: `net/ipv6/conf/${name}/addr_gen_mode`, value: ADDRESS_GENERATION_NONE },
  ];
}

/** IN6_ADDR_GEN_MODE_NONE: no address of its own, which would be the same on every director. */
const ADDRESS_GENERATION_NONE = 1;

import { KernelError } from "../base/errors.ts";
import type { Link, OwnLink } from "../base/network.ts";
import type { Log } from "../base/log.ts";
import type { HostNetwork, Setting } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { VrrpInstance } from "../conf/model.ts";
import { earliest } from "./earliest.ts";
import type { KernelView } from "./kernel-view.ts";
import { chooseNames, isSuited, linkNeeds, ownLink, placementOf, plainPlacement } from "./placement.ts";
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
  readonly link: OwnLink;
  /** Undefined: of a previous run. */
  readonly owner?: string;
  /** Undefined: not looked at yet. */
  readonly index?: number;
}

/** A link that is to be made. */
interface Planned {
  readonly link: OwnLink;
  readonly need: LinkNeed;
}

/**
 * The macvlans and ipvlans of the instances: made when they are missing, set up, deleted when they are not wanted any more. One that was
 * there before us is used and stays. What cannot be made is tried again every second; its reason is logged once.
 */
export class VirtualLinks {
  readonly #network: HostNetwork;
  readonly #record: RecordPart<OwnLink>;
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
  readonly #waiting = new Map<string, Planned>();
  /** To be deleted. */
  #doomed: string[] = [];
  readonly #beforeUp: () => void;

  /** @param beforeUp called between making links and bringing them up, for as many as possible at once: what they say from then on is heard */
  constructor(network: HostNetwork, record: RecordPart<OwnLink>, log: Log, kernel: KernelView, beforeUp: () => void) {
    this.#beforeUp = beforeUp;
    this.#network = network;
    this.#record = record;
    this.#log = log;
    this.#kernel = kernel;
  }

  /** Links that a previous run had made and not deleted. */
  adopt(recorded: readonly OwnLink[]): void {
    for (const link of recorded) this.#made.set(link.name, { link });
  }

  /** Ours went, and something else has its name by now. */
  #isForeign(name: string): boolean {
    const link = this.#kernel.linkNamed(name);
    const made = this.#made.get(name);
    if (link === undefined || made === undefined) return false;
    return made.index === undefined ? !isSuited(link, made.link) : link.index !== made.index;
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
    const atOnce = needs.filter((one) => one.atOnce).flatMap((one) => one.needs);
    this.#provide(atOnce.map(({ key }) => this.#names.get(key) ?? ""), now);
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
    else if (name !== undefined) {
      this.#provide([name], now);
      return true;
    }
    return false;
  }

  /** Looks for what is missing and can be there. */
  seek(now: Micros): void {
    for (const need of this.#needs) {
      const base = this.#kernel.linkNamed(need.base);
      const failure = this.#failures.get(need.key);
      if (base === undefined || this.linkOf(need) !== undefined) this.#failures.delete(need.key);
      else if (failure === undefined || now >= failure.retryAt || failure.layout !== this.#kernel.layout) this.#plan(need, base);
    }
    if (this.#waiting.size > 0) this.#write();
  }

  #plan(need: LinkNeed, base: Link): void {
    const name = this.#names.get(need.key) ?? "";
    if (!this.#waiting.has(name)) this.#waiting.set(name, { need, link: ownLink(need, base, name) });
  }

  #provide(names: readonly string[], now: Micros): void {
    const due = names.flatMap((name) => {
      const plan = this.#waiting.get(name);
      const base = this.#kernel.linkNamed(plan?.need.base ?? "");
      // What is below may be another interface of that name by now; then it is planned anew, so that the record says so before the kernel is told.
      return plan === undefined || base?.index !== plan.link.stacked.base || this.linkOf(plan.need) !== undefined ? [] : [{ ...plan, base }];
    });
    const made = due.flatMap((one) => {
      const there = this.#attempt(one.need, now, () => this.#make(one.need, one.link));
      return there === undefined ? [] : [{ ...one, ...there }];
    });
    if (made.length > 0) this.#beforeUp();
    for (const { need, base, link, index, isNew } of made) {
      this.#attempt(need, now, () => {
        this.#network.raiseLink(index);
        this.#look(link.name);
        this.#failures.delete(need.key);
        if (isNew) this.#log.info(`(${need.owner}): Success creating ${called(need)} interface ${link.name}`);
        if (need.tell) this.#tell(need, base);
      });
    }
    for (const name of names) this.#waiting.delete(name);
    if (due.length > 0) this.#write();
  }

  #attempt<T>(need: LinkNeed, now: Micros, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      this.#ready.delete(need.key);
      this.#complain(need, error, now + RETRY);
      return undefined;
    }
  }

  /** Deletes every link that we have made; what cannot be deleted is logged and stays in the record. Never throws. */
  releaseAll(): void {
    this.#needs = [];
    this.#doomed = [];
    this.#waiting.clear();
    this.#failures.clear();
    this.#delete([...this.#made.keys()]);
  }

  /** All but up. */
  #make(need: LinkNeed, own: OwnLink): { readonly index: number; readonly isNew: boolean } {
    const { name } = own;
    if (this.#isForeign(name)) this.#made.delete(name);
    const there = this.#kernel.linkNamed(name);
    if (there !== undefined && !isSuited(there, own)) {
      if (!this.#made.has(name)) throw new Error("another interface has this name");
      this.#delete([name]); // of an earlier configuration, or on an interface that is gone
    }
    const found = this.#kernel.linkNamed(name);
    if (found === undefined) this.#add(need, own);
    else if (!this.#made.has(name)) this.#log.info(`(${need.owner}) Found matching interface ${name}`);
    else this.#made.set(name, { link: own, owner: need.owner, index: found.index });
    const link = this.#kernel.linkNamed(name);
    if (link === undefined) throw new Error("it is gone again");
    this.#setUp(need, name);
    if (need.group !== undefined && (link.group ?? 0) !== need.group) this.#network.setLinkGroup(link.index, need.group);
    this.#ready.set(need.key, link.index);
    return { index: link.index, isNew: found === undefined };
  }

  /** `netlink_notify_msg`: the kernel is made to report the interface below. */
  #tell({ owner }: LinkNeed, base: Link): void {
    try {
      this.#network.setLinkGroup(base.index, base.group ?? 0);
    } catch (error) {
      this.#log.error(`(${owner}): cannot have ${base.name} reported: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #add({ owner, group }: LinkNeed, link: OwnLink): void {
    this.#network.addLink({ ...link, group });
    this.#made.set(link.name, { link, owner }); // whatever the look at it says
    const there = this.#look(link.name);
    if (there !== undefined) this.#made.set(link.name, { link, owner, index: there.index });
  }

  /** The kernel's report is on its way; until then it would seem to be missing. */
  #look(name: string): Link | undefined {
    const link = this.#network.link(name);
    if (link !== undefined) this.#kernel.foretell(link);
    return link;
  }

  /** What we have made, and what we are about to make: before the kernel is told. */
  #write(): void {
    const missing = [...this.#waiting.values()].filter(({ link }) => this.#kernel.linkNamed(link.name) === undefined);
    const links = [...this.#made.values(), ...missing].map(({ link }) => link);
    this.#record.write([...new Map(links.map((link) => [link.name, link])).values()]);
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

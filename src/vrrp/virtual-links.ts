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
}

/**
 * The macvlans of the instances: made when they are missing, set up, deleted when they are not wanted any more. One that was
 * there before us is used and stays. What cannot be made is tried again every second; its reason is logged once.
 */
export class VirtualLinks {
  readonly #network: HostNetwork;
  readonly #record: RecordPart<string>;
  readonly #log: Log;
  readonly #kernel: KernelView;
  /** Names of those that we have made, or are about to make, or that a previous run has made, with their owners; recorded. */
  readonly #made = new Map<string, string | undefined>();
  #needs: readonly LinkNeed[] = [];
  #names: ReadonlyMap<string, string> = new Map();
  readonly #placements = new Map<string, Placement>();
  /** The index that each name was set up with, to see that it is another link now. */
  readonly #ready = new Map<string, number>();
  readonly #failures = new Map<string, Failure>();
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
    for (const name of recorded) this.#made.set(name, undefined);
  }

  /** Ours went, and something else has its name by now. */
  #isForeign(name: string): boolean {
    const link = this.#kernel.linkNamed(name);
    return link !== undefined && link.stacked === undefined;
  }

  /** From now on what these instances need; what they no longer need is deleted, what is missing made. */
  configure(owners: readonly LinkOwner[], prefixes: LinkPrefixes, now: Micros): void {
    const needs = owners.map(({ key, config }) => ({ key, config, needs: linkNeeds(key, config, prefixes) }));
    const before = new Map(this.#needs.map((need) => [need.key, need]));
    this.#needs = needs.flatMap((one) => one.needs);
    // What has changed is set up again.
    for (const need of this.#needs) if (!samePlainData(need, before.get(need.key))) this.#ready.delete(this.#names.get(need.key) ?? "");
    this.#names = chooseNames(this.#needs, this.#kernel.links(), new Set([...this.#made.keys()].filter((name) => !this.#isForeign(name))), this.#names);
    this.#placements.clear();
    for (const one of needs) this.#placements.set(one.key, placementOf(one.config, one.needs, this.#names));
    this.#failures.clear();
    for (const need of this.#needs) this.#tellOtherName(need);
    const wanted = new Set(this.#names.values());
    this.#doomed = [...this.#made.keys()].filter((name) => !wanted.has(name));
    this.provide(now);
  }

  #tellOtherName({ key, owner, name }: LinkNeed): void {
    const chosen = this.#names.get(key);
    if (name === undefined || chosen === undefined || chosen === name || this.#kernel.linkNamed(chosen) === undefined) return;
    this.#log.info(`(${owner}) vmac name mismatch ${name} <=> ${chosen}. changing to ${chosen}.`);
  }

  placement({ key, config }: LinkOwner): Placement {
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
    return link !== undefined && this.#ready.get(link.name) === link.index ? link : undefined;
  }

  /** When `provide` should be called again although nothing has changed. */
  get retryAt(): Micros | undefined {
    return earliest([...this.#failures.values()].map(({ retryAt }) => retryAt));
  }

  get pending(): boolean {
    return this.#doomed.length > 0;
  }

  /** The kernel takes some 20 ms for each: one at a time, adverts between. */
  deleteOne(): void {
    this.#delete(this.#doomed.splice(0, 1));
  }

  /** Makes what is missing and can be there. @returns whether there is a link now that was not there */
  provide(now: Micros): boolean {
    let added = false;
    for (const need of this.#needs) {
      const base = this.#kernel.linkNamed(need.base);
      const failure = this.#failures.get(need.key);
      if (base === undefined) this.#failures.delete(need.key);
      if (base === undefined || this.linkOf(need) !== undefined) continue;
      if (failure !== undefined && now < failure.retryAt && failure.layout === this.#kernel.layout) continue;
      try {
        this.#make(need, base);
        this.#failures.delete(need.key);
        added = true;
      } catch (error) {
        this.#complain(need, error, now + RETRY);
      }
    }
    return added;
  }

  /** Deletes every link that we have made; what cannot be deleted is logged and stays in the record. Never throws. */
  releaseAll(): void {
    this.#needs = [];
    this.#doomed = [];
    this.#failures.clear();
    this.#delete([...this.#made.keys()]);
  }

  #make(need: LinkNeed, base: Link): void {
    const name = this.#names.get(need.key) ?? "";
    const there = this.#kernel.linkNamed(name);
    if (there !== undefined && !isSuited(there, need, base)) {
      if (!this.#made.has(name) || this.#isForeign(name)) throw new Error("another interface has this name");
      this.#delete([name]); // of an earlier configuration, or on an interface that is gone
    }
    const found = this.#kernel.linkNamed(name);
    if (found === undefined) this.#add(name, need, base);
    else if (!this.#made.has(name)) this.#log.info(`(${need.owner}) Found matching interface ${name}`);
    else this.#made.set(name, need.owner);
    const link = this.#kernel.linkNamed(name);
    if (link === undefined) throw new Error("it is gone again");
    this.#setUp(need, name);
    if (need.group !== undefined && (link.group ?? 0) !== need.group) this.#network.setLinkGroup(link.index, need.group);
    this.#network.raiseLink(link.index);
    this.#look(name);
    this.#ready.set(name, link.index);
    if (found === undefined) this.#log.info(`(${need.owner}): Success creating VMAC interface ${name}`);
    if (need.tell) this.#network.setLinkGroup(base.index, base.group ?? 0);
  }

  #add(name: string, { owner, kind, mode, hardwareAddress, group }: LinkNeed, base: Link): void {
    this.#made.set(name, owner);
    this.#record.write([...this.#made.keys()]); // before the kernel is told
    try {
      this.#network.addLink({ name, stacked: { kind, mode, base: base.index }, hardwareAddress, group });
    } catch (error) {
      this.#made.delete(name);
      this.#record.write([...this.#made.keys()]);
      throw error;
    }
    this.#look(name);
  }

  /** The kernel's report is on its way; until then it would seem to be missing. */
  #look(name: string): void {
    const link = this.#network.links().find((one) => one.name === name);
    if (link !== undefined) this.#kernel.foretell(link);
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
      if (this.#network.readSetting(setting.name) === undefined) return undefined; // a kernel without IPv6 has none of its settings
      // Also what it is already: the kernel then no longer has it follow the default.
      this.#network.writeSetting(setting);
      const after = this.#network.readSetting(setting.name);
      return after === setting.value ? undefined : `it is ${after ?? "gone"}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #complain(need: LinkNeed, error: unknown, retryAt: Micros): void {
    const text = error instanceof Error ? error.message : String(error);
    const before = this.#failures.get(need.key);
    this.#failures.set(need.key, { text, retryAt, layout: this.#kernel.layout });
    if (before?.text === text) return;
    this.#log.error(`(${need.owner}): Unable to create VMAC interface ${this.#names.get(need.key) ?? ""}: ${text}`);
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
      const owner = this.#made.get(name);
      this.#made.delete(name);
      this.#ready.delete(name);
      const link = this.#kernel.linkNamed(name);
      if (link === undefined) return;
      this.#kernel.bury(link.index);
      this.#log.info(`(${owner ?? "left by a previous run"}) Success removing VMAC interface ${name}`);
    });
    this.#record.write([...this.#made.keys()]);
  }
}

interface Failure {
  readonly text: string;
  readonly retryAt: Micros;
  /** What the kernel had when it failed: when that changes, it is tried at once. */
  readonly layout: number;
}

function linkSettings({ family, ipv6 }: LinkNeed, name: string): Setting[] {
  const ipv4 = { arp_ignore: 1, accept_local: 1, rp_filter: 0, promote_secondaries: 1 };
  return [
    ...Object.entries(family === 4 ? ipv4 : {}).map(([setting, value]) => ({ name: `net/ipv4/conf/${name}/${setting}`, value })),
    { name: `net/ipv6/conf/${name}/disable_ipv6`, value: ipv6 ? 0 : 1 },
    { name: `net/ipv6/conf/${name}/addr_gen_mode`, value: ADDRESS_GENERATION_NONE },
  ];
}

/** IN6_ADDR_GEN_MODE_NONE: no address of its own, which would be the same on every director. */
const ADDRESS_GENERATION_NONE = 1;

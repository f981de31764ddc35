import type { BlockedAddress, Firewall, FirewallPlace, FirewallTable, SilencedLink } from "../base/firewall.ts";
import { KernelError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { MILLISECOND, SECOND } from "../base/time.ts";
import type { Clock, Micros } from "../base/time.ts";
import type { VrrpConfig } from "../conf/model.ts";
import { familiesOf } from "../net/firewall.ts";
import { hostKey } from "./address-work.ts";
import { PRIORITY_OWNER } from "./advert.ts";
import type { OwnedAddress } from "./host.ts";
import type { Instance } from "./instance.ts";
import type { KernelView } from "./kernel-view.ts";
import { linkNeeds } from "./placement.ts";
import type { RecordPart } from "./record-book.ts";

/** How often we look whether somebody has changed our rules; one question of 20 us. */
const LOOK: Micros = 250 * MILLISECOND;
/** After a refusal. */
const RETRY: Micros = SECOND;
const DEFAULT_TABLE = "keepalived";
/** Addresses that one transaction adds or takes out: 10,000 at once keep adverts waiting for a tenth of a second. */
const SLICE = 512;
/** From a kernel that has no nftables. */
const UNSUPPORTED = ["EOPNOTSUPP", "EPROTONOSUPPORT", "EAFNOSUPPORT"];
const BLOCKING = "cannot keep packets from no_accept addresses";
const SILENCING = "cannot keep the kernel's own IGMP, MLD and router solicitations off VMAC interfaces";

interface FirewallParts {
  readonly firewall: Firewall;
  readonly record: RecordPart<string>;
  readonly log: Log;
  readonly clock: Clock;
  readonly kernel: KernelView;
}

/**
 * Addresses of `no_accept` that nobody is to reach, while their instances are MASTER, and macvlans that are to be silent, all the
 * time. Rules come before the addresses and before the links are up, and go when these are gone; a MASTER without them says so and
 * is a MASTER all the same, as in keepalived.
 */
export class FirewallWork {
  readonly #parts: FirewallParts;
  #place: FirewallPlace | undefined;
  readonly #wanted = new Map<string, readonly BlockedAddress[]>();
  #silenced: readonly SilencedLink[] = [];
  /** The kernel lacks what that takes: not asked again before a reload. */
  #isSilencingRefused = false;
  /** Something in this configuration needs a table. */
  #needed = false;
  /** In the kernel, as far as we know. */
  #table: FirewallTable | undefined;
  /** The kernel's count of changes when ours was made, or when nothing of it had changed since. */
  #generation = 0;
  /** What the kernel said of it then; undefined: not asked since. */
  #contents: readonly string[] | undefined;
  /** What was in a table of ours that somebody has changed. */
  #lost: readonly BlockedAddress[] = [];
  /** Names of tables that a previous run may have left. */
  readonly #leftover = new Set<string>();
  #dirty = false;
  /** What is still to be added; undefined: to be worked out. */
  #missing: BlockedAddress[] | undefined;
  #lookAt: Micros | undefined;
  /** The last attempt failed: not before this time again. */
  #retryAt: Micros | undefined;
  #failure: string | undefined;

  constructor(parts: FirewallParts) {
    this.#parts = parts;
  }

  /** @param recorded tables of a previous run */
  adopt(recorded: readonly string[]): void {
    for (const name of recorded) this.#leftover.add(name);
  }

  /** At start and after a reload. The table keeps the name that it had at start, as in keepalived. */
  configure(config: VrrpConfig): void {
    const { iptables, nftables } = config.firewall;
    const before = this.#place;
    const blocking = config.instances.filter(isBlocking);
    const needed = blocking.length > 0 || config.instances.some((one) => linkNeeds("", one, config).some(({ kind }) => kind === "macvlan"));
    const table = nftables.table ?? DEFAULT_TABLE;
    if (needed && !this.#needed && nftables.table === undefined && iptables === undefined) this.#parts.log.info("use_vmac or no_accept/strict specified, but no firewall configured - using nftables");
    if (before === undefined && needed) this.#leftover.add(table);
    if (before !== undefined && before.table !== table) this.#parts.log.warning("Cannot change nftables table name at a reload - please restart regentd");
    this.#needed = needed;
    const { priority, counters, ifindex } = nftables;
    const next: FirewallPlace = { table: before?.table ?? table, priority, counters, linkLocalBy: ifindex || blocking.every((one) => one.trackPrimary) ? "index" : "name" };
    this.#place = next;
    if (before === undefined) this.#dirty = needed || this.#leftover.size > 0;
    else if (!isSamePlace(before, next) || this.#isSilencingRefused) this.#plan();
    this.#isSilencingRefused = false;
  }

  /** From now on exactly these links are to be silent; told before they come up, and when others are gone. */
  silence(links: readonly SilencedLink[]): void {
    if (isSameSilence(links, this.#silenced)) return;
    this.#silenced = links;
    this.#plan();
  }

  /** From now on exactly these addresses of `instance` are to be blocked, if any. */
  want({ key, config }: Instance, addresses: readonly OwnedAddress[]): void {
    const had = this.#wanted.has(key);
    const { kernel, log } = this.#parts;
    const blocked = isBlocking(config) ? addresses.map(({ address }) => ({ address: address.address, interface: { index: address.interfaceIndex, name: kernel.link(address.interfaceIndex)?.name ?? "" } })) : [];
    if (blocked.length > 0) {
      log.detail(`(${config.name}) setting firewall drop rule`);
      this.#wanted.set(key, blocked);
    } else if (had) {
      log.detail(`(${config.name}) removing firewall drop rule`);
      this.#wanted.delete(key);
    }
    if (had || blocked.length > 0) this.#plan();
  }

  /** Whether `grow` or `shrink` has something to do now. */
  get pending(): boolean {
    const now = this.#parts.clock.now();
    if (this.#retryAt !== undefined && now < this.#retryAt) return false;
    return this.#dirty || (this.#lookAt !== undefined && now >= this.#lookAt);
  }

  get dueAt(): Micros | undefined {
    return this.#retryAt ?? this.#lookAt;
  }

  /**
   * Before addresses come, and links come up: some of what is missing of the rules, what somebody took away included.
   *
   * @returns whether more is to come
   */
  grow(): boolean {
    if (!this.pending || this.#place === undefined) return false;
    if (!this.#isIntact()) this.#lose(this.#contents !== undefined);
    if (!this.#dirty || (this.#wanted.size === 0 && this.#toSilence.length === 0)) return false;
    const { blocked, silenced } = this.#table ?? NOTHING;
    this.#missing ??= firstOf(without(this.#allWanted(), blocked), this.#lost);
    // What is there while its rules are made anew is never reachable, whatever the transaction takes.
    const batch = this.#missing.splice(0, this.#table === undefined ? Math.max(SLICE, this.#lost.length) : SLICE);
    const links = withoutTwice([...this.#toSilence, ...silenced]);
    const moved = this.#table !== undefined && !isSamePlace(this.#table, this.#place);
    if (batch.length === 0 && isSameSilence(links, silenced) && !moved) return false;
    const next = { ...this.#place, blocked: [...blocked, ...batch], silenced: links };
    return this.#attempt(() => this.#apply(next)) && this.#missing?.length !== 0;
  }

  /** When addresses and links have gone: some of what is not wanted any more; of addresses, unless it is still there. */
  shrink(leftBehind: () => ReadonlySet<string>): void {
    if (!this.pending || !this.#dirty) return;
    const left = leftBehind();
    const stays = [...this.#lost, ...(this.#table?.blocked ?? [])].filter(({ address, interface: { index } }) => left.has(hostKey(address, index)));
    const wanted = union(this.#allWanted(), stays);
    const surplus = without(this.#table?.blocked ?? [], wanted);
    const later = wanted.length === 0 ? [] : surplus.slice(SLICE);
    const silenced = this.#toSilence;
    const next = this.#place === undefined || (wanted.length === 0 && silenced.length === 0) ? undefined : { ...this.#place, blocked: [...wanted, ...later], silenced };
    const done = this.#attempt(() => {
      const there = isEqual(this.#table, next) || this.#apply(next);
      this.#removeLeftovers();
      if (there && later.length === 0) this.#note();
    });
    if (done && !this.#dirty) this.#parts.record.write(next === undefined ? [] : [next.table]);
  }

  /** Never throws. */
  releaseAll(): void {
    this.#wanted.clear();
    this.#silenced = [];
    if (this.#table !== undefined) this.#leftover.add(this.#table.table);
    this.#table = undefined;
    this.#lost = [];
    this.#lookAt = undefined;
    const had = this.#leftover.size > 0;
    if (this.#attempt(() => this.#removeLeftovers()) && had) this.#parts.record.write([]);
    this.#dirty = false;
    this.#retryAt = undefined;
  }

  #allWanted(): BlockedAddress[] {
    return [...this.#wanted.values()].flat();
  }

  get #toSilence(): readonly SilencedLink[] {
    return this.#isSilencingRefused ? [] : this.#silenced;
  }

  #plan(): void {
    this.#dirty = true;
    this.#missing = undefined;
  }

  /** Whether the kernel still has what we gave it; looked at before every change, and every now and then. */
  #isIntact(): boolean {
    const { firewall, clock } = this.#parts;
    const table = this.#table;
    const now = clock.now();
    if (table === undefined || (!this.#dirty && (this.#lookAt === undefined || now < this.#lookAt))) return true;
    this.#lookAt = now + LOOK;
    let intact = true;
    this.#attempt(() => {
      const generation = firewall.generation();
      if (generation === this.#generation) return;
      intact = this.#contents !== undefined && isSame(firewall.contents(table), this.#contents);
      this.#generation = generation;
    });
    return intact;
  }

  /** @param ours it is known to be our table that was changed */
  #lose(ours: boolean): void {
    const { log } = this.#parts;
    const name = this.#table?.table ?? "";
    if (ours) log.warning(`Somebody has changed nftables table ${name}: putting our rules back`);
    else log.info(`Somebody has changed nftables while table ${name} was being filled: making it anew`);
    this.#lost = union(this.#lost, this.#table?.blocked ?? []);
    if (this.#table !== undefined) this.#leftover.add(this.#table.table);
    this.#table = undefined;
    this.#lookAt = undefined;
    this.#plan();
  }

  /** One transaction that adds and removes, or makes all of it anew. @returns false when another one is to be tried @throws KernelError */
  #apply(next: FirewallTable | undefined): boolean {
    const { firewall, record, clock } = this.#parts;
    const before = this.#table;
    if (next !== undefined) record.write([...new Set([...this.#leftover, next.table])]);
    try {
      if (next === undefined) firewall.remove(before?.table ?? "", []);
      else if (before !== undefined && isSamePlace(before, next)) firewall.change(before, next);
      else {
        firewall.change(undefined, next);
        firewall.remove(next.table, familiesOf(next));
      }
    } catch (error) {
      if (!(error instanceof KernelError) || next === undefined) throw error;
      if (next.silenced.length > 0 && lacksWhatItTakes(error)) this.#refuseSilencing(error);
      else if (error.code === "ENOENT" && before !== undefined) this.#lose(true);
      else throw error;
      return false;
    }
    this.#table = next;
    this.#lookAt = next === undefined ? undefined : clock.now() + LOOK;
    this.#generation = next === undefined ? 0 : firewall.generation();
    this.#contents = undefined;
    this.#dirty = true; // what it looks like in the kernel is noted when addresses do not wait for it
    return true;
  }

  /** Addresses are blocked without it: their rules take less. */
  #refuseSilencing(error: KernelError): void {
    this.#parts.log.error(`${SILENCING}: ${error.message}`);
    this.#isSilencingRefused = true;
    this.#plan();
  }

  /** What it looks like now that all is done. @throws KernelError */
  #note(): void {
    const { firewall } = this.#parts;
    const table = this.#table;
    const contents = table === undefined ? [] : firewall.contents(table);
    if (table !== undefined && firewall.generation() !== this.#generation) return this.#lose(false);
    this.#contents = contents;
    this.#lost = [];
    this.#dirty = false;
    this.#failure = undefined;
  }

  /** @throws KernelError */
  #removeLeftovers(): void {
    for (const name of this.#leftover) {
      this.#parts.firewall.remove(name, name === this.#table?.table ? familiesOf(this.#table) : []);
      this.#leftover.delete(name);
    }
  }

  /** What fails is said once and tried again. */
  #attempt(act: () => void): boolean {
    const { log, clock } = this.#parts;
    try {
      act();
      this.#retryAt = undefined;
      return true;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text !== this.#failure) log.error(`${this.#wanted.size === 0 && this.#silenced.length > 0 ? SILENCING : BLOCKING}: ${text}`);
      this.#failure = text;
      this.#plan();
      this.#retryAt = clock.now() + RETRY;
      return false;
    }
  }
}

/** Whether packets to its addresses are dropped; an owner's never are. */
function isBlocking({ accept, priority }: Instance["config"]): boolean {
  return !accept && priority !== PRIORITY_OWNER;
}

function keyOf({ address, interface: device }: BlockedAddress): string {
  return `${address} ${device.index} ${device.name}`;
}

function union(one: readonly BlockedAddress[], other: readonly BlockedAddress[]): BlockedAddress[] {
  return [...new Map([...one, ...other].map((blocked) => [keyOf(blocked), blocked])).values()];
}

/** All of `these`, those of `first` at the beginning. */
function firstOf(these: readonly BlockedAddress[], first: readonly BlockedAddress[]): BlockedAddress[] {
  const others = without(these, first);
  return [...without(these, others), ...others];
}

function without(these: readonly BlockedAddress[], those: readonly BlockedAddress[]): BlockedAddress[] {
  const keys = new Set(those.map(keyOf));
  return these.filter((one) => !keys.has(keyOf(one)));
}

function isSamePlace(one: FirewallPlace, other: FirewallPlace): boolean {
  return one.table === other.table && one.priority === other.priority && one.counters === other.counters && one.linkLocalBy === other.linkLocalBy;
}

/** Neither holds an address twice. */
function isEqual(one: FirewallTable | undefined, other: FirewallTable | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const keys = new Set(one.blocked.map(keyOf));
  const isSameBlocked = keys.size === other.blocked.length && other.blocked.every((blocked) => keys.has(keyOf(blocked)));
  return isSamePlace(one, other) && isSameBlocked && isSameSilence(one.silenced, other.silenced);
}

const NOTHING: Pick<FirewallTable, "blocked" | "silenced"> = { blocked: [], silenced: [] };

/** Of two for the same link the first. */
function withoutTwice(links: readonly SilencedLink[]): SilencedLink[] {
  return [...new Map(links.toReversed().map((link) => [link.index, link])).values()].reverse();
}

/** Whatever the order. */
function isSameSilence(one: readonly SilencedLink[], other: readonly SilencedLink[]): boolean {
  const keys = new Set(one.map(silenceKey));
  return keys.size === other.length && other.every((link) => keys.has(silenceKey(link)));
}

function silenceKey({ index, base, families }: SilencedLink): string {
  return `${index} ${base} ${families.join(" ")}`;
}

function lacksWhatItTakes({ operation, code }: KernelError): boolean {
  return operation.startsWith("NFT_MSG_NEWRULE") || UNSUPPORTED.includes(code);
}

function isSame(one: readonly string[], other: readonly string[] | undefined): boolean {
  return one.length === other?.length && one.every((word, i) => word === other[i]);
}

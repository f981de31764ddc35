import type { Log } from "../base/log.ts";
import type { HostNetwork, Installed } from "../base/ports.ts";
import { KEEPALIVED_PROTOCOL } from "../base/network.ts";
import type { KernelRoute, KernelRule } from "../base/routing.ts";
import type { Route, Rule, VrrpConfig } from "../conf/model.ts";
import { groupedBy } from "./grouped.ts";
import type { Instance } from "./instance.ts";
import type { KernelView } from "./kernel-view.ts";
import { ObjectWork } from "./object-work.ts";
import type { RecordBook } from "./record-book.ts";
import { destinationKey, isOpen, ownedRoute, ownedRule, routeKey, ruleKey, sameWays } from "./routing.ts";
import type { OwnedRoute, OwnedRule, RoutePlacement } from "./routing.ts";

/** Per slice: the kernel takes one to two milliseconds for as many. */
const SLICE = 128;

/** What somebody else took away. */
export interface Loss {
  readonly owner: string;
  /** E.g. "route 203.0.113.0/24 via 192.0.2.254". */
  readonly what: string;
  /** Not `no_track`. */
  readonly track: boolean;
}

/**
 * Routes and rules of all owners. Rules go before routes and come behind them; the caller does the addresses between what is
 * removed and what is added.
 */
export class RoutingWork {
  readonly #network: HostNetwork;
  readonly #log: Log;
  readonly #kernel: KernelView;
  readonly #routes: ObjectWork<RoutePlacement, KernelRoute>;
  readonly #rules: ObjectWork<KernelRule, KernelRule>;
  /** What each owner wants by the configuration, for when interfaces come and go. */
  readonly #wanted = new Map<string, { readonly routes: readonly Route[]; readonly rules: readonly Rule[] }>();
  /** Something may have been taken away unseen: compare at the next `findLost`. */
  #suspicious = false;
  /** The kernel has taken routes along with addresses that we removed. */
  #bereft = false;

  constructor(network: HostNetwork, record: RecordBook, log: Log, kernel: KernelView) {
    this.#network = network;
    this.#log = log;
    this.#kernel = kernel;
    this.#routes = new ObjectWork(
      {
        add: (routes) => network.addRoutes(routes),
        remove: (routes) => network.deleteRoutes(routes),
        list: () => network.routes(),
        told: ({ route }) => route,
        groupOf: destinationKey,
        is: sameWays,
        isListed: ({ protocol }) => protocol === KEEPALIVED_PROTOCOL,
        keyOf: routeKey,
        keyIsAll: false,
      },
      record.part("routes"),
      log,
    );
    this.#rules = new ObjectWork(
      {
        add: (rules) => network.addRules(rules),
        remove: (rules) => network.deleteRules(rules),
        list: () => network.rules(),
        told: (rule) => rule,
        groupOf: ruleKey,
        is: () => true,
        isListed: () => true,
        keyOf: ruleKey,
        keyIsAll: true,
      },
      record.part("rules"),
      log,
    );
  }

  /**
   * What a previous run left: what it recorded, and what equals a configured route or rule and carries keepalived's mark,
   * as keepalived judges.
   */
  adopt(recorded: Pick<Installed, "routes" | "rules">, config: VrrpConfig): void {
    const routes = [config.staticRoutes, ...config.instances.map((one) => one.virtualRoutes)].flat();
    const rules = [config.staticRules, ...config.instances.map((one) => one.virtualRules)].flat();
    if (routes.length + rules.length + recorded.routes.length + recorded.rules.length === 0) return;
    const ours = groupedBy([...recorded.routes, ...this.#placed("", routes).owned.map(({ item }) => item.route)], destinationKey);
    // Another originator's mark is not dumped; to delete what is not there does no harm.
    const unmarked = recorded.routes.filter(({ protocol }) => protocol !== KEEPALIVED_PROTOCOL);
    this.#routes.adopt([...this.#network.routes().filter((shown) => ours.get(destinationKey(shown))?.some((told) => sameWays(told, shown))), ...unmarked]);
    const recordedRules = new Set(recorded.rules.map(ruleKey));
    const configured = new Set(rules.map((rule) => ownedRule("", rule).key));
    this.#rules.adopt(this.#network.rules().filter((shown) => {
      const key = ruleKey(shown);
      return recordedRules.has(key) || (shown.protocol === KEEPALIVED_PROTOCOL && configured.has(key));
    }));
  }

  /** A MASTER's, or a configuration's static ones. */
  want(owner: string, routes: readonly Route[], rules: readonly Rule[]): void {
    if (routes.length + rules.length === 0) this.#wanted.delete(owner);
    else this.#wanted.set(owner, { routes, rules });
    this.#place(owner, true);
  }

  install(instance: Instance): void {
    const { name, virtualRoutes, virtualRules } = instance.config;
    if (virtualRoutes.length > 0) this.#log.detail(`(${name}) setting Virtual Routes`);
    if (virtualRules.length > 0) this.#log.detail(`(${name}) setting Virtual Rules`);
    this.want(instance.key, virtualRoutes, virtualRules);
  }

  remove(instance: Instance): void {
    const { name, virtualRoutes, virtualRules } = instance.config;
    if (virtualRules.length > 0) this.#log.detail(`(${name}) removing Virtual Rules`);
    if (virtualRoutes.length > 0) this.#log.detail(`(${name}) removing Virtual Routes`);
    this.want(instance.key, [], []);
  }

  /** Interfaces or addresses have changed: what could not be added may be possible now, and what was there may be gone. */
  linksChanged(): void {
    if (this.#wanted.size === 0) return;
    this.#suspicious = true;
    for (const owner of this.#wanted.keys()) this.#place(owner, false);
    this.#routes.retry();
    this.#rules.retry();
  }

  noteDeletion(event: { readonly type: "routeDeleted"; readonly route: KernelRoute } | { readonly type: "ruleDeleted"; readonly rule: KernelRule }): void {
    this.#suspicious ||= event.type === "routeDeleted" ? this.#routes.concerns(event.route) : this.#rules.concerns(event.rule);
  }

  /** Events were lost. */
  suspect(): void {
    this.#suspicious = this.#wanted.size > 0;
  }

  /**
   * What was taken away since the last time, when anything may have been. Nothing is put back.
   *
   * @throws KernelError when the kernel cannot be asked; then the question stays open
   */
  findLost(): Loss[] {
    if (!this.#suspicious) return [];
    const [shownRoutes, shownRules] = [this.#routes.list(), this.#rules.list()];
    const routes = this.#routes.findLost(shownRoutes, (route) => !this.#bereft && this.#isUsable(route));
    const rules = this.#rules.findLost(shownRules, () => true);
    if (this.#routes.unanswered || this.#bereft) this.#routes.retry();
    if (this.#rules.unanswered) this.#rules.retry();
    this.#bereft = false;
    this.#suspicious = false;
    return [
      ...routes.map(({ owner, text, track }) => ({ owner, what: `route ${text}`, track })),
      ...rules.map(({ owner, text, track }) => ({ owner, what: `rule ${text}`, track })),
    ];
  }

  /** The kernel took routes along with an address that we removed: they come back, and nobody is to blame. */
  repair(): void {
    this.#bereft = true;
    this.#suspicious = true;
  }

  /** Whether `findLost` has something to ask. */
  get asking(): boolean {
    return this.#suspicious;
  }

  /** What of `owner` was taken away and matters is added again. */
  putBack(owner: string): void {
    this.#routes.putBack(owner);
    this.#rules.putBack(owner);
  }

  get pending(): boolean {
    return this.#routes.pending || this.#rules.pending;
  }

  /** Before addresses are removed. @returns whether there was something to do */
  removeSlice(): boolean {
    return this.#rules.removeSlice(SLICE) || this.#routes.removeSlice(SLICE);
  }

  /** When all addresses are there. @returns whether there was something to do */
  addSlice(): boolean {
    const busy = this.#routes.addSlice(SLICE) || this.#rules.addSlice(SLICE);
    if (busy && !this.pending) this.#suspicious ||= this.#routes.unanswered || this.#rules.unanswered || this.#routes.lacks(isOpen);
    return busy;
  }

  /** Never throws. */
  releaseAll(): void {
    this.#wanted.clear();
    this.#rules.releaseAll();
    this.#routes.releaseAll();
  }

  #place(owner: string, again: boolean): void {
    const { routes, rules } = this.#wanted.get(owner) ?? { routes: [], rules: [] };
    const { owned, missing } = this.#placed(owner, routes);
    const before = this.#routes.wantedBy(owner);
    const same = before.length === owned.length && owned.every(({ key }, i) => before[i]?.key === key);
    if (again) for (const line of missing) this.#log.info(line);
    if (again || !same) this.#routes.want(owner, owned);
    if (again) this.#rules.want(owner, rules.map((rule): OwnedRule => ownedRule(owner, rule)));
  }

  #placed(owner: string, routes: readonly Route[]): { readonly owned: OwnedRoute[]; readonly missing: string[] } {
    const owned: OwnedRoute[] = [];
    const missing: string[] = [];
    for (const route of routes) {
      const one = ownedRoute(owner, route, this.#kernel);
      if (typeof one !== "string") owned.push(one);
      else missing.push(`Not adding route ${route.to.address}/${route.to.prefixLength} since interface ${one} doesn't exist`);
    }
    return { owned, missing };
  }

  /** Whether every interface that it leads through is up: with one that went down the kernel takes the route away itself. */
  #isUsable({ interfaceIndex, nexthops }: KernelRoute): boolean {
    const indexes = [interfaceIndex, ...nexthops.map((hop) => hop.interfaceIndex)];
    return indexes.every((index) => index === undefined || index === 0 || this.#kernel.link(index)?.up === true);
  }
}

import { KernelError } from "../../../src/base/errors.ts";
import type { KernelEvent, Link } from "../../../src/base/network.ts";
import type { RouteAddition, Setting } from "../../../src/base/ports.ts";
import type { KernelRoute, KernelRule } from "../../../src/base/routing.ts";

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What makes a route another one to the kernel: everything but what can change, and the ways out of no way. */
function identity(route: KernelRoute): unknown {
  return { ...route, metrics: {}, congctl: undefined, expiresS: undefined, pref: undefined, ttlPropagate: undefined };
}

function destination({ family, to, table, tos, metric }: KernelRoute): unknown {
  return [family, to, table, tos, metric];
}

/** Routes, rules and settings of one host. */
export class FakeRouting {
  #routes: KernelRoute[] = [];
  #rules: KernelRule[] = [];
  readonly #settings = new Map<string, number>();
  readonly #emit: (event: KernelEvent) => void;
  readonly #link: (index: number) => Link | undefined;
  /** Each change of ours, e.g. "+203.0.113.0/24", "-rule 1000". */
  readonly changes: string[] = [];
  /** Preferences and destinations whose deletion fails. */
  readonly stuck = new Set<string | number>();

  constructor(emit: (event: KernelEvent) => void, link: (index: number) => Link | undefined) {
    this.#emit = emit;
    this.#link = link;
  }

  routes(): KernelRoute[] {
    return [...this.#routes];
  }

  rules(): KernelRule[] {
    return [...this.#rules];
  }

  addRoutes(routes: readonly RouteAddition[]): (Error | undefined)[] {
    return routes.map(({ route, mode }) => {
      const name = `${route.to.address}/${route.to.prefixLength}`;
      for (const index of [route.interfaceIndex, ...route.nexthops.map((hop) => hop.interfaceIndex)]) {
        if (index === undefined) continue;
        if (this.#link(index) === undefined) return new KernelError(`RTM_NEWROUTE ${name}`, "ENODEV");
        if (this.#link(index)?.up !== true) return new KernelError(`RTM_NEWROUTE ${name}`, "ENETDOWN");
      }
      const exists = this.#routes.some((one) => (mode === "add" ? same(destination(one), destination(route)) : same(identity(one), identity(route)) && same(one, route)));
      if (exists) return new KernelError(`RTM_NEWROUTE ${name}`, "EEXIST");
      this.changes.push(`+${name}`);
      this.#routes.unshift(route);
      return undefined;
    });
  }

  deleteRoutes(routes: readonly KernelRoute[]): (Error | undefined)[] {
    return routes.map((route) => {
      const name = `${route.to.address}/${route.to.prefixLength}`;
      if (this.stuck.has(name)) return new KernelError(`RTM_DELROUTE ${name}`, "EPERM");
      const found = this.#routes.findIndex((one) => same(identity(one), identity(route)));
      if (found < 0) return undefined;
      this.changes.push(`-${name}`);
      this.#routes.splice(found, 1);
      return undefined;
    });
  }

  addRules(rules: readonly KernelRule[]): (Error | undefined)[] {
    return rules.map((rule) => {
      if (this.#rules.some((one) => same(one, rule))) return new KernelError(`RTM_NEWRULE ${rule.preference}`, "EEXIST");
      this.changes.push(`+rule ${rule.preference}`);
      this.#rules.push(rule);
      return undefined;
    });
  }

  deleteRules(rules: readonly KernelRule[]): (Error | undefined)[] {
    return rules.map((rule) => {
      if (this.stuck.has(rule.preference)) return new KernelError(`RTM_DELRULE ${rule.preference}`, "EPERM");
      const found = this.#rules.findIndex((one) => same(one, rule));
      if (found < 0) return undefined;
      this.changes.push(`-rule ${rule.preference}`);
      this.#rules.splice(found, 1);
      return undefined;
    });
  }

  readSetting(name: string): number | undefined {
    return this.#settings.get(name);
  }

  writeSetting({ name, value }: Setting): void {
    if (!this.#settings.has(name)) throw new KernelError(`write ${name}`, "ENOENT");
    this.changes.push(`${name} = ${value}`);
    this.#settings.set(name, value);
  }

  /** As the interface brings it along. */
  setSetting(name: string, value: number): void {
    this.#settings.set(name, value);
  }

  /** As somebody else does it. */
  putRoute(route: KernelRoute): void {
    this.#routes.push(route);
  }

  putRule(rule: KernelRule): void {
    this.#rules.push(rule);
  }

  takeRoute(to: string): void {
    const route = this.#routes.find((one) => `${one.to.address}/${one.to.prefixLength}` === to);
    if (route === undefined) throw new Error(`no route ${to}`);
    this.#routes.splice(this.#routes.indexOf(route), 1);
    if (route.protocol === 18) this.#emit({ type: "routeDeleted", route });
  }

  takeRule(preference: number): void {
    const rule = this.#rules.find((one) => one.preference === preference);
    if (rule === undefined) throw new Error(`no rule ${preference}`);
    this.#rules.splice(this.#rules.indexOf(rule), 1);
    this.#emit({ type: "ruleDeleted", rule });
  }

  /** An interface goes down: its IPv4 routes go with it, and the kernel says nothing. */
  dropRoutesOf(index: number): void {
    this.#routes = this.#routes.filter((route) => route.interfaceIndex !== index && !route.nexthops.some((hop) => hop.interfaceIndex === index));
  }

  /** What is there now, in short. */
  get held(): string[] {
    return [...this.#routes.map(({ to }) => `${to.address}/${to.prefixLength}`), ...this.#rules.map(({ preference }) => `rule ${preference}`)].sort();
  }
}

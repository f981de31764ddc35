import type { HostNetwork, LinkBeatMethod, NetlinkClient, RouteAddition, Setting } from "../base/ports.ts";
import type { InterfaceAddress, Link, NewLink } from "../base/network.ts";
import { KEEPALIVED_PROTOCOL } from "../base/network.ts";
import { KernelError } from "../base/errors.ts";
import type { KernelRoute, KernelRule } from "../base/routing.ts";
import { decodeAddress, describeAddress, encodeAddressDump, encodeDeleteAddress, encodeNewAddress } from "../net/addresses.ts";
import { decodeLink, encodeDeleteLink, encodeLinkDump, encodeLinkGroup, encodeLinkQuery, encodeNewLink, encodeRaiseLink } from "../net/links.ts";
import { decodeRoute, describeRoute, encodeDeleteRoute, encodeNewRoute, encodeRouteDump } from "../net/routes.ts";
import { decodeRule, describeRule, encodeDeleteRule, encodeNewRule, encodeRuleDump } from "../net/rules.ts";
import { linkBeat } from "./link-beat.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

const FAMILIES = [4, 6] as const;

interface Request {
  readonly message: Uint8Array;
  readonly operation: string;
}

/** The network of the namespace that `netlink` was opened in; settings are those of the calling thread's, which /proc/sys/net follows. */
export class KernelHostNetwork implements HostNetwork {
  readonly #netlink: NetlinkClient;
  readonly #prepared = new WeakMap<InterfaceAddress, Request>();

  constructor(netlink: NetlinkClient) {
    this.#netlink = netlink;
  }

  links(): Link[] {
    return this.#netlink.dump(encodeLinkDump(), "RTM_GETLINK").flatMap(({ payload }) => decodeLink(payload) ?? []);
  }

  link(name: string): Link | undefined {
    try {
      return this.#netlink.query(encodeLinkQuery(name), `RTM_GETLINK ${name}`).flatMap(({ payload }) => decodeLink(payload) ?? [])[0];
    } catch (error) {
      if (error instanceof KernelError && error.code === "ENODEV") return undefined;
      throw error;
    }
  }

  addresses(): InterfaceAddress[] {
    return this.#netlink.dump(encodeAddressDump(), "RTM_GETADDR").flatMap(({ payload }) => decodeAddress(payload) ?? []);
  }

  addLink(link: NewLink): void {
    this.#netlink.request(encodeNewLink(link), `RTM_NEWLINK ${link.stacked.kind} ${link.name}`);
  }

  raiseLink(index: number): void {
    this.#netlink.request(encodeRaiseLink(index), `RTM_NEWLINK up ${index}`);
  }

  setLinkGroup(index: number, group: number): void {
    this.#netlink.request(encodeLinkGroup(index, group), `RTM_NEWLINK group ${index}`);
  }

  deleteLinks(names: readonly string[]): (Error | undefined)[] {
    const requests = names.map((name) => ({ message: encodeDeleteLink(name), operation: `RTM_DELLINK ${name}` }));
    return this.#netlink.requestAll(requests).map(unless("ENODEV"));
  }

  prepare(addresses: readonly InterfaceAddress[]): void {
    for (const address of addresses) this.#addRequest(address);
  }

  addAddresses(addresses: readonly InterfaceAddress[]): (Error | undefined)[] {
    return this.#netlink.requestAll(addresses.map((address) => this.#addRequest(address))).map(unless("EEXIST"));
  }

  deleteAddresses(addresses: readonly InterfaceAddress[]): (Error | undefined)[] {
    const requests = addresses.map((address) => ({
      message: encodeDeleteAddress(address),
      operation: `RTM_DELADDR ${describeAddress(address)}`,
    }));
    return this.#netlink.requestAll(requests).map(unless("EADDRNOTAVAIL", "ENODEV"));
  }

  linkBeat(interfaceName: string, method: LinkBeatMethod): boolean | undefined {
    return linkBeat(interfaceName, method);
  }

  routes(): KernelRoute[] {
    const found = FAMILIES.flatMap((family) => this.#netlink.dump(encodeRouteDump(family, KEEPALIVED_PROTOCOL), "RTM_GETROUTE"));
    // A kernel before 4.20 sends everybody's.
    return found.flatMap(({ payload }) => decodeRoute(payload) ?? []).filter(({ protocol }) => protocol === KEEPALIVED_PROTOCOL);
  }

  rules(): KernelRule[] {
    const found = FAMILIES.flatMap((family) => this.#netlink.dump(encodeRuleDump(family), "RTM_GETRULE"));
    return found.flatMap(({ payload }) => decodeRule(payload) ?? []);
  }

  addRoutes(routes: readonly RouteAddition[]): (Error | undefined)[] {
    return this.#netlink.requestAll(routes.map(({ route, mode }) => ({ message: encodeNewRoute(route, mode), operation: `RTM_NEWROUTE ${describeRoute(route)}` })));
  }

  deleteRoutes(routes: readonly KernelRoute[]): (Error | undefined)[] {
    const requests = routes.map((route) => ({ message: encodeDeleteRoute(route), operation: `RTM_DELROUTE ${describeRoute(route)}` }));
    return this.#netlink.requestAll(requests).map(unless("ESRCH", "ENODEV"));
  }

  addRules(rules: readonly KernelRule[]): (Error | undefined)[] {
    return this.#netlink.requestAll(rules.map((rule) => ({ message: encodeNewRule(rule), operation: `RTM_NEWRULE ${describeRule(rule)}` })));
  }

  deleteRules(rules: readonly KernelRule[]): (Error | undefined)[] {
    const requests = rules.map((rule) => ({ message: encodeDeleteRule(rule), operation: `RTM_DELRULE ${describeRule(rule)}` }));
    return this.#netlink.requestAll(requests).map(unless("ENOENT"));
  }

  readSetting(name: string): number | undefined {
    return readSysctl(name);
  }

  writeSetting({ name, value }: Setting): void {
    writeSysctl(name, value);
  }

  #addRequest(address: InterfaceAddress): Request {
    let request = this.#prepared.get(address);
    if (request === undefined) {
      request = { message: encodeNewAddress(address), operation: `RTM_NEWADDR ${describeAddress(address)}` };
      this.#prepared.set(address, request);
    }
    return request;
  }
}

/** Refusals that mean the wanted state is there already. */
function unless(...codes: readonly string[]): (error: Error | undefined) => Error | undefined {
  return (error) => (error instanceof KernelError && codes.includes(error.code) ? undefined : error);
}

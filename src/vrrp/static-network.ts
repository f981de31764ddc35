import type { StaticAddress, VrrpConfig } from "../conf/model.ts";
import type { AddressWork } from "./address-work.ts";
import type { OwnedAddress } from "./host.ts";
import type { KernelView } from "./kernel-view.ts";
import { addressKey, interfaceAddress } from "./network.ts";
import type { RoutingWork } from "./routing-work.ts";

/** Owner of what is there for the life of the daemon; no instance's key looks like it. */
export const STATIC_OWNER = "static";

interface StaticParts {
  readonly work: AddressWork;
  readonly routing: RoutingWork;
  readonly kernel: KernelView;
}

/** `static_ipaddress`, `static_routes` and `static_rules`: there as long as we run, whoever is MASTER. */
export class StaticNetwork {
  readonly #parts: StaticParts;
  #addresses: readonly StaticAddress[] = [];
  #placed: readonly OwnedAddress[] = [];

  constructor(parts: StaticParts) {
    this.#parts = parts;
  }

  /** At start and after a reload, which puts back whatever was taken away. @returns log lines */
  configure(config: VrrpConfig): string[] {
    this.#addresses = config.staticAddresses;
    this.#placed = this.#place();
    this.#parts.work.want(STATIC_OWNER, this.#placed);
    this.#parts.routing.want(STATIC_OWNER, config.staticRoutes, config.staticRules);
    return this.#addresses
      .filter((one) => this.#parts.kernel.linkNamed(one.interface) === undefined)
      .map((one) => `Not adding static address ${one.address} to ${one.interface} since interface doesn't exist`);
  }

  /** Interfaces may have come and gone. */
  linksChanged(): void {
    if (this.#addresses.length === 0) return;
    const placed = this.#place();
    if (placed.length === this.#placed.length && placed.every(({ key }, i) => key === this.#placed[i]?.key)) return;
    this.#placed = placed;
    this.#parts.work.want(STATIC_OWNER, placed);
  }

  #place(): OwnedAddress[] {
    return this.#addresses.flatMap((one) => {
      const link = this.#parts.kernel.linkNamed(one.interface);
      if (link === undefined) return [];
      const address = interfaceAddress(one, link.index);
      return [{ owner: STATIC_OWNER, address, key: addressKey(address), track: one.track }];
    });
  }
}

/** Interfaces that an instance follows because its `track_group` is named by something static on them. */
export function followedInterfaces(config: VrrpConfig, instanceName: string): string[] {
  const groups = new Set(config.trackGroups.filter(({ members }) => members.includes(instanceName)).map(({ name }) => name));
  if (groups.size === 0) return [];
  const follows = ({ trackGroup }: { readonly trackGroup: string | undefined }) => trackGroup !== undefined && groups.has(trackGroup);
  return [
    ...config.staticAddresses.filter(follows).map((one) => one.interface),
    ...config.staticRoutes.filter(follows).flatMap((one) => one.interface ?? []),
    ...config.staticRules.filter(follows).flatMap(({ iif, oif }) => [iif, oif].filter((name) => name !== undefined)),
  ];
}

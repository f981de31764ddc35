import type { HostNetwork, NetlinkClient } from "../base/ports.ts";
import type { InterfaceAddress, Link } from "../base/network.ts";
import { KernelError } from "../base/errors.ts";
import { decodeAddress, describeAddress, encodeAddressDump, encodeDeleteAddress, encodeNewAddress } from "../net/addresses.ts";
import { decodeLink, encodeLinkDump } from "../net/links.ts";

/** The links and addresses of the namespace that `netlink` was opened in. */
export class KernelHostNetwork implements HostNetwork {
  readonly #netlink: NetlinkClient;

  constructor(netlink: NetlinkClient) {
    this.#netlink = netlink;
  }

  links(): Link[] {
    return this.#netlink.dump(encodeLinkDump(), "RTM_GETLINK").flatMap(({ payload }) => decodeLink(payload) ?? []);
  }

  addresses(): InterfaceAddress[] {
    return this.#netlink.dump(encodeAddressDump(), "RTM_GETADDR").flatMap(({ payload }) => decodeAddress(payload) ?? []);
  }

  addAddresses(addresses: readonly InterfaceAddress[]): (Error | undefined)[] {
    const requests = addresses.map((address) => ({
      message: encodeNewAddress(address),
      operation: `RTM_NEWADDR ${describeAddress(address)}`,
    }));
    return this.#netlink.requestAll(requests).map(unless("EEXIST"));
  }

  deleteAddresses(addresses: readonly InterfaceAddress[]): (Error | undefined)[] {
    const requests = addresses.map((address) => ({
      message: encodeDeleteAddress(address),
      operation: `RTM_DELADDR ${describeAddress(address)}`,
    }));
    return this.#netlink.requestAll(requests).map(unless("EADDRNOTAVAIL", "ENODEV"));
  }
}

/** Refusals that mean the wanted state is there already. */
function unless(...codes: readonly string[]): (error: Error | undefined) => Error | undefined {
  return (error) => (error instanceof KernelError && codes.includes(error.code) ? undefined : error);
}

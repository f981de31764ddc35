import type { HostNetwork, NetlinkClient } from "../base/ports.ts";
import type { InterfaceAddress, Link } from "../base/network.ts";
import { KernelError } from "../base/errors.ts";
import { decodeAddress, describeAddress, encodeAddressDump, encodeDeleteAddress, encodeNewAddress } from "../net/addresses.ts";
import { decodeLink, encodeLinkDump } from "../net/links.ts";

interface Request {
  readonly message: Uint8Array;
  readonly operation: string;
}

/** The links and addresses of the namespace that `netlink` was opened in. */
export class KernelHostNetwork implements HostNetwork {
  readonly #netlink: NetlinkClient;
  readonly #prepared = new WeakMap<InterfaceAddress, Request>();

  constructor(netlink: NetlinkClient) {
    this.#netlink = netlink;
  }

  links(): Link[] {
    return this.#netlink.dump(encodeLinkDump(), "RTM_GETLINK").flatMap(({ payload }) => decodeLink(payload) ?? []);
  }

  addresses(): InterfaceAddress[] {
    return this.#netlink.dump(encodeAddressDump(), "RTM_GETADDR").flatMap(({ payload }) => decodeAddress(payload) ?? []);
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

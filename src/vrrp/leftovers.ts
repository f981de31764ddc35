import { KEEPALIVED_PROTOCOL } from "../base/network.ts";
import type { InterfaceAddress } from "../base/network.ts";
import { PRIORITY_OWNER } from "./advert.ts";
import type { Instance } from "./instance.ts";
import type { KernelView } from "./kernel-view.ts";
import { addressKey } from "./network.ts";
import { virtualPlaces } from "./placement.ts";

/**
 * What a previous run left on the interfaces: what it recorded, and what equals a configured virtual address, as
 * keepalived judges. The interface's real address, which is an owner's virtual one, is no leftover.
 */
export function leftovers(
  recorded: readonly InterfaceAddress[],
  present: readonly InterfaceAddress[],
  instances: readonly Pick<Instance, "config" | "placement">[],
  kernel: KernelView,
): InterfaceAddress[] {
  const ours = new Set(recorded.map(addressKey));
  const virtual = virtualPlaces(instances);
  return present.filter((address) => {
    if (ours.has(addressKey(address))) return true;
    const config = virtual.get(`${kernel.link(address.interfaceIndex)?.name ?? ""} ${address.address}`);
    return config !== undefined && (config.priority !== PRIORITY_OWNER || address.protocol === KEEPALIVED_PROTOCOL);
  });
}

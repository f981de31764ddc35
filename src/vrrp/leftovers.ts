import { KEEPALIVED_PROTOCOL } from "../base/network.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { VrrpConfig } from "../conf/model.ts";
import { PRIORITY_OWNER } from "./advert.ts";
import type { KernelView } from "./kernel-view.ts";
import { addressKey } from "./network.ts";

/**
 * What a previous run left on the interfaces: what it recorded, and what equals a configured virtual address, as
 * keepalived judges. The interface's real address, which is an owner's virtual one, is no leftover.
 */
export function leftovers(
  recorded: readonly InterfaceAddress[],
  present: readonly InterfaceAddress[],
  config: VrrpConfig,
  kernel: KernelView,
): InterfaceAddress[] {
  const ours = new Set(recorded.map(addressKey));
  const virtual = new Map<string, boolean>();
  for (const { priority, virtualAddresses, excludedAddresses } of config.instances) {
    for (const vip of [...virtualAddresses, ...excludedAddresses]) {
      virtual.set(`${vip.interface} ${vip.address}`, priority === PRIORITY_OWNER);
    }
  }
  return present.filter((address) => {
    if (ours.has(addressKey(address))) return true;
    const owner = virtual.get(`${kernel.link(address.interfaceIndex)?.name ?? ""} ${address.address}`);
    return owner !== undefined && (!owner || address.protocol === KEEPALIVED_PROTOCOL);
  });
}

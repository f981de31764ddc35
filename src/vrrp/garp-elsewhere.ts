import type { OwnedAddress } from "./host.ts";
import type { Instance } from "./instance.ts";
import type { KernelView } from "./kernel-view.ts";

/**
 * `garp_extra_if`: one address of each interface that no advert leaves from, so that switches do not forget its MAC address. As
 * keepalived chooses: the first of them, and only on the macvlans of the instance unless `all` is written.
 */
export function announcedElsewhere({ config, placement }: Instance, wanted: readonly OwnedAddress[], kernel: KernelView): OwnedAddress[] {
  const macvlans = new Set(placement.links.values());
  const first = new Map<number, OwnedAddress>();
  for (const owned of wanted) {
    const { interfaceIndex } = owned.address;
    const name = kernel.link(interfaceIndex)?.name;
    if (name === undefined || name === placement.adverts || first.has(interfaceIndex)) continue;
    if (config.garpExtraIf.all || macvlans.has(name)) first.set(interfaceIndex, owned);
  }
  return [...first.values()];
}

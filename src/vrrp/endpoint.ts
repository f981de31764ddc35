import type { IpAddress } from "../base/ip.ts";
import type { InterfaceAddress, Link } from "../base/network.ts";
import { PRIORITY_OWNER, VRRP_PROTOCOL } from "./advert.ts";
import { AH_PROTOCOL } from "./ah.ts";
import type { SocketNeed } from "./advert-sockets.ts";
import type { Instance } from "./instance.ts";
import type { KernelView } from "./kernel-view.ts";

/** Where an instance speaks from and hears, as its host is now. */
export interface Endpoint {
  /** Undefined: there is no address that could be used. */
  readonly source: IpAddress | undefined;
  /** Undefined: its interface is missing, or it is a unicast instance without a source or peers. */
  readonly socket: SocketNeed | undefined;
  /** keepalived's words for a source address that is missing, with what stands in the way; undefined: there is one. */
  readonly fault: string | undefined;
}

/**
 * @param isVirtual addresses that we or another director put there are no source, except an owner's when it has no other
 */
export function endpointOf(instance: Instance, kernel: KernelView, isVirtual: (address: InterfaceAddress) => boolean): Endpoint {
  const { config } = instance;
  const device = config.interface === "" ? config.vrf : config.interface;
  const link = device === undefined ? undefined : kernel.linkNamed(device);
  if (device !== undefined && link === undefined) return { source: undefined, socket: undefined, fault: undefined };
  const speaking = link && speakingLink(instance, link, kernel);
  const home = config.ipvlan === undefined ? link : speaking;
  const source = config.ipvlan?.address?.address ?? config.sourceAddress ?? (home === undefined ? undefined : primarySource(instance, home.index, kernel, isVirtual));
  const place = speaking === undefined ? {} : { interfaceName: speaking.name, interfaceIndex: speaking.index };
  return {
    source,
    // The last known source: its socket has to say the priority 0 after the loss.
    socket: socketNeed(instance, place, source ?? instance.source),
    // A VRF has no addresses of its own: they are on the interfaces in it.
    fault: sourceFault(instance, source, config.interface === "" ? undefined : home?.index, kernel, isVirtual),
  };
}

/** The macvlan or ipvlan, if the instance speaks through one; nothing while that is missing. */
function speakingLink({ config, placement }: Instance, link: Link, kernel: KernelView): Link | undefined {
  if (placement.adverts !== config.interface) return kernel.linkNamed(placement.adverts);
  return config.ipvlan === undefined ? link : undefined;
}

function socketNeed({ config }: Instance, place: { interfaceName?: string; interfaceIndex?: number }, source: IpAddress | undefined): SocketNeed | undefined {
  const { family, authentication, unicast, multicastGroup: group } = config;
  const protocol = authentication.type === "ah" ? AH_PROTOCOL : VRRP_PROTOCOL;
  if (unicast !== undefined) return source === undefined || unicast.peers.length === 0 ? undefined : { family, protocol, source, ...place };
  const { interfaceName, interfaceIndex } = place;
  return interfaceName === undefined || interfaceIndex === undefined ? undefined : { family, protocol, group, interfaceName, interfaceIndex };
}

/** An owner's virtual address may be the interface's only one; anybody else needs an address of its own. */
function primarySource({ config, source }: Instance, index: number, kernel: KernelView, isVirtual: (address: InterfaceAddress) => boolean): IpAddress | undefined {
  const own = kernel.primary(config.family, index, isVirtual, source);
  return own ?? (config.priority === PRIORITY_OWNER ? kernel.primary(config.family, index, () => false, source) : undefined);
}

function sourceFault(
  { config }: Instance,
  source: IpAddress | undefined,
  index: number | undefined,
  kernel: KernelView,
  isVirtual: (address: InterfaceAddress) => boolean,
): string | undefined {
  const { family, sourceAddress, trackSrcIp } = config;
  if (source === undefined) {
    const unusable = index === undefined ? [] : kernel.unusable(family, index, isVirtual);
    return [`no IPv${family} address for interface`, ...unusable].join(", ");
  }
  const present = trackSrcIp && sourceAddress !== undefined ? kernel.holds(sourceAddress, index) : true;
  return present ? undefined : MISSING_SOURCE;
}

/** keepalived's words, also for a unicast source that cannot be bound to. */
export const MISSING_SOURCE = "src address not configured";

import { ipAddress } from "../../../src/base/ip.ts";
import { SECOND } from "../../../src/base/time.ts";
import type { FirewallConfig, GarpSchedule, SyncGroup, TrackScript, Unicast, VirtualAddress, VrrpConfig, VrrpInstance } from "../../../src/conf/model.ts";

export const GARP: GarpSchedule = {
  masterDelayUs: 5 * SECOND,
  masterRepeat: 5,
  masterRefreshUs: 0,
  masterRefreshRepeat: 1,
  lowerPrioDelayUs: 5 * SECOND,
  lowerPrioRepeat: 5,
};

export const FIREWALL: FirewallConfig = { iptables: undefined, ipsets: undefined, nftables: { table: undefined, priority: -1, ifindex: false, counters: false }, disableLocalIgmp: false };

export function vip(address: string, overrides: Partial<VirtualAddress> = {}): VirtualAddress {
  return {
    address: ipAddress(address),
    prefixLength: address.includes(":") ? 128 : 32,
    interface: "eth0",
    scope: 0,
    label: undefined,
    broadcast: undefined,
    peer: undefined,
    home: false,
    noPrefixRoute: false,
    managedTemporary: false,
    autojoin: false,
    duplicateDetection: false,
    preferredLifetimeS: undefined,
    track: true,
    useVmac: false,
    ...overrides,
  };
}

export function instance(overrides: Partial<VrrpInstance> = {}): VrrpInstance {
  return {
    name: "VI_1",
    family: 4,
    version: 2,
    interface: "eth0",
    vrf: undefined,
    vmac: undefined,
    useVmacAddr: false,
    ipvlan: undefined,
    vrid: 51,
    priority: 100,
    initialState: "BACKUP",
    advertIntervalUs: SECOND,
    downTimerAdverts: 3,
    preempt: true,
    preemptDelayUs: 0,
    timerExpiredBackup: undefined,
    strictMode: false,
    accept: true,
    authentication: { type: "none" },
    authHmac: undefined,
    multicastGroup: ipAddress("224.0.0.18"),
    unicast: undefined,
    sourceAddress: undefined,
    trackSrcIp: false,
    v3ChecksumAsV2: false,
    virtualAddresses: [vip("192.0.2.100")],
    excludedAddresses: [],
    noVirtualIpaddress: false,
    promoteSecondaries: false,
    virtualRoutes: [],
    virtualRules: [],
    onDeleted: "release",
    garp: GARP,
    holdIfFiltered: false,
    garpExtra: [],
    garpExtraIf: { intervalUs: 0, all: false },
    lowerPrioNoAdvert: false,
    higherPrioSendAdvert: false,
    ownerIgnoreAdverts: false,
    skipCheckAdvAddr: false,
    kernelRxBufSize: undefined,
    debug: 0,
    trackPrimary: true,
    linkbeatUsePolling: false,
    lvsSyncDaemonInterface: undefined,
    trackInterfaces: [],
    trackScripts: [],
    trackFiles: [],
    trackProcesses: [],
    trackBfds: [],
    configurationFault: undefined,
    ...overrides,
  };
}

/** The fields of a unicast instance with these peers. */
export function unicastTo(peers: readonly string[], overrides: Partial<Unicast> = {}): Pick<VrrpInstance, "unicast"> {
  const addresses = peers.map((address) => ({ address: ipAddress(address), minTtl: 0, maxTtl: 255 }));
  return { unicast: { peers: addresses, ttl: undefined, checkSource: false, oldChecksum: "auto", ...overrides } };
}

/** The fields of an IPv6 instance; its first address is link-local unless others are given. */
export function ipv6(addresses: readonly string[] = ["fe80::100", "2001:db8::100"]): Pick<VrrpInstance, "family" | "version" | "multicastGroup" | "virtualAddresses"> {
  return { family: 6, version: 3, multicastGroup: ipAddress("ff02::12"), virtualAddresses: addresses.map((address) => vip(address)) };
}

export function config(instances: readonly VrrpInstance[], overrides: Partial<VrrpConfig> = {}): VrrpConfig {
  return {
    instances,
    syncGroups: [],
    scripts: [],
    trackFiles: [],
    trackProcesses: [],
    trackGroups: [],
    staticAddresses: [],
    staticRoutes: [],
    staticRules: [],
    garpGroups: [],
    linkbeat: { usePolling: false, interfaces: [] },
    interfaceUpDownDelays: [],
    startupDelayUs: 0,
    logUnknownVrids: false,
    garpIntervalUs: 0,
    gnaIntervalUs: 0,
    vmacPrefix: "vrrp",
    vmacAddrPrefix: undefined,
    firewall: FIREWALL,
    ...overrides,
  };
}

export function group(name: string, members: readonly string[], overrides: Partial<SyncGroup> = {}): SyncGroup {
  return { name, members, trackInterfaces: [], trackScripts: [], trackFiles: [], trackProcesses: [], trackBfds: [], syncGroupTrackingWeight: false, ...overrides };
}

export function script(name: string, overrides: Partial<TrackScript> = {}): TrackScript {
  const argv = [`/etc/regent/${name}`];
  return { name, script: { text: argv.join(" "), argv }, intervalUs: SECOND, timeoutUs: SECOND, rise: 1, fall: 1, ...overrides };
}

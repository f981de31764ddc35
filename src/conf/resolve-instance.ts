import { ipAddress } from "../base/ip.ts";
import type { IpAddress, IpFamily } from "../base/ip.ts";
import { virtualMac } from "../base/virtual-mac.ts";
import type { GlobalDraft, InstanceDraft } from "./drafts.ts";
import { defaultInterface } from "./interfaces.ts";
import type { Ipvlan, Unicast, Vmac, VrrpInstance } from "./model.ts";
import type { Reading } from "./reading.ts";
import { resolveAddresses } from "./resolve-addresses.ts";
import { resolveAuthentication } from "./resolve-authentication.ts";
import type { Context } from "./resolve-context.ts";
import { OWNER_PRIORITY, resolveAdvertInterval, resolveAdvertPolicy, resolveDownTimer, resolveGarp, resolvePreemption } from "./resolve-election.ts";
import { resolveTrackers, withoutWeighted } from "./resolve-tracking.ts";

const ALL_ROUTERS: Readonly<Record<IpFamily, IpAddress>> = { 4: ipAddress("224.0.0.18"), 6: ipAddress("ff02::12") };

/** Undefined, after a message, when keepalived would not run the instance either. */
export function resolveInstance(context: Context, draft: InstanceDraft): VrrpInstance | undefined {
  const { reading, global } = context;
  const { name, at, vrid } = draft;
  if (draft.interface === undefined && (draft.unicastPeers.length === 0 || draft.sourceAddress === undefined)) {
    reading.fatalProblem("general-error", `(${name}) Unknown interface!`, at, { code: "incomplete-block", remedy: `write the interface of vrrp_instance ${name}, e.g. 'interface eth0'` });
    return undefined;
  }
  if (vrid === undefined) {
    const remedy = `write 'virtual_router_id N' in vrrp_instance ${name}: the same on both directors, unique on the network, 1 to 255`;
    reading.fatalProblem("general-error", `(${name}) the virtual router id must be set`, at, { code: "incomplete-block", remedy });
    return undefined;
  }
  const strict = draft.strictMode ?? global.strict;
  const family = draft.family ?? 4;
  const version = resolveVersion(reading, draft, family, global, strict);
  const advertIntervalUs = resolveAdvertInterval(reading, draft, version);
  const { authentication, authHmac } = resolveAuthentication(reading, draft, { version, family, strictMode: strict, advertIntervalUs });
  const ah = authentication.type === "ah";
  const signed = authHmac !== undefined && authHmac.mode !== "receive-only";
  const preemption = resolvePreemption(reading, draft, strict, ah);
  const owner = preemption.priority === OWNER_PRIORITY;
  const unicast = resolveUnicast(reading, draft, global);
  if (strict && unicast !== undefined) checkStrictUnicast(reading, draft);
  const link = draft.interface?.text ?? "";
  const defaultDevice = link === "" ? defaultInterface(global) : link;
  const { addresses, excluded } = resolveAddresses(reading, draft, { device: defaultDevice, netNamespace: global.netNamespace }, { family, version, ah, signed }, strict);
  const ipvlan = resolveIpvlan(draft);
  const trackers = resolveTrackers(context, name, draft, draft.interface?.text);
  return {
    name,
    family,
    version,
    interface: link,
    vrf: draft.vrf?.text,
    vmac: resolveVmac(reading, draft, family, vrid, unicast !== undefined, strict),
    useVmacAddr: draft.useVmacAddr,
    ipvlan,
    vrid,
    ...preemption,
    advertIntervalUs,
    downTimerAdverts: resolveDownTimer(reading, draft, global, strict),
    strictMode: strict,
    authentication,
    authHmac,
    multicastGroup: resolveGroup(reading, draft, family, global, unicast !== undefined),
    unicast,
    sourceAddress: draft.sourceAddress,
    trackSrcIp: draft.trackSrcIp,
    v3ChecksumAsV2: draft.v3ChecksumAsV2 ?? global.v3ChecksumAsV2,
    virtualAddresses: addresses,
    excludedAddresses: excluded,
    noVirtualIpaddress: draft.noVirtualIpaddress && !strict,
    promoteSecondaries: draft.promoteSecondaries,
    onDeleted: draft.onDeleted,
    virtualRoutes: draft.routes.map(({ route }) => route),
    virtualRules: draft.rules.map(({ rule }) => rule),
    garp: resolveGarp(reading, draft, global.garp, strict),
    holdIfFiltered: draft.holdIfFiltered,
    garpExtra: draft.garpExtra.map(({ address, interface: device }) => ({ address, interface: device?.text ?? defaultDevice })),
    garpExtraIf: draft.garpExtraIf ?? global.garpExtraIf ?? { intervalUs: 0, all: false },
    ...resolveAdvertPolicy(reading, draft, global, { strict, owner, version }),
    kernelRxBufSize: draft.kernelRxBufSize,
    debug: draft.debug,
    trackPrimary: draft.trackPrimary,
    linkbeatUsePolling: draft.linkbeatUsePolling,
    lvsSyncDaemonInterface: draft.lvsSyncDaemonInterface?.text,
    ...(owner ? withoutWeighted(context, name, trackers, draft) : trackers),
    configurationFault: configurationFault(reading, draft, family, unicast, ipvlan),
  };
}

function resolveVersion(reading: Reading, { name, at, version }: InstanceDraft, family: IpFamily, global: GlobalDraft, strict: boolean): 2 | 3 {
  if (family === 4) return version ?? global.version ?? 2;
  if (version !== 2 || !strict) return version ?? 3;
  reading.problem("general-error", `(${name}) VRRP version 2 is not valid for IPv6 with strict mode - setting version 3`, at);
  return 3;
}

/** RFC 5798 has no unicast. 2.2.7 takes it all the same, against its manual; 2.4 does not. */
function checkStrictUnicast(reading: Reading, { name, at, interface: device }: InstanceDraft): void {
  if (device === undefined) return;
  reading.fatalProblem("general-error", `(${name}) strict mode does not allow unicast peers`, reading.written(at, "unicast_peer") ?? at, {
    code: "contradiction",
    remedy: "remove unicast_peer, or the strict mode of this instance",
    related: [{ at: reading.written(at, "strict_mode"), note: "strict mode is here" }],
  });
}

/** Undefined: multicast, which keepalived falls back to where a unicast instance has no peers. */
function resolveUnicast(reading: Reading, draft: InstanceDraft, global: GlobalDraft): Unicast | undefined {
  const { name, at, unicastPeers: peers, unicastFaultNoPeer, unicastKeyword } = draft;
  if (peers.length === 0 && !unicastFaultNoPeer) {
    if (draft.unicastTtl !== undefined) reading.problem("general-error", `(${name}): Cannot use unicast_ttl without unicast peers - resetting`, at);
    if (unicastKeyword !== undefined) {
      const message = "A unicast keyword has been specified without any unicast peers. Defaulting to multicast. This usage is deprecated - please update your configuration.";
      reading.problem("deprecated", `(${name}) ${message}`, unicastKeyword, { remedy: "name the peers in unicast_peer, or write unicast_fault_no_peer to have a FAULT instead" });
    }
    return undefined;
  }
  return {
    peers: peers.map(({ address, minTtl = 0, maxTtl = 255 }) => ({ address, minTtl, maxTtl })),
    ttl: draft.unicastTtl,
    checkSource: draft.checkUnicastSrc || global.checkUnicastSrc || peers.some(({ minTtl, maxTtl }) => minTtl !== undefined || maxTtl !== undefined),
    oldChecksum: draft.oldUnicastChecksum ?? "auto",
  };
}

function resolveGroup(reading: Reading, { name, at, multicastGroup }: InstanceDraft, family: IpFamily, global: GlobalDraft, unicast: boolean): IpAddress {
  const usual = (family === 4 ? global.mcastGroup4 : global.mcastGroup6) ?? ALL_ROUTERS[family];
  if (multicastGroup === undefined || !unicast) return multicastGroup ?? usual;
  reading.problem("general-error", `(${name}) multicast destination specified with unicast - ignoring`, at);
  return usual;
}

function resolveVmac(reading: Reading, draft: InstanceDraft, family: IpFamily, vrid: number, unicast: boolean, strict: boolean): Vmac | undefined {
  const { name, at, vmac } = draft;
  let xmitBase = draft.vmacXmitBase;
  if (vmac === undefined) {
    if (xmitBase) reading.problem("general-error", `(${name}) vmac_xmit_base is only valid with a vmac`, at);
    return undefined;
  }
  if (strict && xmitBase) {
    reading.problem("general-error", `(${name}) xmit_base is incompatible with strict mode - resetting`, at);
    xmitBase = false;
  }
  if (unicast && !xmitBase) {
    reading.lateProblem("general-error", `(${name}) unicast with use_vmac requires vmac_xmit_base - setting`, vmac.at, { remedy: "write vmac_xmit_base" });
    xmitBase = true;
  }
  let { mac } = vmac;
  if (strict && mac !== undefined) {
    reading.problem("general-error", `(${name}): cannot specify MAC address with strict mode - clearing`, vmac.at);
    mac = undefined;
  }
  return {
    name: vmac.name,
    mac: mac === undefined ? virtualMac(family, vrid) : Uint8Array.from(mac.length === 6 ? mac : [...mac, vrid]),
    netlinkNotifyMsg: vmac.netlinkNotifyMsg,
    group: vmac.group,
    xmitBase,
  };
}

function resolveIpvlan({ ipvlan }: InstanceDraft): Ipvlan | undefined {
  return ipvlan === undefined ? undefined : { name: ipvlan.name, address: ipvlan.address, mode: ipvlan.mode ?? "bridge", group: ipvlan.group };
}

/** What keepalived runs, but never out of FAULT. */
function configurationFault(reading: Reading, { name, at, ipvlan: written }: InstanceDraft, family: IpFamily, unicast: Unicast | undefined, ipvlan: Ipvlan | undefined): string | undefined {
  if (unicast?.peers.length === 0) {
    reading.note(`(${name}) Cannot use unicast without any peers - going to fault state`, at);
    return "unicast without peers";
  }
  if (ipvlan === undefined || ipvlan.address !== undefined || family === 6) return undefined;
  reading.problem("general-error", `(${name}) IPv4 ipvlan requires a source ip address to be configured. setting instance to fault state`, written?.at);
  return "IPv4 ipvlan without an address";
}

import { familyOf, hostPrefixLength } from "../base/ip.ts";
import { SCOPE_GLOBAL, SCOPE_HOST, SCOPE_LINK, SCOPE_SITE } from "../base/network.ts";
import { MILLISECOND } from "../base/time.ts";
import type { GlobalConfig, GarpSchedule, VirtualAddress } from "../conf/model.ts";
import type { InstanceStatus, NeighbourStatus, SocketStatus, VrrpStatus } from "../vrrp/status.ts";
import { command, enabled, heading, indent, instant, seconds } from "./dump-text.ts";

/** IP protocol number of AH. */
const AH_PROTOCOL = 51;

export { bfdDump } from "./dump-bfd.ts";
export { checkDump } from "./dump-check.ts";

/** `keepalived_parent.data`: what the process itself was configured with. */
export function parentDump(config: GlobalConfig): string {
  const scripts = [
    ...(config.startupScript === undefined ? [] : [`Startup script = ${command(config.startupScript)}`]),
    ...(config.shutdownScript === undefined ? [] : [`Shutdown script = ${command(config.shutdownScript)}`]),
  ];
  return textOf([
    heading("Global definitions"),
    ...indent(1, [
      ...(config.instance === undefined ? [] : [`Instance name = ${config.instance}`]),
      `Router ID = ${config.routerId}`,
      config.reload.checkConfig ? "Test config before reload" : "No test config before reload",
      `Dynamic interfaces = ${String(config.dynamicInterfaces)}`,
      `VRRP process priority = ${config.scheduling.vrrp.priority ?? 0}`,
      `VRRP realtime priority = ${config.scheduling.vrrp.rtPriority ?? 0}`,
      `Checker process priority = ${config.scheduling.checker.priority ?? 0}`,
      `Child wait time = ${seconds(config.childWaitTimeUs)} sec`,
      ...scripts,
      ...(config.umask === undefined ? [] : [`umask = 0${config.umask.toString(8)}`]),
    ]),
  ]);
}

/** `keepalived.data`: instances, sockets and sync groups as they are now. */
export function vrrpDump(status: VrrpStatus): string {
  return textOf([
    heading("VRRP Topology"),
    ...indent(1, status.instances.flatMap(instanceLines)),
    heading("VRRP Sockpool"),
    ...indent(1, status.sockets.flatMap((socket) => socketLines(socket, status.instances))),
    heading("VRRP Sync groups"),
    ...indent(
      1,
      status.groups.flatMap(({ name, state, members }) => [
        `VRRP Sync Group = ${name}, ${state}`,
        "  VRRP member instances :",
        ...indent(4, members),
      ]),
    ),
    // Regent's own.
    heading("Timers"),
    ...indent(1, [`Worst lateness = ${status.maxLatenessUs} usecs`, ...(status.worstLateness === undefined ? [] : [`Cause of ${seconds(status.worstLateness.lateUs)} secs = ${status.worstLateness.cause}`])]),
  ]);
}

/** `keepalived.stats`, byte for byte keepalived's. */
export function statsDump(status: Pick<VrrpStatus, "instances">): string {
  return textOf(status.instances.flatMap(statsLines));
}

function statsLines({ name, stats }: InstanceStatus): string[] {
  return [
    `VRRP Instance: ${name}`,
    "  Advertisements:",
    `    Received: ${stats.advertRcvd}`,
    `    Sent: ${stats.advertSent}`,
    `  Became master: ${stats.becomeMaster}`,
    `  Released master: ${stats.releaseMaster}`,
    "  Packet Errors:",
    `    Length: ${stats.packetLenErr}`,
    `    TTL: ${stats.ipTtlErr}`,
    `    Invalid Type: ${stats.invalidTypeRcvd}`,
    // keepalived has this line and never counts in it.
    `    Advertisement Interval: ${stats.advertIntervalErr}`,
    `    Address List: ${stats.addrListErr}`,
    "  Authentication Errors:",
    `    Invalid Type: ${stats.invalidAuthtype}`,
    `    Type Mismatch: ${stats.authtypeMismatch}`,
    `    Failure: ${stats.authFailure}`,
    "  Authentication Extension Errors:",
    `    Missing: ${stats.authExtMissing}`,
    `    Malformed: ${stats.authExtMalformed}`,
    `    Unknown Key: ${stats.authExtUnknownKey}`,
    `    Invalid HMAC: ${stats.authExtInvalidHmac}`,
    `    Stale: ${stats.authExtStale}`,
    `    Replay: ${stats.authExtReplay}`,
    "  Priority Zero:",
    `    Received: ${stats.priZeroRcvd}`,
    `    Sent: ${stats.priZeroSent}`,
  ];
}

function instanceLines(status: InstanceStatus): string[] {
  const { config } = status;
  return [
    `VRRP Instance = ${config.name}`,
    ...indent(2, [
      `VRRP Version = ${config.version}`,
      ...(status.group === undefined ? [] : [`Sync group = ${status.group}`]),
      `State = ${status.state}`,
      ...(status.master === undefined ? [] : [`Master router = ${status.master.address}`, `Master priority = ${status.master.priority}`]),
      `Number of interface and track script faults = ${status.faults.length}`,
      `Number of track scripts init = ${status.pending.length}`,
      `Last transition = ${instant(status.lastTransitionMs)}`,
      // Regent's own: why, which keepalived cannot tell.
      `Last transition reason = ${status.lastReason}`,
      ...(status.dueInUs === undefined ? [] : [`Next deadline in = ${status.dueInUs} usecs`]),
      ...linkLines(status),
      ...(status.source === undefined ? [] : [`Using src_ip = ${status.source}`]),
      `Multicast address ${config.multicastGroup}`,
      ...garpLines(config.garp),
      `Down timer adverts = ${config.downTimerAdverts}`,
      `Send advert after receive lower priority advert = ${String(!config.lowerPrioNoAdvert)}`,
      `Send advert after receive higher priority advert = ${String(config.higherPrioSendAdvert)}`,
      `Virtual Router ID = ${config.vrid}`,
      `Priority = ${status.basePriority}`,
      `Effective priority = ${status.effectivePriority}`,
      `Priority made of = ${status.priorityWhy.join(", ")}`,
      config.version === 2 ? `Advert interval = ${seconds(config.advertIntervalUs)} sec` : `Advert interval = ${config.advertIntervalUs / MILLISECOND} milli-sec`,
      `Preempt = ${enabled(config.preempt)}`,
      ...(config.preemptDelayUs > 0 ? [`Preempt delay = ${seconds(config.preemptDelayUs)} secs`] : []),
      ...authenticationLines(status),
      ...addressLines(status),
      ...trackerLines(status),
      ...(status.faults.length > 0 ? ["Faults :", ...indent(2, status.faults)] : []),
      // Regent's own.
      ...(status.neighbours.length > 0 ? ["Other routers :", ...indent(2, status.neighbours.map(neighbourLine))] : []),
      ...(status.neighboursUncounted > 0 ? [`Adverts of further routers = ${status.neighboursUncounted}`] : []),
      ...(status.filtered === undefined ? [] : [`Adverts dropped by this host = ${status.filtered.address} priority ${status.filtered.priority}, the last ${seconds(status.filtered.agoUs)} secs ago`]),
      ...(status.stats.rivalRcvd > 0 ? [`Adverts of other masters while master = ${status.stats.rivalRcvd}`] : []),
      ...counts("Refused packets :", status.drops),
      ...counts("Remarks on accepted packets :", status.remarks),
    ]),
  ];
}

function neighbourLine({ address, priority, heardAgoUs, resigned, silent, adverts, sightings }: NeighbourStatus): string {
  const state = resigned ? ", resigned" : silent ? ", silent" : "";
  const rival = sightings > 0 ? `, ${sightings} of them while we were master` : "";
  return `${address} priority ${priority}, heard ${seconds(heardAgoUs)} secs ago${state}, ${adverts} adverts${rival}`;
}

function counts(title: string, by: Readonly<Record<string, number>>): string[] {
  const lines = Object.entries(by).map(([why, n]) => `${why} = ${n}`);
  return lines.length === 0 ? [] : [title, ...indent(2, lines)];
}

function garpLines(garp: GarpSchedule): string[] {
  return [
    `Gratuitous ARP delay = ${seconds(garp.masterDelayUs)}`,
    `Gratuitous ARP repeat = ${garp.masterRepeat}`,
    `Gratuitous ARP refresh = ${seconds(garp.masterRefreshUs)}`,
    `Gratuitous ARP refresh repeat = ${garp.masterRefreshRepeat}`,
    `Gratuitous ARP lower priority delay = ${seconds(garp.lowerPrioDelayUs)}`,
    `Gratuitous ARP lower priority repeat = ${garp.lowerPrioRepeat}`,
  ];
}

/** keepalived writes the password in clear here; the dump may end up in a ticket, so Regent does as the JSON does. */
function authenticationLines({ config }: InstanceStatus): string[] {
  return config.authentication.type === "pass" ? ["Authentication type = SIMPLE_PASSWORD", "Password = ********"] : [];
}

/** A macvlan in keepalived's words. */
function linkLines({ link, config: { interface: base, vmac, useVmacAddr } }: InstanceStatus): string[] {
  const elsewhere = useVmacAddr ? ["Use VMAC for VIPs on other interfaces"] : [];
  if (link === undefined) return [...elsewhere, `Interface = ${base}`];
  const [kind, xmit, suffix] = vmac === undefined ? ["ipvlan", "", ""] : ["VMAC", `, xmit_base = ${String(vmac.xmitBase)}`, vmac.xmitBase ? ", xmit base i/f" : ""];
  return [`Use ${kind}, i/f name ${link.name}, is_up = ${String(link.up)}${xmit}`, ...elsewhere, `Interface = ${link.name}, ${kind.toLowerCase()} on ${base}${suffix}`];
}

function addressLines(status: InstanceStatus): string[] {
  const { devices, config: { virtualAddresses, excludedAddresses } } = status;
  const total = virtualAddresses.length + excludedAddresses.length;
  const set = total > 0 && status.addressesInstalled === total;
  return [
    ...(virtualAddresses.length > 0 ? [`Virtual IP (${virtualAddresses.length}):`] : []),
    ...indent(2, virtualAddresses.map((address, i) => addressLine(address, devices[i], set))),
    ...(excludedAddresses.length > 0 ? ["Virtual IP Excluded :"] : []),
    ...indent(2, excludedAddresses.map((address, i) => addressLine(address, devices[virtualAddresses.length + i], set))),
    `Addresses installed = ${status.addressesInstalled} of ${total}`,
  ];
}

const SCOPES: ReadonlyMap<number, string> = new Map([
  [SCOPE_GLOBAL, "global"],
  [SCOPE_SITE, "site"],
  [SCOPE_LINK, "link"],
  [SCOPE_HOST, "host"],
]);

function addressLine(address: VirtualAddress, device = address.interface, set: boolean): string {
  const family = familyOf(address.address);
  const prefix = address.prefixLength === hostPrefixLength(family) ? "" : `/${address.prefixLength}`;
  const words = [
    ...(address.broadcast === undefined ? [] : ["brd", address.broadcast]),
    "dev",
    device === address.interface ? device : `${device}@${address.interface}`,
    ...(address.useVmac ? ["use_vmac"] : []),
    "scope",
    SCOPES.get(address.scope) ?? String(address.scope),
    ...(address.label === undefined ? [] : ["label", address.label]),
    ...(address.home ? ["home"] : []),
    ...(address.managedTemporary ? ["mngtmpaddr"] : []),
    ...(address.noPrefixRoute ? ["noprefixroute"] : []),
    ...(address.autojoin ? ["autojoin"] : []),
    ...(family === 6 ? ["preferred_lft", String(address.preferredLifetimeS ?? "forever")] : []),
    ...(address.track ? [] : ["no_track"]),
    ...(set ? ["set"] : []),
  ];
  return `${address.address}${prefix} ${words.join(" ")}`;
}

function trackerLines({ config }: InstanceStatus): string[] {
  const line = (name: string, { weight, reverse }: { weight: number; reverse: boolean }): string => `  ${name} weight ${weight}${reverse ? " reverse" : ""}`;
  return [
    ...(config.trackInterfaces.length > 0 ? ["Tracked interfaces :", ...config.trackInterfaces.map((tracked) => line(tracked.interface, tracked))] : []),
    ...(config.trackScripts.length > 0 ? ["Tracked scripts :", ...config.trackScripts.map((tracked) => line(tracked.script, tracked))] : []),
    ...(config.trackBfds.length > 0 ? ["Tracked BFDs :", ...config.trackBfds.map((tracked) => line(`${tracked.name}:`, tracked))] : []),
  ];
}

function socketLines(socket: SocketStatus, instances: readonly InstanceStatus[]): string[] {
  const users = instances.filter(({ name }) => socket.instances.includes(name));
  return [
    `Interface = ${socket.interface ?? "none"}`,
    ...indent(2, [
      `Protocol = ${socket.protocol === AH_PROTOCOL ? "AH" : "VRRP"}`,
      ...(socket.group === undefined ? ["Type = Unicast", `Address = ${socket.source ?? ""}`] : ["Type = Multicast", `Multicast address = ${socket.group}`]),
      `Adverts of unknown VRIDs = ${socket.unknownVrids}`,
      `Truncated packets = ${socket.truncated}`,
      "VRRP instances",
      ...users.map(({ name, vrid }) => `  ${name} vrid ${vrid}`),
    ]),
  ];
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

import { virtualMac } from "../../base/virtual-mac.ts";
import type { Authentication, AuthHmac, Config, GarpSchedule, Unicast, Vmac, VrrpInstance, VrrpNotifyTarget } from "../model.ts";
import { addressText } from "./addresses.ts";
import { routeText, ruleText } from "./routing.ts";
import { scriptWords } from "./script.ts";
import { printTracked } from "./trackers.ts";
import { quoted, secondsText } from "./writer.ts";
import type { Writer } from "./writer.ts";

const OWNER_PRIORITY = 255;

/** `vrrp_instance`. What is not acted upon is printed only where it is not the default, that of global_defs included. */
export function printInstance(writer: Writer, instance: VrrpInstance, config: Config): void {
  writer.block(`vrrp_instance ${quoted(instance.name)}`, () => {
    printPlace(writer, instance);
    printElection(writer, instance, config);
    printAuthentication(writer, instance.authentication);
    if (instance.authHmac !== undefined) printAuthHmac(writer, instance.authHmac);
    writer.list("virtual_ipaddress", instance.virtualAddresses.map(addressText));
    writer.list("virtual_ipaddress_excluded", instance.excludedAddresses.map(addressText));
    writer.flag("no_virtual_ipaddress", instance.noVirtualIpaddress);
    writer.flag("promote_secondaries", instance.promoteSecondaries);
    if (instance.onDeleted !== "release") writer.value("on_deleted", instance.onDeleted);
    writer.list("virtual_routes", instance.virtualRoutes.map(routeText));
    writer.list("virtual_rules", instance.virtualRules.map(ruleText));
    printGarp(writer, instance.garp);
    writer.list("garp_extra", instance.garpExtra.map(({ address, interface: device }) => `${address} dev ${quoted(device)}`));
    const { garpExtraIf } = instance;
    const usual = config.global.vrrp.garpExtraIf;
    if (garpExtraIf.intervalUs !== usual.intervalUs || garpExtraIf.all !== usual.all) {
      writer.line("garp_extra_if", garpExtraIf.all ? "all" : undefined, secondsText(garpExtraIf.intervalUs));
    }
    writer.value("kernel_rx_buf_size", instance.kernelRxBufSize);
    if (instance.debug > 0) writer.line("debug", instance.debug);
    writer.flag("dont_track_primary", !instance.trackPrimary);
    writer.flag("linkbeat_use_polling", instance.linkbeatUsePolling);
    if (instance.lvsSyncDaemonInterface !== undefined) writer.line("lvs_sync_daemon_interface", quoted(instance.lvsSyncDaemonInterface));
    printTracked(writer, instance, config.vrrp);
    const target = config.notify.instances.get(instance.name);
    if (target !== undefined) printNotify(writer, target);
  });
}

/** Where adverts go to and come from. */
function printPlace(writer: Writer, instance: VrrpInstance): void {
  const { unicast, vmac, ipvlan, sourceAddress } = instance;
  if (instance.interface !== "") writer.line("interface", quoted(instance.interface));
  if (instance.vrf !== undefined) writer.line("vrf", quoted(instance.vrf));
  if (vmac !== undefined) printVmac(writer, instance, vmac);
  writer.flag("use_vmac_addr", instance.useVmacAddr);
  if (ipvlan !== undefined) {
    const address = ipvlan.address === undefined ? undefined : `${ipvlan.address.address}/${ipvlan.address.prefixLength}`;
    writer.line("use_ipvlan", ...named(ipvlan.name), address, ipvlan.mode, ...group(ipvlan.group));
  }
  writer.line("virtual_router_id", instance.vrid);
  writer.line("version", instance.version);
  if (unicast === undefined) {
    writer.line("mcast_dst_ip", instance.multicastGroup);
    writer.value("mcast_src_ip", sourceAddress);
  } else {
    writer.flag("native_ipv6", instance.family === 6 && sourceAddress === undefined && unicast.peers.length === 0 && instance.virtualAddresses.length === 0);
    writer.value("unicast_src_ip", sourceAddress);
    printUnicast(writer, unicast);
  }
  writer.flag("track_src_ip", instance.trackSrcIp);
}

function named(name: string | undefined): string[] {
  return name === undefined ? [] : ["name", quoted(name)];
}

function group(number: number | undefined): (string | number)[] {
  return number === undefined ? [] : ["group", number];
}

function printVmac(writer: Writer, { family, vrid }: VrrpInstance, vmac: Vmac): void {
  const usual = virtualMac(family, vrid);
  const mac = vmac.mac.every((octet, i) => octet === usual[i]) ? undefined : Array.from(vmac.mac, (octet) => octet.toString(16).padStart(2, "0")).join(":");
  writer.line("use_vmac", ...named(vmac.name), mac, vmac.netlinkNotifyMsg ? "netlink_notify_msg" : undefined, ...group(vmac.group));
  writer.flag("vmac_xmit_base", vmac.xmitBase);
}

function printUnicast(writer: Writer, { peers, ttl, checkSource, oldChecksum }: Unicast): void {
  writer.flag("unicast_fault_no_peer", peers.length === 0);
  writer.list(
    "unicast_peer",
    peers.map(({ address, minTtl, maxTtl }) => [address, ...(minTtl === 0 ? [] : ["min_ttl", minTtl]), ...(maxTtl === 255 ? [] : ["max_ttl", maxTtl])].join(" ")),
  );
  writer.value("unicast_ttl", ttl);
  writer.flag("check_unicast_src", checkSource);
  if (oldChecksum !== "auto") writer.line("old_unicast_checksum", oldChecksum === "never" ? "never" : undefined);
}

function printElection(writer: Writer, instance: VrrpInstance, { global }: Config): void {
  const bool = (keyword: string, value: boolean): void => writer.line(keyword, value ? "on" : "off");
  writer.line("state", instance.initialState);
  writer.line("priority", instance.priority);
  writer.line("advert_int", secondsText(instance.advertIntervalUs));
  writer.line("down_timer_adverts", instance.downTimerAdverts);
  writer.line(instance.preempt ? "preempt" : "nopreempt");
  if (instance.preemptDelayUs > 0) writer.line("preempt_delay", secondsText(instance.preemptDelayUs));
  writer.value("timer_expired_backup", instance.timerExpiredBackup);
  writer.flag("hold_if_filtered", instance.holdIfFiltered);
  if (instance.strictMode !== global.vrrp.strict) bool("strict_mode", instance.strictMode);
  writer.line(instance.accept ? "accept" : "no_accept");
  bool("lower_prio_no_advert", instance.lowerPrioNoAdvert);
  bool("higher_prio_send_advert", instance.higherPrioSendAdvert);
  // keepalived turns an owner's "off" into "on".
  if (instance.ownerIgnoreAdverts || instance.priority !== OWNER_PRIORITY) bool("owner_ignore_adverts", instance.ownerIgnoreAdverts);
  bool("skip_check_adv_addr", instance.skipCheckAdvAddr);
  if (instance.v3ChecksumAsV2 !== global.vrrp.v3ChecksumAsV2) bool("v3_checksum_as_v2", instance.v3ChecksumAsV2);
}

function printAuthentication(writer: Writer, authentication: Authentication): void {
  if (authentication.type === "none") return;
  writer.block("authentication", () => {
    writer.line("auth_type", authentication.type === "ah" ? "AH" : "PASS");
    writer.line("auth_pass", quoted(passwordText(authentication.password)));
  });
}

/** What may follow a first part of a character, so that the eight octets are text: cut off again when it is read. */
const COMPLETIONS: readonly (readonly number[])[] = [[], [0x80], [0xa0], [0x80, 0x80], [0xa0, 0x80], [0x90, 0x80], [0x80, 0x80, 0x80], [0x90, 0x80, 0x80]];

function passwordText(password: Uint8Array): string {
  const octets = password.subarray(0, password.indexOf(0) < 0 ? password.length : password.indexOf(0));
  for (const completion of COMPLETIONS) {
    const bytes = Buffer.from([...octets, ...completion]);
    if (Buffer.from(bytes.toString("utf8")).equals(bytes)) return bytes.toString("utf8");
  }
  return Buffer.from(octets).toString("utf8");
}

/** A key that was read from a file is never written down, only where it came from. */
function printAuthHmac(writer: Writer, hmac: AuthHmac): void {
  writer.block("auth_hmac", () => {
    for (const { id, secret, file } of hmac.keys) writer.line("key", id, quoted(file === undefined ? `hex:${Buffer.from(secret).toString("hex")}` : `file:${file}`));
    writer.line("active_key", hmac.activeKey);
    writer.line("time_window", hmac.timeWindowS);
    writer.line("anti_replay", hmac.antiReplay);
    writer.line("mode", hmac.mode);
  });
}

function printGarp(writer: Writer, garp: GarpSchedule): void {
  writer.line("garp_master_delay", secondsText(garp.masterDelayUs));
  writer.line("garp_master_repeat", garp.masterRepeat);
  writer.line("garp_master_refresh", secondsText(garp.masterRefreshUs));
  // 0 comes from vrrp_min_garp alone; written here it would be 1.
  if (garp.masterRefreshRepeat > 0) writer.line("garp_master_refresh_repeat", garp.masterRefreshRepeat);
  writer.line("garp_lower_prio_delay", secondsText(garp.lowerPrioDelayUs));
  writer.line("garp_lower_prio_repeat", garp.lowerPrioRepeat);
}

/** The notifications of an instance; a group has fewer of them. */
export function printNotify(writer: Writer, target: VrrpNotifyTarget): void {
  const scripts = {
    notify_master: target.master,
    notify_backup: target.backup,
    notify_fault: target.fault,
    notify_stop: target.stop,
    notify_master_rx_lower_pri: target.masterRxLowerPri,
    notify: target.any,
  };
  for (const [keyword, script] of Object.entries(scripts)) {
    if (script !== undefined) writer.line(keyword, scriptWords(script));
  }
  if (target.notifyDeleted) writer.line("notify_deleted", target.deleted === undefined ? undefined : scriptWords(target.deleted));
  writer.line("notify_priority_changes", target.notifyPriorityChanges ? "on" : "off");
  writer.line("smtp_alert", target.smtpAlert ? "on" : "off");
}

import type { Config, GlobalConfig, NotifyFifo, ProcessScheduling, ReceiveBufferPolicy, VrrpConfig } from "../model.ts";
import { printLvsDefaults } from "./lvs-defaults.ts";
import { accountText, scriptWords } from "./script.ts";
import { quoted, secondsText } from "./writer.ts";
import type { Writer } from "./writer.ts";

/** What stands outside every block, and `global_defs`. What is not acted upon is printed only where it is not the default. */
export function printGlobal(writer: Writer, config: Config): void {
  const { global } = config;
  text(writer, "net_namespace", global.netNamespace);
  if (global.netNamespaceIpvs !== undefined) writer.line("net_namespace_ipvs", global.netNamespaceIpvs === "" ? undefined : quoted(global.netNamespaceIpvs));
  writer.flag("namespace_with_ipsets", global.namespaceWithIpsets);
  text(writer, "instance", global.instance);
  writer.flag("use_pid_dir", global.usePidDir);
  writer.line("child_wait_time", secondsText(global.childWaitTimeUs));
  writer.block("global_defs", () => {
    printProcess(writer, global);
    printScheduling(writer, global);
    printScripts(writer, global);
    printReload(writer, global);
    printFirewall(writer, config.vrrp);
    printInterfaces(writer, global);
    printMail(writer, config);
    printFifos(writer, config);
    printVrrpDefaults(writer, config);
    printLvsDefaults(writer, config.check);
  });
}

function text(writer: Writer, keyword: string, value: string | undefined): void {
  if (value !== undefined) writer.line(keyword, quoted(value));
}

function bool(writer: Writer, keyword: string, value: boolean | undefined): void {
  if (value !== undefined) writer.line(keyword, value ? "on" : "off");
}

/** Only what differs from the default. */
function unless<T extends string | number>(writer: Writer, keyword: string, value: T, byDefault: T): void {
  if (value !== byDefault) writer.line(keyword, typeof value === "string" ? quoted(value) : value);
}

function printProcess(writer: Writer, global: GlobalConfig): void {
  text(writer, "router_id", global.routerId);
  writer.flag("process_names", global.processNames.distinct);
  text(writer, "process_name", global.processNames.parent);
  text(writer, "vrrp_process_name", global.processNames.vrrp);
  text(writer, "checker_process_name", global.processNames.checker);
  text(writer, "bfd_process_name", global.processNames.bfd);
  if (global.dynamicInterfaces) writer.line("dynamic_interfaces", global.allowIfChanges ? "allow_if_changes" : undefined);
  unless(writer, "default_interface", global.defaultInterface, "eth0");
  if (global.umask !== undefined) writer.line("umask", `0${global.umask.toString(8)}`);
  writer.value("random_seed", global.randomSeed);
  text(writer, "config_save_dir", global.configSaveDir);
  text(writer, "tmp_config_directory", global.tmpConfigDirectory);
  text(writer, "iproute_usr_dir", global.iproute.usrDir);
  text(writer, "iproute_etc_dir", global.iproute.etcDir);
  text(writer, "state_dump_file", global.dumps.state);
  text(writer, "stats_dump_file", global.dumps.stats);
  text(writer, "json_dump_file", global.dumps.json);
  unless(writer, "json_version", global.dumps.jsonVersion, 1);
  writer.flag("data_use_instance", global.dumps.useInstance);
}

function printScheduling(writer: Writer, { scheduling }: GlobalConfig): void {
  unless(writer, "max_auto_priority", scheduling.maxAutoPriority, 0);
  unless(writer, "min_auto_priority_delay", scheduling.minAutoPriorityDelayUs, 1_000_000);
  for (const process of ["vrrp", "checker", "bfd"] as const) printProcessScheduling(writer, process, scheduling[process]);
}

function printProcessScheduling(writer: Writer, process: string, scheduling: ProcessScheduling): void {
  writer.value(`${process}_priority`, scheduling.priority);
  writer.flag(`${process}_no_swap`, scheduling.noSwap);
  writer.value(`${process}_rt_priority`, scheduling.rtPriority);
  if (scheduling.cpuAffinity.length > 0) writer.line(`${process}_cpu_affinity`, ...scheduling.cpuAffinity);
  unless(writer, `${process}_rlimit_rttime`, scheduling.rlimitRttimeUs, 10_000);
}

function printScripts(writer: Writer, { scripts, startupScript, startupScriptTimeoutUs, shutdownScript, shutdownScriptTimeoutUs }: GlobalConfig): void {
  bool(writer, "use_symlink_paths", scripts.useSymlinkPaths);
  bool(writer, "set_supplementary_groups", scripts.supplementaryGroups);
  if (scripts.user !== undefined) writer.line("script_user", accountText(scripts.user));
  writer.flag("enable_script_security", scripts.enableScriptSecurity);
  if (startupScript !== undefined) writer.line("startup_script", scriptWords(startupScript));
  writer.line("startup_script_timeout", secondsText(startupScriptTimeoutUs));
  if (shutdownScript !== undefined) writer.line("shutdown_script", scriptWords(shutdownScript));
  writer.line("shutdown_script_timeout", secondsText(shutdownScriptTimeoutUs));
}

function printReload(writer: Writer, { reload }: GlobalConfig): void {
  if (reload.checkConfig) writer.line("reload_check_config", quoted(reload.checkLog));
  text(writer, "reload_time_file", reload.timeFile);
  writer.flag("reload_repeat", reload.repeat);
  if (reload.file !== undefined) writer.line("reload_file", reload.file.path === undefined ? undefined : quoted(reload.file.path));
}

function printFirewall(writer: Writer, { firewall }: VrrpConfig): void {
  const { iptables, ipsets, nftables, disableLocalIgmp } = firewall;
  if (iptables !== undefined) writer.line("vrrp_iptables", quoted(iptables.inChain), quoted(iptables.outChain));
  if (ipsets === "off") writer.line("vrrp_ipsets");
  else if (ipsets !== undefined) {
    writer.line("vrrp_ipsets", ...[ipsets.address, ipsets.address6, ipsets.addressIf6, ipsets.igmp, ipsets.mld, ipsets.nd].map(quoted));
  }
  text(writer, "nftables", nftables.table);
  unless(writer, "nftables_priority", nftables.priority, -1);
  writer.flag("nftables_ifindex", nftables.ifindex);
  writer.flag("nftables_counters", nftables.counters);
  writer.flag("disable_local_igmp", disableLocalIgmp);
}

/** SNMP, D-Bus and the sizes of sockets. */
function printInterfaces(writer: Writer, { snmp, dbus, receiveBuffers }: GlobalConfig): void {
  text(writer, "snmp_socket", snmp.socket);
  writer.flag("enable_traps", snmp.traps);
  writer.flag("enable_snmp_vrrp", snmp.vrrp);
  writer.flag("enable_snmp_rfcv2", snmp.rfcV2);
  writer.flag("enable_snmp_rfcv3", snmp.rfcV3);
  writer.flag("enable_snmp_checker", snmp.checker);
  unless(writer, "snmp_vs_stats_update_interval", secondsText(snmp.vsStatsIntervalUs), "5");
  unless(writer, "snmp_rs_stats_update_interval", secondsText(snmp.rsStatsIntervalUs), secondsText(snmp.vsStatsIntervalUs));
  writer.flag("enable_dbus", dbus.enabled);
  unless(writer, "dbus_service_name", dbus.serviceName, "org.keepalived.Vrrp1");
  text(writer, "dbus_no_interface_name", dbus.noInterfaceName);
  const buffers = {
    vrrp_netlink_cmd: receiveBuffers.vrrpCommand,
    vrrp_netlink_monitor: receiveBuffers.vrrpMonitor,
    process_monitor: receiveBuffers.processMonitor,
    lvs_netlink_cmd: receiveBuffers.lvsCommand,
    lvs_netlink_monitor: receiveBuffers.lvsMonitor,
  };
  for (const [name, { bytes, force }] of Object.entries(buffers)) {
    writer.value(`${name}_rcv_bufs`, bytes);
    writer.flag(`${name}_rcv_bufs_force`, force);
  }
}

function printMail(writer: Writer, { global, notify: { mail } }: Config): void {
  text(writer, "notification_email_from", mail.from);
  writer.list("notification_email", mail.to.map(quoted));
  if (mail.server !== undefined) writer.line("smtp_server", quoted(mail.server.host), mail.server.port);
  text(writer, "smtp_helo_name", mail.heloName);
  writer.line("smtp_connect_timeout", secondsText(mail.connectTimeoutUs));
  bool(writer, "smtp_alert", global.smtpAlert.all);
  bool(writer, "smtp_alert_vrrp", global.smtpAlert.vrrp);
  bool(writer, "smtp_alert_checker", global.smtpAlert.checker);
  writer.flag("no_email_faults", mail.noFaults);
}

function printFifos(writer: Writer, { notify }: Config): void {
  const fifos: Readonly<Record<string, NotifyFifo | undefined>> = { notify_fifo: notify.fifo, vrrp_notify_fifo: notify.vrrpFifo, lvs_notify_fifo: notify.lvsFifo };
  for (const [keyword, fifo] of Object.entries(fifos)) {
    if (fifo === undefined) continue;
    writer.line(keyword, quoted(fifo.path), fifo.owner === undefined ? undefined : accountText(fifo.owner));
    if (fifo.script !== undefined) writer.line(`${keyword}_script`, scriptWords(fifo.script));
  }
}

function printVrrpDefaults(writer: Writer, { global: { vrrp: defaults }, vrrp }: Config): void {
  writer.line("vrrp_version", defaults.version);
  bool(writer, "vrrp_strict", defaults.strict);
  writer.line("vrrp_mcast_group4", defaults.multicastGroup4);
  unless<string>(writer, "vrrp_mcast_group6", defaults.multicastGroup6, "ff02::12");
  const { garp } = defaults;
  // 0 for the repetition comes from vrrp_min_garp alone; it changes what is not written yet, so it goes first.
  if (garp.masterRefreshRepeat === 0) writer.line("vrrp_min_garp");
  writer.line("vrrp_garp_master_delay", secondsText(garp.masterDelayUs));
  writer.line("vrrp_garp_master_repeat", garp.masterRepeat);
  writer.line("vrrp_garp_master_refresh", secondsText(garp.masterRefreshUs));
  if (garp.masterRefreshRepeat > 0) writer.line("vrrp_garp_master_refresh_repeat", garp.masterRefreshRepeat);
  writer.line("vrrp_garp_lower_prio_delay", secondsText(garp.lowerPrioDelayUs));
  writer.line("vrrp_garp_lower_prio_repeat", garp.lowerPrioRepeat);
  // 0 is these keywords' default, but not a value that they take.
  if (vrrp.garpIntervalUs > 0) writer.line("vrrp_garp_interval", secondsText(vrrp.garpIntervalUs));
  if (vrrp.gnaIntervalUs > 0) writer.line("vrrp_gna_interval", secondsText(vrrp.gnaIntervalUs));
  if (vrrp.startupDelayUs > 0) writer.line("vrrp_startup_delay", secondsText(vrrp.startupDelayUs));
  if (defaults.delayAfterBootUs > 0) writer.line("vrrp_delay_after_boot", secondsText(defaults.delayAfterBootUs));
  const { intervalUs, all } = defaults.garpExtraIf;
  if (intervalUs > 0) writer.line("vrrp_garp_extra_if", all ? "all" : undefined, secondsText(intervalUs));
  writer.line("vrrp_down_timer_adverts", defaults.downTimerAdverts);
  bool(writer, "vrrp_lower_prio_no_advert", defaults.lowerPrioNoAdvert);
  bool(writer, "vrrp_higher_prio_send_advert", defaults.higherPrioSendAdvert);
  bool(writer, "vrrp_owner_ignore_adverts", defaults.ownerIgnoreAdverts);
  bool(writer, "vrrp_skip_check_adv_addr", defaults.skipCheckAdvAddr);
  writer.flag("vrrp_check_unicast_src", defaults.checkUnicastSrc);
  writer.flag("v3_checksum_as_v2", defaults.v3ChecksumAsV2);
  bool(writer, "vrrp_notify_priority_changes", defaults.notifyPriorityChanges);
  writer.flag("fifo_write_vrrp_states_on_reload", defaults.fifoWriteStatesOnReload);
  writer.flag("log_unknown_vrids", vrrp.logUnknownVrids);
  if (defaults.rxBuffers.policy !== undefined) writer.line("vrrp_rx_bufs_policy", policyText(defaults.rxBuffers.policy));
  unless(writer, "vrrp_rx_bufs_multiplier", defaults.rxBuffers.multiplier, 3);
  unless(writer, "vmac_prefix", vrrp.vmacPrefix, "vrrp");
  text(writer, "vmac_addr_prefix", vrrp.vmacAddrPrefix);
}

function policyText(policy: ReceiveBufferPolicy): string | number {
  if (policy === "mtu") return "MTU";
  return policy === "advert" ? "ADVERT" : policy.bytes;
}

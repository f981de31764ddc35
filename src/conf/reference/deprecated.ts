/** A keyword that works and that a new configuration should not use. */
export interface Deprecated {
  /** Path of what is written instead; undefined when nothing needs to be. */
  readonly successor: string | undefined;
  /** One sentence for people. */
  readonly advice: string;
}

function renamed(successor: string): Deprecated {
  return { successor, advice: `write '${successor.split(".").at(-1) ?? ""}', which means the same` };
}

const SMTP_HOST: Deprecated = { successor: "virtual_server.real_server.SMTP_CHECK", advice: "write the line in SMTP_CHECK itself, without the host block" };

/** By path, as in reference.ts. */
const DEPRECATED: Readonly<Record<string, Deprecated>> = {
  namespace_with_ipsets: { successor: undefined, advice: "leave it out: kernels of today need no such hint" },
  vrrp_track_file: renamed("track_file"),
  "global_defs.lvs_process_name": renamed("global_defs.checker_process_name"),
  "global_defs.lvs_flush_onstop": renamed("global_defs.lvs_flush_on_stop"),
  "global_defs.vrrp_vmac_garp_intvl": renamed("global_defs.vrrp_garp_extra_if"),
  "global_defs.vrrp_rlimit_rtime": renamed("global_defs.vrrp_rlimit_rttime"),
  "global_defs.checker_rlimit_rtime": renamed("global_defs.checker_rlimit_rttime"),
  "global_defs.bfd_rlimit_rtime": renamed("global_defs.bfd_rlimit_rttime"),
  "global_defs.enable_snmp_keepalived": renamed("global_defs.enable_snmp_vrrp"),
  "vrrp_sync_group.global_tracking": renamed("vrrp_sync_group.sync_group_tracking_weight"),
  "vrrp_instance.native_ipv6": { successor: undefined, advice: "leave it out: the family follows from the virtual addresses" },
  "vrrp_instance.linkbeat_use_polling": { successor: "linkbeat_interfaces", advice: "list the interface in linkbeat_interfaces" },
  "vrrp_instance.lvs_sync_daemon_interface": { successor: "global_defs.lvs_sync_daemon", advice: "write lvs_sync_daemon IFNAME INSTANCE in global_defs" },
  "vrrp_instance.vmac_garp_intvl": renamed("vrrp_instance.garp_extra_if"),
  "vrrp_instance.thread_timer_expired": renamed("vrrp_instance.timer_expired_backup"),
  "route.gw": renamed("route.via"),
  "route.or": { successor: "route.nexthop", advice: "write one nexthop for each gateway" },
  "virtual_server.hashed": { successor: undefined, advice: "leave it out: it has no effect" },
  "virtual_server.real_server.HTTP_GET.nb_get_retry": renamed("virtual_server.real_server.HTTP_GET.retry"),
  "virtual_server.real_server.SSL_GET.nb_get_retry": renamed("virtual_server.real_server.SSL_GET.retry"),
  "virtual_server.real_server.SMTP_CHECK.host": SMTP_HOST,
};

/** @param path of a keyword, e.g. "vrrp_instance.native_ipv6" */
export function deprecation(path: string): Deprecated | undefined {
  if (path.startsWith("vrrp_track_file.")) return renamed(path.replace("vrrp_", ""));
  if (path.startsWith("virtual_server.real_server.SMTP_CHECK.host.")) return SMTP_HOST;
  return Object.hasOwn(DEPRECATED, path) ? DEPRECATED[path] : undefined;
}

export const DEPRECATED_PATHS: readonly string[] = Object.keys(DEPRECATED);

import type { CheckConfig, LvsSyncDaemon } from "../model.ts";
import { quoted } from "./writer.ts";
import type { Writer } from "./writer.ts";

/** What `global_defs` says about balancing and checks. */
export function printLvsDefaults(writer: Writer, check: CheckConfig): void {
  writer.flag("lvs_flush", check.lvsFlush);
  if (check.lvsFlushOnStop !== false) writer.line("lvs_flush_on_stop", check.lvsFlushOnStop === "services" ? "VS" : undefined);
  const { tcpS, tcpFinS, udpS } = check.lvsTimeouts ?? {};
  const timeouts = [["tcp", tcpS], ["tcpfin", tcpFinS], ["udp", udpS]].flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  if (timeouts.length > 0) writer.line("lvs_timeouts", ...timeouts);
  printSyncDaemon(writer, check.lvsSyncDaemon);
  const { table, priority, startFwmark } = check.nftablesIpvs;
  if (table !== undefined) writer.line("nftables_ipvs", quoted(table));
  if (priority !== -1) writer.line("nftables_ipvs_priority", priority);
  if (startFwmark !== 1000) writer.line("nftables_ipvs_start_fwmark", startFwmark);
  writer.line("checker_log_all_failures", check.logAllFailures ? "on" : "off");
  writer.flag("no_checker_emails", check.noCheckerEmails);
  writer.line("rs_init_notifies", check.rsInitNotifies ? "on" : "off");
}

function printSyncDaemon(writer: Writer, daemon: LvsSyncDaemon | undefined): void {
  if (daemon === undefined) return;
  const { instance, id, maxlen, port, ttl, group } = daemon;
  const options = Object.entries({ inst: instance === undefined ? undefined : quoted(instance), id, maxlen, port, ttl, group });
  writer.line("lvs_sync_daemon", quoted(daemon.interface), ...options.flatMap(([name, value]) => (value === undefined ? [] : [name, value])));
}

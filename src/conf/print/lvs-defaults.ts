import type { CheckConfig } from "../model.ts";
import type { Writer } from "./writer.ts";

/** What `global_defs` says about balancing and checks. */
export function printLvsDefaults(writer: Writer, check: CheckConfig): void {
  writer.flag("lvs_flush", check.lvsFlush);
  if (check.lvsFlushOnStop !== false) writer.line("lvs_flush_on_stop", check.lvsFlushOnStop === "services" ? "VS" : undefined);
  const { tcpS, tcpFinS, udpS } = check.lvsTimeouts ?? {};
  const timeouts = [["tcp", tcpS], ["tcpfin", tcpFinS], ["udp", udpS]].flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  if (timeouts.length > 0) writer.line("lvs_timeouts", ...timeouts);
  writer.line("rs_init_notifies", check.rsInitNotifies ? "on" : "off");
}

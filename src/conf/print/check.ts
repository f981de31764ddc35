import { hostPrefixLength } from "../../base/ip.ts";
import type { IpFamily } from "../../base/ip.ts";
import type { Config, Forwarding, GroupEntry, QuorumNotifyTarget, RealServerNotifyTarget, RealServer, Script, TlsCredentials, Tunnel, VirtualServer } from "../model.ts";
import { printChecker, wholeTimeout } from "./checker.ts";
import { scriptWords } from "./script.ts";
import { quoted, secondsText } from "./writer.ts";
import type { Writer } from "./writer.ts";

/** Groups, virtual servers, real servers and checkers, with their notifications. */
export function printCheck(writer: Writer, { check, notify }: Config): void {
  if (check.ssl !== undefined) printCredentials(writer, check.ssl);
  for (const { name, entries } of check.groups) writer.list(`virtual_server_group ${quoted(name)}`, entries.map(entryText));
  for (const server of check.virtualServers) printService(writer, server, notify.virtualServers.get(server.label));
}

function printCredentials(writer: Writer, ssl: TlsCredentials): void {
  writer.block("SSL", () => {
    for (const name of ["password", "ca", "certificate", "key"] as const) {
      const value = ssl[name];
      if (value !== undefined) writer.line(name, quoted(value));
    }
  });
}

function entryText(entry: GroupEntry): string {
  switch (entry.type) {
    case "address":
      return `${entry.address} ${entry.port}`;
    case "range":
      return `${entry.first}-${entry.last} ${entry.port}`;
    case "network":
      return `${entry.address}/${entry.prefixLength} ${entry.port}`;
    case "fwmark":
      return entry.family === undefined ? `fwmark ${entry.fwmark}` : `fwmark ${entry.fwmark} ${familyWord(entry.family)}`;
  }
}

function familyWord(family: IpFamily): string {
  return family === 4 ? "inet" : "inet6";
}

/** Whether mails go out is said in both ways; the rest only where there is something to say. */
function notified(writer: Writer, target: { readonly smtpAlert: boolean } | undefined, scripts: Readonly<Record<string, Script | undefined>>): void {
  if (target !== undefined) writer.line("smtp_alert", onOff(target.smtpAlert));
  for (const [keyword, script] of Object.entries(scripts)) {
    if (script !== undefined) writer.line(keyword, scriptWords(script));
  }
}

function onOff(value: boolean): string {
  return value ? "on" : "off";
}

function head({ key }: VirtualServer): string {
  switch (key.type) {
    case "address":
      return `virtual_server ${key.address} ${key.port}`;
    case "fwmark":
      return `virtual_server fwmark ${key.fwmark}`;
    case "group":
      return `virtual_server group ${quoted(key.group)}`;
  }
}

function printService(writer: Writer, server: VirtualServer, target: QuorumNotifyTarget | undefined): void {
  const { key } = server;
  writer.block(head(server), () => {
    // What decides which real servers fit stands before them.
    if (key.type !== "address" && key.family !== undefined) writer.line("ip_family", familyWord(key.family));
    writer.line("lb_algo", server.scheduler);
    for (const flag of server.schedulerFlags) writer.line(flag);
    writer.line("lb_kind", forwardingText(server.forwarding, server.tunnel));
    if (key.type !== "fwmark" && key.protocol !== undefined) writer.line("protocol", key.protocol.toUpperCase());
    writer.flag("ops", server.onePacket);
    if (server.persistenceTimeoutS > 0) writer.line("persistence_timeout", server.persistenceTimeoutS);
    if (server.persistenceEngine !== undefined) writer.line("persistence_engine", quoted(server.persistenceEngine));
    printGranularity(writer, server);
    printDelayLoop(writer, server);
    writer.flag("ha_suspend", server.haSuspend);
    if (server.virtualHost !== undefined) writer.line("virtualhost", quoted(server.virtualHost));
    if (server.snmpName !== undefined) writer.line("snmp_name", quoted(server.snmpName));
    writer.flag("alpha", server.alpha);
    writer.flag("omega", server.omega);
    // Reduced to 0 where all weights are 0; the keyword takes no 0, and the default is reduced likewise.
    if (server.quorum > 0) writer.line("quorum", server.quorum);
    writer.line("hysteresis", server.hysteresis);
    notified(writer, target, { quorum_up: target?.up, quorum_down: target?.down });
    printSorryServer(writer, server);
    for (const real of server.realServers) printRealServer(writer, server, real, target?.realServers.get(real.label));
  });
}

function forwardingText(method: Forwarding, tunnel: Tunnel | undefined): string {
  if (tunnel === undefined) return method;
  const port = tunnel.type === "gue" ? ` port ${tunnel.port}` : "";
  return `${method} type ${tunnel.type}${port} ${tunnel.checksum}`;
}

/** A netmask for IPv4, a length for IPv6. */
function printGranularity(writer: Writer, { family, persistencePrefixLength: length }: VirtualServer): void {
  if (length === hostPrefixLength(family)) return;
  const mask = [0, 8, 16, 24].map((octet) => 256 - 2 ** (8 - Math.min(8, Math.max(0, length - octet)))).join(".");
  writer.line("persistence_granularity", family === 6 ? length : mask);
}

/** Every checker says its own; only a time-out of MISC_CHECK that is no whole second can come from nowhere else. */
function printDelayLoop(writer: Writer, { realServers }: VirtualServer): void {
  const odd = realServers.flatMap(({ checkers }) => checkers).find((checker) => checker.type === "MISC_CHECK" && !wholeTimeout(checker.timeoutUs));
  if (odd?.type === "MISC_CHECK") writer.line("delay_loop", secondsText(odd.timeoutUs));
}

function printSorryServer(writer: Writer, { sorryServer }: VirtualServer): void {
  if (sorryServer === undefined) return;
  writer.line("sorry_server", sorryServer.address, sorryServer.port);
  writer.flag("sorry_server_inhibit", sorryServer.inhibit);
  writer.line("sorry_server_lvs_method", forwardingText(sorryServer.forwarding, sorryServer.tunnel));
}

function printRealServer(writer: Writer, service: VirtualServer, real: RealServer, target: RealServerNotifyTarget | undefined): void {
  writer.block(`real_server ${real.address} ${real.port}`, () => {
    writer.line("weight", real.weight);
    writer.line("lvs_method", forwardingText(real.forwarding, real.tunnel));
    writer.line("inhibit_on_failure", onOff(real.inhibitOnFailure));
    writer.line("uthreshold", real.upperThreshold);
    writer.line("lthreshold", real.lowerThreshold);
    if (real.virtualHost !== undefined) writer.line("virtualhost", quoted(real.virtualHost));
    if (real.snmpName !== undefined) writer.line("snmp_name", quoted(real.snmpName));
    notified(writer, target, { notify_up: target?.up, notify_down: target?.down });
    for (const checker of real.checkers) printChecker(writer, service, real, checker);
  });
}

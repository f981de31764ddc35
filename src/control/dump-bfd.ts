import { MILLISECOND } from "../base/time.ts";
import type { BfdStatus, SessionStatus } from "../bfd/status.ts";
import { heading, indent, instant } from "./dump-text.ts";

/** `keepalived_bfd.data`: every session with its configuration and what both sides say. @param nowMs wall clock */
export function bfdDump(status: BfdStatus, nowMs: number): string {
  const lines = [
    heading("BFD Data"),
    ...indent(1, Object.entries(status.refusals).map(([reason, count]) => `discarded packets (${reason}) = ${count}`)),
    ` maximum lateness = ${status.maxLatenessUs} us`,
    heading("BFD Topology"),
    ...indent(1, status.sessions.flatMap((session) => sessionLines(session, nowMs))),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function sessionLines({ config, state, up, sourcePort, sendError, sent, received, heardAgoUs, derived }: SessionStatus, nowMs: number): string[] {
  const { remote } = state;
  const yesNo = (value: boolean): string => (value ? "Yes" : "No");
  return [
    `BFD Instance = ${config.name}`,
    ...indent(2, [
      `Neighbor IP = ${config.neighborIp}`,
      ...(config.sourceIp === undefined ? [] : [`Source IP = ${config.sourceIp}`]),
      `Required min RX interval = ${config.minRxUs} us`,
      `Desired min TX interval = ${config.minTxUs} us`,
      `Desired idle TX interval = ${config.idleTxUs} us`,
      `Detection multiplier = ${config.multiplier}`,
      `${config.family === 4 ? "TTL" : "hoplimit"} = ${config.ttl}`,
      `max_hops = ${config.maxHops ?? -1}`,
      `passive = ${config.passive}`,
      `multihop = ${config.multihop}`,
      `send event to VRRP process = ${yesNo(config.vrrp)}`,
      `send event to checker process = ${yesNo(config.checker)}`,
      `neighbor reported = ${up ? "up" : "down"}`,
      ...(sourcePort === undefined ? [] : [`source port = ${sourcePort}`]),
      `send error = ${sendError ?? "false"}`,
      `packets sent = ${sent}, received = ${received}`,
      `local state = ${state.name}`,
      `remote state = ${remote.state}`,
      `local discriminator = 0x${state.localDiscriminator.toString(16)}`,
      `remote discriminator = 0x${remote.discriminator.toString(16)}`,
      `local diag = ${derived.localDiagnostic}`,
      `remote diag = ${derived.remoteDiagnostic}`,
      `remote min tx intv = ${remote.desiredMinTxUs} us`,
      `remote min rx intv = ${remote.requiredMinRxUs} us`,
      "local demand = 0",
      `remote demand = ${Number(remote.demand)}`,
      `remote detect multiplier = ${remote.multiplier}`,
      state.poll === "no" ? "!poll, !final" : "poll, !final",
      `local tx intv = ${derived.transmitUs} us`,
      `remote tx intv = ${derived.remoteTransmitUs} us`,
      `local detection time = ${state.detectionUs} us`,
      `remote detection time = ${derived.remoteDetectionUs} us`,
      heardAgoUs === undefined ? "last seen = never" : `last seen = ${instant(nowMs - heardAgoUs / MILLISECOND)}`,
    ]),
  ];
}

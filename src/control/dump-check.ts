import { assertNever } from "../base/assert-never.ts";
import type { CheckStatus } from "../check/status.ts";
import type { CheckConfig, CheckerConfig, CheckTarget, VirtualServer } from "../conf/model.ts";
import { command, enabled, heading, indent, onOff, sixPlaces, yesNo } from "./dump-text.ts";
import { checkViews } from "./views.ts";
import type { CheckerView, RealServerView, VirtualServerView } from "./views.ts";

/** `keepalived_check.data`: virtual servers, real servers and checkers as they are now. */
export function checkDump(status: CheckStatus, config: CheckConfig): string {
  const views = checkViews(status, config);
  const lines = [
    heading("LVS Topology"),
    ...(status.ipvs ? [] : [" This kernel has no IPVS: real servers are checked, nothing is balanced"]),
    ...indent(1, views.flatMap(virtualServerLines)),
    heading("Health checkers"),
    ...indent(1, views.flatMap((vs) => vs.realServers.flatMap((rs) => rs.checkers.flatMap((checker) => checkerLines(vs, rs, checker))))),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function virtualServerLines({ config, status, realServers }: VirtualServerView): string[] {
  const flags = (["flag-1", "flag-2", "flag-3"] as const).map((flag) => `${flag} = ${enabled(config.schedulerFlags.includes(flag))}`);
  const sorry = config.sorryServer;
  return [
    heading("Virtual server"),
    serviceLine(config.key),
    ...indent(2, [
      `Address family = ${config.family === 4 ? "inet" : "inet6"}`,
      `lvs_sched = ${config.scheduler}`,
      ...flags,
      `One packet scheduling = ${enabled(config.onePacket)}`,
      ...(config.persistenceTimeoutS > 0 ? [`persistence timeout = ${config.persistenceTimeoutS}`] : []),
      ...(config.persistenceEngine === undefined ? [] : [`persistence engine = ${config.persistenceEngine}`]),
      `protocol = ${protocolName(config.key)}`,
      `alpha is ${onOff(config.alpha)}`,
      `omega is ${onOff(config.omega)}`,
      `quorum = ${config.quorum}, hysteresis = ${config.hysteresis}`,
      `default forwarding method = ${config.forwarding}`,
      ...(sorry === undefined
        ? []
        : [`sorry server = ${sorry.label}`, `  forwarding method = ${sorry.forwarding}`, `  Inhibit on failure is ${onOff(sorry.inhibit)}`]),
      `alive = ${Number(realServers.some((rs) => rs.status.up))}`,
      `quorum_state_up = ${Number(status.quorumUp)}`,
      ...realServers.flatMap(realServerLines),
    ]),
  ];
}

function protocolName(key: VirtualServer["key"]): string {
  return key.type === "fwmark" || key.protocol === undefined ? "none" : key.protocol.toUpperCase();
}

function serviceLine(key: VirtualServer["key"]): string {
  switch (key.type) {
    case "address":
      return `VS VIP = ${key.address}, VPORT = ${key.port}`;
    case "fwmark":
      return `VS FWMARK = ${key.fwmark}`;
    case "group":
      return `VS GROUP = ${key.group}`;
    default:
      return assertNever(key);
  }
}

function realServerLines({ config, status, installed, checkers }: RealServerView): string[] {
  return [
    heading("Real server"),
    `RIP = ${config.address}, RPORT = ${config.port}, WEIGHT = ${config.weight} EFF WEIGHT = ${status.weight}`,
    `forwarding method = ${config.forwarding}`,
    `connection limit range = ${config.lowerThreshold} -> ${config.upperThreshold}`,
    `Inhibit on failure is ${onOff(config.inhibitOnFailure)}`,
    `initial weight = ${config.weight}`,
    `effective weight = ${status.weight}`,
    `alive = ${Number(status.up)}`,
    `num failed checkers = ${checkers.filter((checker) => !checker.status.up).length}`,
    `RS set = ${Number(installed)}`,
  ];
}

function checkerLines(vs: VirtualServerView, rs: RealServerView, checker: CheckerView): string[] {
  const { config, status } = checker;
  return [
    `${vs.config.label} -> ${rs.config.label}`,
    ...indent(2, [
      `Up = ${yesNo(status.up)}`,
      `Has run = ${yesNo(status.hasRun)}`,
      ...scheduleLines(config, status.failures),
      ...methodLines(config),
      // Regent's own: how the last check ended.
      ...(status.last === undefined ? [] : [`Last result = ${status.last}`]),
      ...(status.lastAgoUs === undefined ? [] : [`Last ran = ${sixPlaces(status.lastAgoUs)} sec ago`]),
    ]),
  ];
}

/** FILE_CHECK and BFD_CHECK follow something and ask nothing themselves. */
function scheduleLines(config: CheckerConfig, failures: number): string[] {
  if (config.type === "FILE_CHECK") return [];
  if (config.type === "BFD_CHECK") return [`Alpha = ${yesNo(config.alpha)}`];
  return [
    `Alpha = ${yesNo(config.alpha)}`,
    `Delay loop = ${config.delayLoopUs} us`,
    `Warmup = ${config.warmupUs} us`,
    `Retries = ${config.retry}`,
    `Delay before retry = ${config.delayBeforeRetryUs} us`,
    `Retries iterations = ${failures}`,
    `Log all failures = ${yesNo(config.logAllFailures)}`,
  ];
}

function methodLines(config: CheckerConfig): string[] {
  const method = `Keepalive method = ${config.type}`;
  switch (config.type) {
    case "TCP_CHECK":
    case "PING_CHECK":
    case "UDP_CHECK":
      return [...connectionLines(config.target), method];
    case "HTTP_GET":
    case "SSL_GET":
      return [
        ...connectionLines(config.target),
        `${method}, http protocol ${config.httpProtocol}`,
        `Fast recovery ${config.fastRecovery ? "set" : "unset"}`,
        ...config.urls.flatMap((url) => [
          `Checked url = ${url.path}`,
          ...(url.digest === undefined ? [] : [`  digest = ${url.digest}`]),
          "  HTTP Status Code(s)",
          ...url.statusCodes.map(({ from, to }) => (from === to ? `    ${from}` : `    ${from}-${to}`)),
        ]),
      ];
    case "SMTP_CHECK":
      return [...config.hosts.flatMap(connectionLines), method, `helo = ${config.heloName}`];
    case "DNS_CHECK":
      return [...connectionLines(config.target), method, `type = ${config.queryType}`, `name = ${config.name}`];
    case "MISC_CHECK":
      return [method, `script = ${command(config.script)}`, `timeout = ${sixPlaces(config.timeoutUs)}`, `dynamic = ${config.dynamic ? "YES" : "NO"}`];
    case "FILE_CHECK":
      return [method, `track file = ${config.trackFile}`, `weight = ${config.weight}${config.reverse ? " reverse" : ""}`];
    case "BFD_CHECK":
      return [method, `name = ${config.name}`];
    default:
      return assertNever(config);
  }
}

function connectionLines(target: CheckTarget): string[] {
  const bound = target.bindAddress ?? target.bindPort;
  return [
    "Connection",
    `  Dest = [${target.address}]:${target.port}`,
    ...(bound === undefined ? [] : [`  Bind to = [${target.bindAddress ?? ""}]:${target.bindPort ?? 0}`]),
    ...(target.bindInterface === undefined ? [] : [`  Bind i/f = ${target.bindInterface}`]),
    ...(target.fwmark === 0 ? [] : [`  Mark = ${target.fwmark}`]),
    `  Timeout = ${sixPlaces(target.connectTimeoutUs)}`,
  ];
}

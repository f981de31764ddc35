import { ipAddress } from "../../../src/base/ip.ts";
import type { Log } from "../../../src/base/log.ts";
import type { ProcessRunner, RunningScript, ScriptCommand, ScriptExit } from "../../../src/base/ports.ts";
import { MILLISECOND, SECOND } from "../../../src/base/time.ts";
import type { CheckConfig, CheckedUrl, CheckerCommon, CheckerConfig, CheckTarget, RealServer, VirtualServer } from "../../../src/conf/model.ts";
import { loadGood } from "../../conf/memory-environment.ts";

const COMMON: CheckerCommon = {
  alpha: false,
  retry: 0,
  delayBeforeRetryUs: SECOND,
  delayLoopUs: 2 * SECOND,
  warmupUs: 0,
  logAllFailures: false,
};

export function target(port: number, over: Partial<CheckTarget> = {}): CheckTarget {
  return {
    address: ipAddress("127.0.0.1"),
    port,
    bindAddress: undefined,
    bindPort: undefined,
    bindInterface: undefined,
    fwmark: 0,
    connectTimeoutUs: 500 * MILLISECOND,
    ...over,
  };
}

export function url(path: string, over: Partial<CheckedUrl> = {}): CheckedUrl {
  return { path, host: "www.example.com", digest: undefined, statusCodes: [{ from: 200, to: 299 }], ...over };
}

/** A MISC_CHECK whose program is `name`; FakeRunner answers for it. */
export function misc(name: string, over: Partial<CheckerConfig & { type: "MISC_CHECK" }> = {}): CheckerConfig {
  return { ...COMMON, type: "MISC_CHECK", script: { text: name, argv: [name] }, timeoutUs: SECOND, dynamic: false, ...over };
}

export function tcp(port: number, over: Partial<CheckerConfig & { type: "TCP_CHECK" }> = {}): CheckerConfig {
  return { ...COMMON, type: "TCP_CHECK", target: target(port), ...over };
}

export function http(port: number, over: Partial<CheckerConfig & { type: "HTTP_GET" }> = {}): CheckerConfig {
  return { ...COMMON, type: "HTTP_GET", target: target(port), httpProtocol: "1.0", fastRecovery: false, urls: [url("/")], ...over };
}

/** 192.0.2.`host`:80 by NAT, checked by a program named after it. */
export function realServer(host: number, over: Partial<RealServer> = {}): RealServer {
  const address = ipAddress(`192.0.2.${host}`);
  return {
    address,
    port: 80,
    label: `[${address}]:tcp:80`,
    weight: 1,
    forwarding: "NAT",
    inhibitOnFailure: false,
    upperThreshold: 0,
    lowerThreshold: 0,
    checkers: [misc(`rs${host}`)],
    ...over,
  };
}

/** 198.51.100.`host`:80. */
export function virtualServer(host: number, over: Partial<VirtualServer> = {}): VirtualServer {
  const address = ipAddress(`198.51.100.${host}`);
  return {
    key: { type: "address", address, port: 80, protocol: "tcp" },
    label: `[${address}]:tcp:80`,
    family: 4,
    scheduler: "rr",
    schedulerFlags: [],
    forwarding: "NAT",
    onePacket: false,
    persistenceTimeoutS: 0,
    persistenceEngine: undefined,
    persistencePrefixLength: 32,
    haSuspend: false,
    alpha: false,
    omega: false,
    quorum: 1,
    hysteresis: 0,
    sorryServer: undefined,
    realServers: [],
    ...over,
  };
}

const NO_SERVICES: CheckConfig = loadGood("").check;

export function checkConfig(virtualServers: readonly VirtualServer[], over: Partial<CheckConfig> = {}): CheckConfig {
  return { ...NO_SERVICES, virtualServers, ...over };
}

/** Programs that end at once as `exits` says (0 unless told), or when `stop` is called if it says "hang". */
export class FakeRunner implements ProcessRunner {
  readonly exits = new Map<string, ScriptExit | "hang">();
  readonly started: string[] = [];
  stopped = 0;
  /** What starting a program costs, e.g. time on a fake clock. */
  cost: () => void = () => undefined;

  run(command: ScriptCommand): RunningScript {
    const name = command.argv[0] ?? "";
    this.started.push(name);
    this.cost();
    const exit = this.exits.get(name) ?? { type: "exited", code: 0 };
    if (exit !== "hang") return { pid: 7, exit: Promise.resolve(exit), stop: () => undefined };
    let end: (exit: ScriptExit) => void = () => undefined;
    const ended = new Promise<ScriptExit>((resolve) => (end = resolve));
    const stop = (): void => {
      this.stopped++;
      end({ type: "signalled", signal: 15 });
    };
    return { pid: 7, exit: ended, stop };
  }
}

export class FakeLog implements Log {
  lines: string[] = [];

  write(level: string, text: string): void {
    this.lines.push(level === "debug" ? `debug: ${text}` : text);
  }

  info(text: string): void {
    this.lines.push(text);
  }

  warning(text: string): void {
    this.lines.push(text);
  }

  error(text: string): void {
    this.lines.push(text);
  }

  detail(text: string): void {
    this.lines.push(text);
  }

  take(): string[] {
    const taken = this.lines;
    this.lines = [];
    return taken;
  }
}

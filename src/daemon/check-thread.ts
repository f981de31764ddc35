import { deserialize } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { assertNever } from "../base/assert-never.ts";
import { KernelError } from "../base/errors.ts";
import type { IpvsTable } from "../base/ipvs.ts";
import { CheckEngine } from "../check/engine.ts";
import type { CheckConfig } from "../conf/model.ts";
import { checkDump } from "../control/dump.ts";
import { RealClock } from "../sys/clock.ts";
import { RealConnector } from "../sys/connector.ts";
import { KernelIpvsTable } from "../sys/ipvs-table.ts";
import { NodeProcessRunner } from "../sys/process-runner.ts";
import type { FromCheck, ToCheck, WorkerSettings } from "./messages.ts";
import { ipvsRemedy } from "./namespace.ts";
import { RUNTIME_DIRECTORY } from "./paths.ts";
import { installTestHooks } from "./test-hooks.ts";
import { connectableLog } from "./thread-log.ts";
import { rescheduleThread } from "./thread-scheduling.ts";

// The check thread: real servers and the IPVS table. It may be as busy as it likes; no advert waits for it.

const port = parentPort as MessagePort;
const { options, ipvsNamespace } = workerData as WorkerSettings;
const say = (message: FromCheck): void => port.postMessage(message);

const { log, connect } = connectableLog("checker", options.logDetail);

/** undefined, and one clear line, when this kernel has no IPVS or we may not use it. */
function openIpvs(): IpvsTable | undefined {
  try {
    const table = new KernelIpvsTable(ipvsNamespace);
    table.version();
    return table;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    log.error(`IPVS: Can't initialize ipvs: ${error.message}. Virtual servers are not balanced, VRRP runs on (${ipvsRemedy(error, ipvsNamespace)})`);
    return undefined;
  }
}

installTestHooks(process.env, options.runtimeDirectory ?? RUNTIME_DIRECTORY, "check");
const ipvs = openIpvs();
const engine = new CheckEngine({
  clock: new RealClock(),
  log,
  random: Math.random,
  runner: new NodeProcessRunner({
    onStart: (processGroup) => say({ type: "childStarted", processGroup }),
    onEnd: (processGroup) => say({ type: "childEnded", processGroup }),
  }),
  connector: new RealConnector(),
  ipvs,
  notify: (notification) => say({ type: "notification", notification, atMs: Date.now() }),
  verdicts: (verdicts) => say({ type: "verdicts", verdicts }),
});
let running: CheckConfig | undefined;

function configure(message: ToCheck & { type: "configure" }): void {
  const config = deserialize(message.check) as CheckConfig;
  rescheduleThread(message.scheduling, log);
  if (running === undefined) engine.start(config, message.known);
  else engine.reload(config);
  running = config;
  say({ type: "applied", generation: message.generation });
}

async function stop(): Promise<void> {
  await engine.stop({ keepIpvs: options.leaveIpvs });
  say({ type: "stopped" });
}

function receive(message: ToCheck): void {
  switch (message.type) {
    case "ping":
      return say({ type: "pong" });
    case "logPort":
      return connect(message.port);
    case "configure":
      return configure(message);
    case "query":
      return say({ type: "answer", id: message.id, dump: running === undefined ? "" : checkDump(engine.status(), running) });
    case "stop":
      return void stop();
    default:
      assertNever(message);
  }
}

port.on("message", receive);

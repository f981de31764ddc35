import { randomInt } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { assertNever } from "../base/assert-never.ts";
import { BfdEngine } from "../bfd/engine.ts";
import { bfdDump } from "../control/dump.ts";
import { PollLoop } from "../sys/poll-loop.ts";
import { raiseRealtime } from "../sys/thread-attributes.ts";
import { openUdpListener, openUdpSender } from "../sys/udp-socket.ts";
import { AutoPriority } from "./auto-priority.ts";
import type { FromBfd, ToBfd, WorkerSettings } from "./messages.ts";
import { RUNTIME_DIRECTORY } from "./paths.ts";
import { installTestHooks } from "./test-hooks.ts";
import { connectableLog } from "./thread-log.ts";
import { rescheduleThread } from "./thread-scheduling.ts";

// The BFD thread: its timers are as tight as VRRP's, and nothing else runs here.

const port = parentPort as MessagePort;
const { options } = workerData as WorkerSettings;
const say = (message: FromBfd): void => port.postMessage(message);

const { log, connect } = connectableLog("bfd", options.logDetail);

installTestHooks(process.env, options.runtimeDirectory ?? RUNTIME_DIRECTORY, "bfd");
const loop = new PollLoop();
const autoPriority = new AutoPriority(raiseRealtime);
const RANDOM_RANGE = 2 ** 32;
const engine = new BfdEngine({
  clock: loop,
  log,
  random: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE,
  openListener: (listener) => openUdpListener(loop, listener),
  openSender: openUdpSender,
  wokenLate: (lateUs, now) => autoPriority.wokenLate(lateUs, now, log),
  verdict: (name, up) => say({ type: "verdict", name, up, at: loop.now() }),
});
let started = false;

function configure({ bfd, knownUp, scheduling }: ToBfd & { type: "configure" }): void {
  rescheduleThread(scheduling, log, autoPriority);
  const begun = loop.now();
  if (!started) engine.start(bfd, new Set(knownUp));
  else {
    log.info("Reloading");
    engine.reload(bfd);
    log.info(`Reload finished in ${loop.now() - begun} usec`);
  }
  started = true;
}

function receive(message: ToBfd): void {
  switch (message.type) {
    case "ping":
      return say({ type: "pong" });
    case "logPort":
      return connect(message.port);
    case "configure":
      return configure(message);
    case "query":
      return say({ type: "answer", id: message.id, dump: bfdDump(engine.status(), Date.now()) });
    case "stop":
      return engine.stop();
    default:
      assertNever(message);
  }
}

port.on("message", receive);

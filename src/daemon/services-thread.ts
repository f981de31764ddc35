import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { deserialize } from "node:v8";
import { pino } from "pino";
import { assertNever } from "../base/assert-never.ts";
import type { LogRecord } from "../base/log.ts";
import type { ScriptExit } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { NotifyConfig, Script } from "../conf/model.ts";
import { Notifier } from "../notify/notifier.ts";
import { TrackFiles } from "../notify/track-files.ts";
import { TrackProcesses } from "../notify/track-processes.ts";
import { TrackScripts } from "../notify/track-scripts.ts";
import { RealClock } from "../sys/clock.ts";
import { watchDirectory } from "../sys/directory-watch.ts";
import { makeFifo } from "../sys/fifo.ts";
import { watchProcesses } from "../sys/process-connector.ts";
import { NodeProcessRunner } from "../sys/process-runner.ts";
import { processTable } from "../sys/process-table.ts";
import { Syslog } from "../sys/syslog.ts";
import { trackFileAccess } from "../sys/track-file-access.ts";
import { writeLastConfig } from "./last-config.ts";
import { LogWriter } from "./log-writer.ts";
import type { FromServices, ToServices, WorkerSettings } from "./messages.ts";
import { RUNTIME_DIRECTORY } from "./paths.ts";
import { ReloadTimer } from "./reload-timer.ts";
import { installTestHooks } from "./test-hooks.ts";
import { threadLog } from "./thread-log.ts";

// The services thread: everything that may take its time, and the only one that writes a log.

const port = parentPort as MessagePort;
const { options, syslogSuffix } = workerData as WorkerSettings;
const say = (message: FromServices): void => port.postMessage(message);

const clock = new RealClock();
const writer = new LogWriter({
  console: options.logConsole ? pino.destination({ fd: 2, sync: false }) : undefined,
  consoleFormat: options.logFormat,
  syslog: options.syslog ? new Syslog({ facility: options.logFacility }) : undefined,
  identSuffix: syslogSuffix,
});
const log = threadLog("vrrp", options.logDetail, (record) => writer.write(record));
const runner = new NodeProcessRunner({
  onStart: (processGroup) => say({ type: "childStarted", processGroup }),
  onEnd: (processGroup) => say({ type: "childEnded", processGroup }),
});
const notifier = new Notifier({
  clock,
  log,
  runner,
  makeFifo,
  acknowledged: (number) => say({ type: "acknowledged", number }),
});
const trackScripts = new TrackScripts({ clock, log, runner, result: (name, exit) => say({ type: "trackScript", name, exit }) });
const trackFiles = new TrackFiles({
  clock,
  log,
  files: trackFileAccess,
  watch: watchDirectory,
  result: (name, value) => say({ type: "tracked", result: { type: "file", name, value } }),
});
const trackProcesses = new TrackProcesses({
  clock,
  log,
  table: processTable,
  watch: watchProcesses,
  result: (name, up) => say({ type: "tracked", result: { type: "process", name, up } }),
});
const reloadTimer = new ReloadTimer({
  clock,
  log: threadLog("parent", options.logDetail, (record) => writer.write(record)),
  wallClockMs: () => Date.now(),
  watch: watchDirectory,
  read: (path) => trackFileAccess.read(path),
  remove: (path) => rmSync(path, { force: true }),
  due: () => say({ type: "reloadDue" }),
});
installTestHooks(process.env, options.runtimeDirectory ?? RUNTIME_DIRECTORY, "services");

/** TERM, then KILL after the second that keepalived allows. */
const KILL_AFTER = 1 * SECOND;

async function runScript(id: number, script: Script, timeoutUs: number): Promise<void> {
  const exit: ScriptExit =
    script.disabled === undefined
      ? await runner.run(script, { timeoutUs, killAfterUs: KILL_AFTER }).exit
      : { type: "failed", reason: script.disabled };
  say({ type: "scriptDone", id, exit });
}

/**
 * Under a temporary name and renamed: an existing link at `path` is replaced, never followed (the directory may be /tmp).
 */
function writeDump(path: string, text: string): void {
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    rmSync(temporary, { force: true });
    writeFileSync(temporary, text, { flag: "wx", mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    const { errno = 0, message } = error as NodeJS.ErrnoException;
    log.error(`Can't open dump file ${path} (${-errno}: ${message})`);
  }
}

function keepConfig(path: string, bytes: Uint8Array): void {
  try {
    writeLastConfig(path, bytes);
  } catch (error) {
    log.warning(`${path}: ${(error as Error).message}: after a crash the configuration file will be read again`);
  }
}

async function stop(withinUs: number): Promise<void> {
  trackFiles.stop();
  trackProcesses.stop();
  reloadTimer.stop();
  await Promise.all([trackScripts.stop(), notifier.stop(withinUs)]);
  say({ type: "stopped" });
}

function receive(message: ToServices): void {
  switch (message.type) {
    case "ping":
      return say({ type: "pong" });
    case "logPort":
      return void message.port.on("message", (record: LogRecord) => writer.write(record));
    case "log":
      return writer.write(message.record);
    case "configure":
      return notifier.configure(deserialize(message.notify) as NotifyConfig);
    case "notification":
      return notifier.deliver(message.numbered);
    case "track":
      trackScripts.configure(message.objects.scripts);
      trackFiles.configure(message.objects.trackFiles, message.starting);
      return trackProcesses.configure(message.objects.trackProcesses);
    case "reloadTime":
      return reloadTimer.configure(message.file, message.repeat);
    case "runScript":
      return void runScript(message.id, message.script, message.timeoutUs);
    case "writeDump":
      return writeDump(message.path, message.text);
    case "keepConfig":
      return keepConfig(message.path, message.bytes);
    case "flush":
      writer.flush();
      return say({ type: "flushed", id: message.id });
    case "stop":
      return void stop(message.withinUs);
    default:
      assertNever(message);
  }
}

port.on("message", receive);

import { MessageChannel } from "node:worker_threads";
import { assertNever } from "../base/assert-never.ts";
import type { Log, LogRecord } from "../base/log.ts";
import type { Notification } from "../base/notification.ts";
import type { ScriptExit } from "../base/ports.ts";
import { MILLISECOND } from "../base/time.ts";
import type { Clock, Micros } from "../base/time.ts";
import type { TrackResult } from "../base/tracking.ts";
import { keepVerdicts } from "../check/verdict.ts";
import type { CheckerVerdict } from "../check/verdict.ts";
import type { Script } from "../conf/model.ts";
import type { TrackedByHost } from "../vrrp/host.ts";
import { BfdSupervisor } from "./bfd-supervisor.ts";
import { NotificationLedger } from "./ledger.ts";
import type { ConfigParts } from "./loading.ts";
import type { FromBfd, FromCheck, FromServices, FromWorker, Generation, ToBfd, ToCheck, ToServices, ToWorker, WorkerSettings } from "./messages.ts";
import type { Needed } from "./needed.ts";
import { SupervisedWorker } from "./supervised-worker.ts";
import { threadScheduling } from "./thread-scheduling.ts";
import { threadLog } from "./thread-log.ts";

/** Records kept while services is away; older ones are dropped first. */
const MOST_WAITING_RECORDS = 10_000;

export interface ThreadsSettings {
  readonly clock: Clock;
  readonly worker: WorkerSettings;
  readonly killGroup: (processGroup: number) => void;
  readonly trackScriptResult: (name: string, exit: ScriptExit) => void;
  readonly trackResult: (result: TrackResult) => void;
  readonly bfdResult: (name: string, up: boolean) => void;
  readonly reloadDue: () => void;
  readonly applied: (generation: Generation) => void;
  readonly wallClockMs: () => number;
}

/**
 * The workers and what must outlive them: their configuration, notifications not yet acknowledged, the verdicts last
 * reported, log records that nobody has taken yet.
 */
export class Threads {
  readonly log: Log;
  readonly parentLog: Log;
  readonly #own: ThreadsSettings;
  readonly #services: SupervisedWorker<ToServices, FromServices>;
  #check: SupervisedWorker<ToCheck, FromCheck> | undefined;
  #bfd: BfdSupervisor | undefined;
  readonly #ledger = new NotificationLedger();
  readonly #answers = new Map<number, (value: unknown) => void>();
  #waiting: LogRecord[] = [];
  #lastId = 0;
  #generation: Generation = 0;
  #parts: ConfigParts | undefined;
  #tracked: TrackedByHost | undefined;
  readonly #verdicts = new Map<string, CheckerVerdict>();

  constructor(own: ThreadsSettings) {
    this.#own = own;
    const { logDetail } = own.worker.options;
    this.log = threadLog("vrrp", logDetail, (record) => this.#writeLog(record));
    this.parentLog = threadLog("parent", logDetail, (record) => this.#writeLog(record));
    this.#services = this.#worker<ToServices, FromServices>("services", (message) => this.#fromServices(message), () => this.#servicesStarted());
  }

  startServices(): void {
    if (!this.#services.running) this.#services.start();
  }

  /** The check thread is started with the first configuration that has virtual servers, and stays; the BFD thread likewise. */
  configure(generation: Generation, parts: ConfigParts, needed: Needed): void {
    this.#generation = generation;
    this.#parts = parts;
    this.#configureServices(parts);
    this.#configureBfd(parts, needed.bfd);
    if (this.#check !== undefined) return this.#configureCheck(this.#check);
    if (!needed.checkers) return this.#own.applied(generation);
    this.#check = this.#worker<ToCheck, FromCheck>("check", (message) => this.#fromCheck(message), () => this.#checkStarted());
    this.#check.start();
  }

  notify(notification: Notification, atMs = this.#own.wallClockMs()): void {
    this.#services.post({ type: "notification", numbered: this.#ledger.add(notification, atMs) });
  }

  track({ scripts, trackFiles, trackProcesses }: TrackedByHost): void {
    const objects = { scripts, trackFiles, trackProcesses };
    this.#services.post({ type: "track", objects, starting: this.#tracked === undefined });
    this.#tracked = objects;
  }

  async runScript(script: Script, timeoutUs: Micros): Promise<ScriptExit | undefined> {
    const id = ++this.#lastId;
    const answer = this.#answer(id, timeoutUs * 2);
    this.#services.post({ type: "runScript", id, script, timeoutUs });
    return (await answer) as ScriptExit | undefined;
  }

  writeDump(path: string, text: string): void {
    this.#services.post({ type: "writeDump", path, text });
  }

  /** What the next life starts with after a crash. */
  keepConfig(path: string, bytes: Uint8Array): void {
    this.#services.post({ type: "keepConfig", path, bytes });
  }

  /** What the engines of other threads dump; undefined where there is no such thread or it does not answer in time. */
  async dumps(withinUs: Micros): Promise<{ readonly checks: string | undefined; readonly bfd: string | undefined }> {
    const [checks, bfd] = await Promise.all([this.#query(this.#check, withinUs), this.#query(this.#bfd?.worker, withinUs)]);
    return { checks, bfd };
  }

  async #query(worker: Queried | undefined, withinUs: Micros): Promise<string | undefined> {
    if (!worker?.running) return undefined;
    const id = ++this.#lastId;
    const answer = this.#answer(id, withinUs);
    worker.post({ type: "query", id });
    return (await answer) as string | undefined;
  }

  /** Nothing is said on the wire, and nothing waits for it. */
  stopBfd(): void {
    this.#bfd?.stop();
  }

  /** Checkers, omega notifications, the IPVS table. Past the bound it is left as it is: the process is about to exit. */
  async stopChecks(withinUs: Micros): Promise<void> {
    if (!this.#check?.running || this.#check.ending) return;
    this.#check.expectEnd();
    const stopped = this.#answer(CHECK_STOPPED, withinUs);
    this.#check.post({ type: "stop" });
    if ((await stopped) === undefined) this.parentLog.warning("Healthcheck process failed to die - forcing termination");
  }

  /** Checks first, then what services has to deliver (their last notifications too), all within the bound. */
  async stop(withinUs: Micros): Promise<void> {
    const deadline = this.#own.clock.now() + withinUs;
    await this.stopChecks(withinUs);
    this.#services.expectEnd();
    if (!this.#services.running) return;
    const left = Math.max(0, deadline - this.#own.clock.now());
    const stopped = this.#answer(SERVICES_STOPPED, left);
    this.#services.post({ type: "stop", withinUs: left });
    await stopped;
  }

  /** @returns false when what was logged so far could not be written within `withinUs`: the services thread hangs */
  async flush(withinUs: Micros): Promise<boolean> {
    if (!this.#services.running) return true;
    const id = ++this.#lastId;
    const answer = this.#answer(id, withinUs);
    this.#services.post({ type: "flush", id });
    return (await answer) !== undefined;
  }

  /** Child process groups still running under any worker. */
  get processGroups(): readonly number[] {
    return [...this.#services.processGroups, ...(this.#check?.processGroups ?? [])];
  }

  #worker<To extends { readonly type: string }, From extends { readonly type: string }>(
    name: string,
    receive: (message: Exclude<From, FromWorker>) => void,
    started: () => void,
  ): SupervisedWorker<To, From> {
    const { clock, worker: settings, killGroup } = this.#own;
    const script = new URL(`./${name}-thread.js`, import.meta.url);
    return new SupervisedWorker<To, From>({ name, script, settings, clock, log: this.parentLog, receive, started, killGroup });
  }

  #writeLog(record: LogRecord): void {
    if (this.#services.running) return this.#services.post({ type: "log", record });
    this.#waiting.push(record);
    if (this.#waiting.length > MOST_WAITING_RECORDS) this.#waiting.shift();
  }

  #servicesStarted(): void {
    for (const record of this.#waiting.splice(0)) this.#services.post({ type: "log", record });
    this.#connectLog(this.#check);
    this.#connectLog(this.#bfd?.worker);
    if (this.#parts === undefined) return;
    this.#configureServices(this.#parts);
    for (const numbered of this.#ledger.pending) this.#services.post({ type: "notification", numbered });
    if (this.#tracked !== undefined) this.#services.post({ type: "track", objects: this.#tracked, starting: false });
  }

  #configureServices({ notify, global: { reload } }: ConfigParts): void {
    this.#services.post({ type: "configure", generation: this.#generation, notify });
    this.#services.post({ type: "reloadTime", file: reload.timeFile, repeat: reload.repeat });
  }

  #checkStarted(): void {
    this.#connectLog(this.#check);
    if (this.#check !== undefined) this.#configureCheck(this.#check);
  }

  #configureCheck(check: SupervisedWorker<ToCheck, FromCheck>): void {
    if (this.#parts === undefined) return;
    const { check: part, global } = this.#parts;
    const known = [...this.#verdicts.values()];
    check.post({ type: "configure", generation: this.#generation, check: part, known, scheduling: threadScheduling(global, "checker") });
  }

  #configureBfd(parts: ConfigParts, isNeeded: boolean): void {
    if (this.#bfd !== undefined) return this.#bfd.reload(parts);
    if (!isNeeded) return;
    this.#bfd = new BfdSupervisor({
      worker: (receive, started) => this.#worker<ToBfd, FromBfd>("bfd", receive, started),
      verdict: (name, up, at) => {
        this.log.detail(`Received BFD event: instance ${name} is in state ${up ? "Up" : "Down"} (delivered in ${this.#own.clock.now() - at} usec)`);
        this.#own.bfdResult(name, up);
      },
      answered: (id, dump) => this.#answers.get(id)?.(dump),
      connectLog: () => this.#connectLog(this.#bfd?.worker),
    });
    this.#bfd.start(parts);
  }

  /** A thread's log goes to services directly, so that its chatter never passes main. */
  #connectLog(worker: Pick<SupervisedWorker<ToWorker, FromWorker>, "running" | "connectLog"> | undefined): void {
    if (!worker?.running || !this.#services.running) return;
    const { port1, port2 } = new MessageChannel();
    this.#services.connectLog(port1);
    worker.connectLog(port2);
  }

  #fromServices(message: Exclude<FromServices, FromWorker>): void {
    switch (message.type) {
      case "acknowledged":
        return this.#ledger.acknowledge(message.number);
      case "trackScript":
        return this.#own.trackScriptResult(message.name, message.exit);
      case "tracked":
        return this.#own.trackResult(message.result);
      case "reloadDue":
        return this.#own.reloadDue();
      case "scriptDone":
        return this.#answers.get(message.id)?.(message.exit);
      case "flushed":
        return this.#answers.get(message.id)?.(true);
      case "stopped":
        return this.#answers.get(SERVICES_STOPPED)?.(true);
      default:
        assertNever(message);
    }
  }

  #fromCheck(message: Exclude<FromCheck, FromWorker>): void {
    switch (message.type) {
      case "applied":
        return this.#own.applied(message.generation);
      case "notification":
        return this.notify(message.notification, message.atMs);
      case "verdicts":
        return keepVerdicts(this.#verdicts, message.verdicts);
      case "answer":
        return this.#answers.get(message.id)?.(message.dump);
      case "stopped":
        return this.#answers.get(CHECK_STOPPED)?.(true);
      default:
        assertNever(message);
    }
  }

  /** Resolves with the answer to `id`, or undefined when `withinUs` has passed. */
  #answer(id: number, withinUs: Micros): Promise<unknown> {
    const { clock } = this.#own;
    return new Promise((resolve) => {
      const alarm = clock.alarm(clock.now() + Math.max(withinUs, MILLISECOND), () => done(undefined));
      const done = (value: unknown): void => {
        alarm.cancel();
        this.#answers.delete(id);
        resolve(value);
      };
      this.#answers.set(id, done);
    });
  }
}

/** A worker whose engine has a dump. */
interface Queried {
  readonly running: boolean;
  post(message: { readonly type: "query"; readonly id: number }): void;
}

const SERVICES_STOPPED = -1;
const CHECK_STOPPED = -2;

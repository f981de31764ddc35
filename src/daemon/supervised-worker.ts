import { Worker } from "node:worker_threads";
import type { MessagePort, TransferListItem } from "node:worker_threads";
import type { Log } from "../base/log.ts";
import { MILLISECOND, SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import { unbound } from "../sys/cpu-affinity.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "./messages.ts";

const FIRST_RESTART: Micros = 20 * MILLISECOND;
const LONGEST_RESTART: Micros = 60 * SECOND;
/** A worker that lived this long is restarted as if it had never died before. */
const STEADY: Micros = 60 * SECOND;
const PING_EVERY: Micros = 1 * SECOND;
/**
 * So many pings in a row without an answer and a worker counts as wedged: longer than any honest computation in it. Pings
 * are counted, not seconds, so that a stall of the whole process (SIGSTOP) accuses nobody.
 */
export const WEDGED_AFTER_PINGS = 10;

export interface SupervisedWorkerSettings<From> {
  /** For log lines: "services", "check", "bfd". */
  readonly name: string;
  readonly script: URL;
  readonly settings: WorkerSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly receive: (message: Exclude<From, FromWorker>) => void;
  /** A fresh worker runs: give it its configuration and what must survive. */
  readonly started: () => void;
  /** Kills a process group that a dead worker left behind. */
  readonly killGroup: (processGroup: number) => void;
}

/**
 * A worker thread that is started again when it dies or wedges: 20 ms later, then 1, 2, 4 … 60 s. What it must not lose is
 * kept by its owner and given again in `started`.
 */
export class SupervisedWorker<To extends { readonly type: string }, From extends { readonly type: string }> {
  readonly #own: SupervisedWorkerSettings<From>;
  readonly #groups = new Set<number>();
  #worker: Worker | undefined;
  #startedAt: Micros = 0;
  #deaths = 0;
  #unanswered = 0;
  #pingAlarm: Alarm | undefined;
  #stopping = false;

  constructor(own: SupervisedWorkerSettings<From>) {
    this.#own = own;
  }

  get running(): boolean {
    return this.#worker !== undefined;
  }

  get ending(): boolean {
    return this.#stopping;
  }

  start(): void {
    const { script, settings, clock, started } = this.#own;
    const worker = unbound(() => new Worker(script, { workerData: settings, name: this.#own.name }));
    this.#worker = worker;
    this.#startedAt = clock.now();
    this.#unanswered = 0;
    let reason = "ended";
    worker.on("message", (message: From | FromWorker) => this.#receive(message));
    worker.on("error", (error: Error) => void (reason = error.stack ?? error.message));
    worker.on("exit", () => this.#exited(worker, reason));
    started();
    this.#schedulePing();
  }

  /** Lost when the worker is not running: what matters is given again in `started`. */
  post(message: To | ToWorker, transfer: readonly TransferListItem[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  connectLog(port: MessagePort): void {
    this.post({ type: "logPort", port }, [port]);
  }

  /** No restart from now on; the worker itself is asked to stop by a message of its own. */
  expectEnd(): void {
    this.#stopping = true;
    this.#pingAlarm?.cancel();
  }

  /** Child process groups that are still running, as the worker reported them. */
  get processGroups(): readonly number[] {
    return [...this.#groups];
  }

  #receive(message: From | FromWorker): void {
    switch (message.type) {
      case "pong":
        this.#unanswered = 0;
        return;
      case "childStarted":
        this.#groups.add((message as FromWorker & { type: "childStarted" }).processGroup);
        return;
      case "childEnded":
        this.#groups.delete((message as FromWorker & { type: "childEnded" }).processGroup);
        return;
      default:
        this.#own.receive(message as Exclude<From, FromWorker>);
    }
  }

  #schedulePing(): void {
    const { clock, log, name } = this.#own;
    this.#pingAlarm?.cancel();
    this.#pingAlarm = clock.alarm(clock.now() + PING_EVERY, () => {
      const worker = this.#worker;
      if (worker === undefined || this.#stopping) return;
      if (this.#unanswered >= WEDGED_AFTER_PINGS) {
        log.error(`${name} thread has not answered ${this.#unanswered} pings: terminating it`);
        // terminate() cannot end a thread inside a native call: the next one does not wait for it.
        void worker.terminate();
        this.#exited(worker, "wedged");
        return;
      }
      this.#unanswered++;
      worker.postMessage({ type: "ping" } satisfies ToWorker);
      this.#schedulePing();
    });
  }

  #exited(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    const { clock, log, name, killGroup } = this.#own;
    this.#worker = undefined;
    this.#pingAlarm?.cancel();
    for (const group of this.#groups) killGroup(group);
    this.#groups.clear();
    if (this.#stopping) return;
    if (clock.now() - this.#startedAt >= STEADY) this.#deaths = 0;
    const delay = this.#deaths === 0 ? FIRST_RESTART : Math.min(LONGEST_RESTART, SECOND * 2 ** (this.#deaths - 1));
    this.#deaths++;
    log.write("alert", `${name} thread died (${reason}): restarting in ${delay / MILLISECOND} ms`);
    clock.alarm(clock.now() + delay, () => {
      if (!this.#stopping) this.start();
    });
  }
}

import { KernelError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { MILLISECOND, SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import type { ProcessEvent, ProcessTable, WatchProcesses } from "../base/tracking.ts";
import type { TrackProcess } from "../conf/model.ts";
import { isTracked, needsCommandLine } from "./process-match.ts";

/** How often /proc is read where the kernel does not tell of processes. */
const POLL: Micros = 500 * MILLISECOND;
/** Outside the first pid namespace the kernel answers nothing at all. */
const CONFIRM_WITHIN: Micros = SECOND;

export interface TrackProcessesHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly table: ProcessTable;
  readonly watch: WatchProcesses;
  /** See `TrackResult`. */
  result(name: string, up: boolean): void;
}

interface Tracked {
  readonly config: TrackProcess;
  count: number;
  /** As told; what a running delay is about to change. */
  up: boolean;
  delay: Alarm | undefined;
}

/** What changed a count: each has its delay, and what is neither the beginning nor the end of a process has none. */
type Cause = "fork" | "exit" | "other";

const NONE: ReadonlySet<Tracked> = new Set();

/** Counts the processes of `vrrp_track_process`: /proc once, then what the process connector tells. */
export class TrackProcesses {
  readonly #host: TrackProcessesHost;
  #tracked: readonly Tracked[] = [];
  /** Which of them each process counts for; processes that count for none are left out. */
  #counted = new Map<number, ReadonlySet<Tracked>>();
  #connector: { close(): void } | undefined;
  #confirmed = false;
  #confirmBy: Micros | undefined;
  #poll: Alarm | undefined;

  constructor(host: TrackProcessesHost) {
    this.#host = host;
  }

  /** Replaces the whole set; everything is counted and told anew, without delay. */
  configure(processes: readonly TrackProcess[]): void {
    for (const { delay } of this.#tracked) delay?.cancel();
    this.#tracked = processes.map((config) => ({ config, count: 0, up: false, delay: undefined }));
    if (processes.length === 0) return this.stop();
    if (this.#connector === undefined && this.#poll === undefined) this.#open();
    this.#counted = this.#scan();
    for (const tracked of this.#tracked) {
      tracked.count = countOf(this.#counted, tracked);
      tracked.up = isQuorum(tracked);
      this.#host.result(tracked.config.name, tracked.up);
    }
  }

  stop(): void {
    for (const { delay } of this.#tracked) delay?.cancel();
    this.#tracked = [];
    this.#counted.clear();
    this.#poll?.cancel();
    this.#poll = undefined;
    this.#connector?.close();
    this.#connector = undefined;
    this.#confirmed = false;
    this.#confirmBy = undefined;
  }

  /** Until the kernel has confirmed that it tells, and where it does not, /proc is polled. */
  #open(): void {
    const { clock, log, watch } = this.#host;
    try {
      this.#connector = watch({ ready: () => this.#ready(), events: (events) => this.#events(events) });
      this.#confirmBy = clock.now() + CONFIRM_WITHIN;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      log.warning(`WARNING - the kernel does not support proc events (${error.message}) - track_process will read /proc every ${POLL / SECOND} s`);
    }
    this.#armPoll();
  }

  #ready(): void {
    if (this.#confirmed) return;
    this.#confirmed = true;
    this.#confirmBy = undefined;
    this.#poll?.cancel();
    this.#poll = undefined;
    this.#host.log.detail("proc_events has confirmed it is configured");
    this.#recount(false); // what happened between the scan and now
  }

  #armPoll(): void {
    const { clock } = this.#host;
    this.#poll = clock.alarm(clock.now() + POLL, () => this.#polled());
  }

  #polled(): void {
    const { clock, log } = this.#host;
    if (this.#confirmBy !== undefined && clock.now() >= this.#confirmBy) {
      this.#confirmBy = undefined;
      log.warning(`WARNING - the kernel does not confirm proc events, as in a container - track_process will read /proc every ${POLL / SECOND} s`);
    }
    this.#recount(false);
    this.#armPoll();
  }

  #events(events: readonly ProcessEvent[] | undefined): void {
    if (!this.#confirmed) return; // the poll sees it
    if (events === undefined) return this.#recount(true);
    for (const event of events) {
      switch (event.type) {
        case "fork":
          // Name and command line are the parent's until it runs something else; one that a scan has found may have done so.
          if (!this.#counted.has(event.pid)) this.#count(event.pid, this.#counted.get(event.parent) ?? NONE, "fork");
          break;
        case "changed":
          this.#count(event.pid, this.#countsFor(event.pid), "other");
          break;
        case "exit":
          this.#count(event.pid, NONE, "exit");
          break;
      }
    }
  }

  #count(pid: number, now: ReadonlySet<Tracked>, cause: Cause): void {
    const before = this.#counted.get(pid) ?? NONE;
    if (now.size === 0) this.#counted.delete(pid);
    else this.#counted.set(pid, now);
    for (const tracked of this.#tracked) {
      const change = Number(now.has(tracked)) - Number(before.has(tracked));
      if (change === 0) continue;
      tracked.count += change;
      this.#judge(tracked, cause);
    }
  }

  /** @param tell events were lost: what they would have said is told, as keepalived does */
  #recount(tell: boolean): void {
    this.#counted = this.#scan();
    for (const tracked of this.#tracked) {
      const before = tracked.count;
      tracked.count = countOf(this.#counted, tracked);
      if (tracked.count === before) continue;
      if (tell) {
        const quorum = isQuorum(tracked) === tracked.up ? "" : `, quorum ${tracked.up ? "down" : "up"}`;
        this.#host.log.info(`Process ${tracked.config.name}, number of current processes changed from ${before} to ${tracked.count}${quorum}`);
      }
      this.#judge(tracked, tracked.count < before ? "exit" : "other");
    }
  }

  #scan(): Map<number, ReadonlySet<Tracked>> {
    const counted = new Map<number, ReadonlySet<Tracked>>();
    for (const pid of this.#host.table.pids()) {
      const tracked = this.#countsFor(pid);
      if (tracked.size > 0) counted.set(pid, tracked);
    }
    return counted;
  }

  #countsFor(pid: number): ReadonlySet<Tracked> {
    const process = this.#host.table.describe(pid, this.#tracked.some(({ config }) => needsCommandLine(config)));
    return process === undefined ? NONE : new Set(this.#tracked.filter(({ config }) => isTracked(config, process)));
  }

  #judge(tracked: Tracked, cause: Cause): void {
    if (isQuorum(tracked) === tracked.up) {
      tracked.delay?.cancel();
      tracked.delay = undefined;
      return;
    }
    const { terminateDelayUs, forkDelayUs } = tracked.config;
    const delayUs = cause === "exit" ? terminateDelayUs : cause === "fork" ? forkDelayUs : 0;
    if (delayUs === 0) return this.#turn(tracked);
    const { clock } = this.#host;
    tracked.delay ??= clock.alarm(clock.now() + delayUs, () => this.#turn(tracked));
  }

  #turn(tracked: Tracked): void {
    tracked.delay?.cancel();
    tracked.delay = undefined;
    tracked.up = !tracked.up;
    this.#host.log.info(`Quorum ${tracked.up ? "gained" : "lost"} for tracked process ${tracked.config.name}`);
    this.#host.result(tracked.config.name, tracked.up);
  }
}

function countOf(counted: ReadonlyMap<number, ReadonlySet<Tracked>>, tracked: Tracked): number {
  let count = 0;
  for (const set of counted.values()) if (set.has(tracked)) count++;
  return count;
}

/** With `quorum_max 0` none may run, whatever the quorum, which is 1 where none is written. */
function isQuorum({ count, config: { quorum, quorumMax = Infinity } }: Tracked): boolean {
  return count >= Math.min(quorum, quorumMax) && count <= quorumMax;
}

import type { IpvsServiceKey, IpvsTable } from "../base/ipvs.ts";
import type { Log } from "../base/log.ts";
import type { Notification } from "../base/notification.ts";
import type { Connector, ProcessRunner } from "../base/ports.ts";
import { MILLISECOND, SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import type { CheckConfig, VirtualServer } from "../conf/model.ts";
import type { IpvsEntry } from "../ipvs/keys.ts";
import { serviceKeyText } from "../ipvs/keys.ts";
import { IpvsReconciler } from "../ipvs/reconciler.ts";
import type { CheckResult } from "./checker.ts";
import type { CheckerRun } from "./checker-run.ts";
import { timeLimitUs } from "./checker-run.ts";
import { Deadlines } from "./deadlines.ts";
import { IpvsSettings } from "./ipvs-settings.ts";
import { judge } from "./judge.ts";
import { mailPhrase, resultLines } from "./lines.ts";
import { planMembers, serviceText } from "./plan.ts";
import { ipvsKey, wantedDestinations, wantedService } from "./pool.ts";
import { assertRunnable } from "./runnable.ts";
import type { Member, ServiceHost } from "./service.ts";
import { PooledService } from "./service.ts";
import type { CheckStatus } from "./status.ts";
import { statusOf } from "./status.ts";
import type { CheckerVerdict } from "./verdict.ts";

/** keepalived waits this long before the first check, and up to `warmup` longer. */
const FIRST_CHECK_AFTER_US: Micros = SECOND;
/** Checks begun or ended in one turn, so that 10,000 due at once do not hold the thread. */
const DEADLINES_PER_TURN = 200;
/** And no longer than this: starting a script may take long on a busy machine, and main wants its pings answered. */
const TURN: Micros = 20 * MILLISECOND;

export interface CheckHost {
  readonly clock: Clock;
  readonly log: Log;
  /** 0 <= x < 1. */
  readonly random: () => number;
  readonly runner: ProcessRunner;
  readonly connector: Connector;
  /** undefined: a kernel without IPVS, as whoever looked for it has said; real servers are checked all the same. */
  readonly ipvs: IpvsTable | undefined;
  notify(notification: Notification): void;
  /** Those that changed; `keepVerdicts` merges them into what the next worker is to know. */
  verdicts(changed: readonly CheckerVerdict[]): void;
}

export interface StopOptions {
  /** `--dont-release-ipvs`: leave the kernel's table as it is. */
  readonly keepIpvs?: boolean;
}

/** Asks real servers, judges, and keeps the kernel's IPVS table at what follows. */
export class CheckEngine {
  readonly #host: CheckHost;
  readonly #services = new Map<string, PooledService>();
  /** Which member a checker speaks about. */
  readonly #owners = new Map<CheckerRun, { readonly service: PooledService; readonly member: Member }>();
  readonly #deadlines = new Deadlines<CheckerRun>();
  readonly #serviceHost: ServiceHost;
  readonly #reconciler: IpvsReconciler | undefined;
  #settings: IpvsSettings | undefined;
  #config: CheckConfig | undefined;
  /** Verdicts of this turn that main has not been told yet. */
  #unreported: CheckerVerdict[] = [];
  #alarm: { readonly at: Micros; readonly alarm: Alarm } | undefined;
  #known: ReadonlyMap<string, CheckerVerdict> = new Map();
  #releasing = false;

  constructor(host: CheckHost) {
    this.#host = host;
    const { clock, log, ipvs } = host;
    this.#serviceHost = {
      log,
      notify: (notification) => host.notify(notification),
      quorumDecided: (service) => {
        this.#remember({ kind: "quorum", key: `quorum ${serviceText(service.vs)}`, up: service.quorumUp });
      },
      touched: (service) => this.#reconciler?.touch(ipvsKey(service.vs.key)),
    };
    this.#reconciler = ipvs && new IpvsReconciler({ clock, log, table: ipvs, wanted: (key) => this.#wanted(key) });
  }

  /**
   * @param known what a predecessor of this worker reported and main kept; empty at the daemon's first start. What is
   *   in it is not told again.
   */
  start(config: CheckConfig, known: readonly CheckerVerdict[]): void {
    const { log, ipvs } = this.#host;
    assertRunnable(config);
    this.#config = config;
    this.#known = new Map(known.map((verdict) => [verdict.key, verdict]));
    log.write("debug", "Initializing ipvs");
    if (ipvs !== undefined) {
      const timeouts = this.#known.get("timeouts");
      this.#settings = new IpvsSettings(ipvs, log, timeouts?.kind === "timeouts" ? timeouts.before : undefined);
      if (config.lvsFlush && known.length === 0) this.#settings.flush();
      this.#applyTimeouts(config);
    }
    const earlier = known.flatMap((verdict) => (verdict.kind === "service" ? [verdict.service] : []));
    this.#reconciler?.adopt([...config.virtualServers.map((vs) => ipvsKey(vs.key)), ...earlier]);
    for (const vs of config.virtualServers) this.#open(vs, config.rsInitNotifies);
    // Configured once, gone since, and the worker that was to remove them died.
    for (const key of earlier) if (!this.#services.has(serviceKeyText(key))) this.#abandon(key);
    this.#known = new Map();
    this.#arm();
    this.#report();
  }

  /** Touches only what differs: unchanged checkers keep their verdicts, counters and schedules. Linear. */
  reload(config: CheckConfig): void {
    assertRunnable(config);
    this.#host.log.write("debug", "Reinitializing ipvs");
    this.#config = config;
    this.#applyTimeouts(config);
    const leaving = new Map(this.#services);
    for (const vs of config.virtualServers) {
      const text = serviceText(vs);
      leaving.delete(text);
      const service = this.#services.get(text);
      if (service === undefined) this.#open(vs, config.rsInitNotifies);
      else this.#reconfigure(service, vs);
    }
    for (const [text, service] of leaving) {
      for (const member of service.members) this.#drop(member.runs);
      this.#services.delete(text);
      service.remove();
      this.#remember({ kind: "forget", key: `quorum ${text}` });
      this.#abandon(ipvsKey(service.vs.key));
    }
    this.#arm();
    this.#report();
  }

  /** Resolves when the kernel's table is released as the configuration asks; checks in progress are broken off. */
  async stop({ keepIpvs = false }: StopOptions = {}): Promise<void> {
    const runs = [...this.#owners.keys()];
    this.#owners.clear();
    for (const run of runs) breakOff(run);
    this.#alarm?.alarm.cancel();
    this.#alarm = undefined;
    for (const service of this.#services.values()) service.shutDown();
    if (!keepIpvs) await this.#release();
    this.#reconciler?.close();
    if (this.#settings?.restoreTimeouts() === true) this.#remember({ kind: "forget", key: "timeouts" });
    this.#report();
  }

  /** Takes our services out of the kernel's table. */
  async #release(): Promise<void> {
    this.#releasing = true;
    const flush = this.#config?.lvsFlushOnStop ?? false;
    if (flush === "all") {
      this.#reconciler?.close();
      this.#settings?.flush();
    } else {
      if (flush === "services") this.#reconciler?.forgetDestinations();
      for (const service of this.#services.values()) this.#reconciler?.touch(ipvsKey(service.vs.key));
      await this.#reconciler?.idle();
    }
    for (const text of this.#services.keys()) this.#remember({ kind: "forget", key: `service ${text}` });
  }

  status(): CheckStatus {
    return statusOf([...this.#services.values()], this.#host.ipvs !== undefined, this.#host.clock.now());
  }

  #applyTimeouts(config: CheckConfig): void {
    const before = this.#settings?.setTimeouts(config.lvsTimeouts);
    if (before !== undefined) this.#remember({ kind: "timeouts", key: "timeouts", before });
  }

  #open(vs: VirtualServer, initNotifies: boolean): void {
    const text = serviceText(vs);
    const { members, fresh } = planMembers(this.#host, vs, [], this.#known);
    const service = new PooledService(this.#serviceHost, vs, members);
    this.#services.set(text, service);
    this.#own(service);
    this.#remember({ kind: "service", key: `service ${text}`, service: ipvsKey(vs.key) });
    const quorum = this.#known.get(`quorum ${text}`);
    service.open(quorum?.kind === "quorum" ? quorum.up : undefined, initNotifies);
    this.#begin(fresh);
  }

  #reconfigure(service: PooledService, vs: VirtualServer): void {
    const { members, fresh, dropped } = planMembers(this.#host, vs, service.members, new Map());
    this.#drop(dropped);
    service.reconfigure(vs, members);
    this.#own(service);
    this.#begin(fresh);
  }

  #own(service: PooledService): void {
    for (const member of service.members) for (const run of member.runs) this.#owners.set(run, { service, member });
  }

  #begin(fresh: readonly CheckerRun[]): void {
    const { clock, random, log } = this.#host;
    for (const run of fresh) {
      const owner = this.#owners.get(run);
      if (owner === undefined) continue;
      log.info(`Activating healthchecker for service ${owner.member.rs.label} for VS ${owner.service.vs.label}`);
      const first = clock.now() + FIRST_CHECK_AFTER_US + Math.floor(random() * run.config.warmupUs);
      this.#remember(verdictOf(run));
      const preparing = run.checker.prepare?.();
      if (preparing === undefined) run.deadline = this.#deadlines.add(first, run);
      else void preparing.then(() => this.#prepared(run, first));
    }
  }

  #prepared(run: CheckerRun, first: Micros): void {
    if (this.#owners.has(run)) this.#schedule(run, Math.max(this.#host.clock.now(), first));
  }

  #drop(runs: readonly CheckerRun[]): void {
    for (const run of runs) {
      this.#owners.delete(run);
      breakOff(run);
      this.#remember({ kind: "forget", key: run.key });
    }
  }

  /** No longer ours after this. */
  #abandon(key: IpvsServiceKey): void {
    this.#reconciler?.touch(key);
    const text = serviceKeyText(key);
    const forget = (): void => this.#remember({ kind: "forget", key: `service ${text}` });
    if (this.#reconciler === undefined) return forget();
    void this.#reconciler.idle().then(() => {
      if (this.#services.has(text)) return; // a later reload brought it back
      forget();
      this.#report();
    });
  }

  #wanted(key: IpvsServiceKey): IpvsEntry | undefined {
    const service = this.#releasing ? undefined : this.#services.get(serviceKeyText(key));
    return service && { service: wantedService(service.vs), destinations: wantedDestinations(service.vs, service.health()) };
  }

  #turn(): void {
    const until = this.#host.clock.now() + TURN;
    for (let i = 0; i < DEADLINES_PER_TURN && (i === 0 || this.#host.clock.now() < until); i++) {
      const run = this.#deadlines.takeDue(this.#host.clock.now());
      if (run === undefined) break;
      run.deadline = undefined;
      // Its time is up; the checker answers by itself, soon. Without a question under way it is due to be asked.
      if (run.asking !== undefined) run.asking.abort();
      else this.#ask(run);
    }
    this.#arm();
  }

  #ask(run: CheckerRun): void {
    const asking = new AbortController();
    run.asking = asking;
    run.startedAt = this.#host.clock.now();
    run.deadline = this.#deadlines.add(run.startedAt + timeLimitUs(run.config), run);
    // A rejection is a bug of ours: nobody handles it, and the thread ends.
    void run.checker.check(asking.signal, run.state.step).then((result) => {
      if (run.asking === asking) this.#answered(run, result);
    });
  }

  #answered(run: CheckerRun, result: CheckResult): void {
    const { clock, log } = this.#host;
    const owner = this.#owners.get(run);
    if (owner === undefined) return;
    const { service, member } = owner;
    run.asking = undefined;
    if (run.deadline !== undefined) run.deadline.cancelled = true;
    const now = clock.now();
    run.last = { at: now, text: result.outcome === "passed" ? "passed" : result.reason };
    if (result.outcome === "unasked") {
      const line = `${run.config.type} of ${member.rs.label} for VS ${service.vs.label} cannot be made: ${result.reason}. Rescheduling.`;
      if (run.unasked !== line) log.warning(line);
      run.unasked = line;
      this.#schedule(run, now + run.config.delayLoopUs);
      return;
    }
    run.unasked = undefined;
    const before = run.state;
    const verdict = judge(run.schedule, before, result.outcome === "passed");
    run.state = verdict.state;
    const weightBefore = run.exitWeight;
    if (result.outcome === "passed") run.exitWeight = result.exitWeight;
    const labels = { realServer: member.rs.label, virtualServer: service.vs.label };
    const judged = { config: run.config, ...labels, before, result, verdict };
    for (const line of resultLines(judged)) log.info(line);
    if (verdict.changed || run.exitWeight !== weightBefore) {
      service.memberJudged(member, result.outcome === "failed", mailPhrase(judged));
    }
    if (verdict.changed || verdict.confirmed || run.exitWeight !== weightBefore) this.#remember(verdictOf(run));
    const next = (verdict.from === "start" ? run.startedAt : now) + verdict.nextInUs;
    this.#schedule(run, Math.max(now, next));
    this.#report();
  }

  #remember(verdict: CheckerVerdict): void {
    this.#unreported.push(verdict);
  }

  #report(): void {
    if (this.#unreported.length === 0) return;
    const changed = this.#unreported;
    this.#unreported = [];
    this.#host.verdicts(changed);
  }

  #schedule(run: CheckerRun, at: Micros): void {
    run.deadline = this.#deadlines.add(at, run);
    this.#arm();
  }

  /** One alarm, for the earliest of all deadlines. */
  #arm(): void {
    const at = this.#deadlines.earliest();
    if (at === undefined || (this.#alarm !== undefined && this.#alarm.at <= at)) return;
    this.#alarm?.alarm.cancel();
    const alarm = this.#host.clock.alarm(at, () => {
      this.#alarm = undefined;
      this.#turn();
    });
    this.#alarm = { at, alarm };
  }
}

function breakOff(run: CheckerRun): void {
  if (run.deadline !== undefined) run.deadline.cancelled = true;
  run.deadline = undefined;
  const { asking } = run;
  run.asking = undefined;
  asking?.abort();
}

function verdictOf(run: CheckerRun): CheckerVerdict {
  const { key, state, exitWeight } = run;
  return exitWeight === undefined ? { kind: "checker", key, state } : { kind: "checker", key, state, exitWeight };
}

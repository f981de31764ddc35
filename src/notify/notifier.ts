import type { Log } from "../base/log.ts";
import type { NumberedNotification } from "../base/notification.ts";
import type { MakeFifo, ProcessRunner, ScriptCommand } from "../base/ports.ts";
import type { Clock, Micros } from "../base/time.ts";
import type { NotifyConfig } from "../conf/model.ts";
import { FifoWriters } from "./fifos.ts";
import { Mailer } from "./mailer.ts";
import { isStopping, planDeliveries, queueKeyOf } from "./plan.ts";
import type { Delivery } from "./plan.ts";
import { withRetired } from "./retired.ts";
import { KILL_AFTER_US, ScriptQueue } from "./script-queue.ts";

/** Acknowledged numbers that are remembered, to recognise what is sent twice. */
const REMEMBERED_NUMBERS = 10_000;

export interface NotifyHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly runner: ProcessRunner;
  readonly makeFifo: MakeFifo;
  /** Everything that this notification leads to was started and has ended; it need not be kept any longer. */
  acknowledged(number: number): void;
}

/** Tells the outside: scripts, FIFO lines, mails. Runs on the services thread; nobody waits for it but the daemon's stop. */
export class Notifier {
  readonly #host: NotifyHost;
  readonly #fifos: FifoWriters;
  readonly #mailer: Mailer;
  readonly #queues = new Map<string, ScriptQueue>();
  readonly #mailed = new Map<string, string>();
  readonly #inFlight = new Set<number>();
  readonly #acknowledged = new Set<number>();
  readonly #disabledReported = new Set<string>();
  readonly #early: NumberedNotification[] = [];
  #config: NotifyConfig | undefined;
  /** As configured, without what an earlier configuration left behind. */
  #plain: NotifyConfig | undefined;
  #idleWaiters: (() => void)[] = [];
  #stopping = false;

  constructor(host: NotifyHost) {
    this.#host = host;
    this.#fifos = new FifoWriters(host);
    this.#mailer = new Mailer(host);
  }

  /** FIFO lines lost because nobody reads, and mails that could not be delivered. */
  get lost(): { readonly fifoLines: number; readonly mails: number } {
    return { fifoLines: this.#fifos.lost, mails: this.#mailer.lost };
  }

  /** Start and reload. What is under way is finished as it was begun. */
  configure(config: NotifyConfig): void {
    this.#config = this.#plain === undefined ? config : withRetired(config, this.#plain);
    this.#plain = config;
    this.#fifos.configure(config);
    for (const notification of this.#early.splice(0)) this.deliver(notification);
  }

  /**
   * Starts what the notification leads to; before the first `configure` it is kept. A number that was acknowledged before
   * is only acknowledged again, one that is under way is ignored.
   */
  deliver(numbered: NumberedNotification): void {
    if (this.#acknowledged.has(numbered.number)) return this.#host.acknowledged(numbered.number);
    if (this.#inFlight.has(numbered.number) || this.#stopping) return;
    if (this.#config === undefined) {
      this.#early.push(numbered);
      return;
    }
    this.#inFlight.add(numbered.number);
    const { deliveries, mailed } = planDeliveries(numbered.notification, this.#config, this.#mailed);
    if (mailed !== undefined) this.#mailed.set(mailed.key, mailed.state);
    this.#start(numbered, deliveries, this.#config);
  }

  /** Resolves when nothing is under way: at once, if so now. */
  async idle(): Promise<void> {
    if (this.#inFlight.size === 0) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /**
   * Takes nothing new, lets what is under way end, and gives up (TERM, KILL a second later) so early that `timeoutUs` is
   * kept. FIFOs are closed and removed.
   */
  async stop(timeoutUs: Micros): Promise<void> {
    this.#stopping = true;
    const giveUpAt = this.#host.clock.now() + Math.max(0, timeoutUs - KILL_AFTER_US);
    const alarm = this.#host.clock.alarm(giveUpAt, () => this.#giveUp());
    await Promise.all([this.idle(), this.#fifos.stop()]);
    alarm.cancel();
    this.#mailer.stop();
  }

  #start(numbered: NumberedNotification, deliveries: readonly Delivery[], config: NotifyConfig): void {
    let open = 1;
    const ended = (): void => {
      if (--open === 0) this.#acknowledge(numbered.number);
    };
    const commands = deliveries.flatMap((delivery) => (delivery.type === "script" ? this.#commandOf(delivery) : []));
    if (commands.length > 0) {
      open++;
      const queue = this.#queueOf(queueKeyOf(numbered.notification));
      queue.add({ commands, stopping: isStopping(numbered.notification), done: ended });
    }
    for (const delivery of deliveries) {
      if (delivery.type === "fifo") this.#fifos.write(delivery.engine, delivery.bytes);
      if (delivery.type !== "mail") continue;
      open++;
      this.#mailer.send(delivery.mail, numbered.atMs, config.mail, ended);
    }
    ended();
  }

  #commandOf({ script, arguments: appended }: Delivery & { type: "script" }): ScriptCommand[] {
    if (script.disabled === undefined) return [{ argv: [...script.argv, ...appended], ...(script.account && { account: script.account }) }];
    if (this.#disabledReported.has(script.text)) return [];
    this.#disabledReported.add(script.text);
    this.#host.log.warning(`Notify script '${script.text}' is disabled (${script.disabled}) and will not be run`);
    return [];
  }

  #queueOf(key: string): ScriptQueue {
    for (const [other, queue] of this.#queues) if (queue.idle && other !== key) this.#queues.delete(other);
    const existing = this.#queues.get(key);
    if (existing !== undefined) return existing;
    const queue = new ScriptQueue(this.#host);
    this.#queues.set(key, queue);
    return queue;
  }

  #acknowledge(number: number): void {
    this.#inFlight.delete(number);
    this.#acknowledged.add(number);
    if (this.#acknowledged.size > REMEMBERED_NUMBERS) {
      for (const oldest of this.#acknowledged) {
        this.#acknowledged.delete(oldest);
        break;
      }
    }
    this.#host.acknowledged(number);
    if (this.#inFlight.size > 0) return;
    for (const waiter of this.#idleWaiters.splice(0)) waiter();
  }

  #giveUp(): void {
    let abandoned = 0;
    for (const queue of this.#queues.values()) abandoned += queue.abandon();
    if (abandoned > 0) this.#host.log.warning(`Notify scripts of ${abandoned} event${abandoned === 1 ? "" : "s"} given up: the daemon stops`);
    this.#mailer.stop();
  }
}

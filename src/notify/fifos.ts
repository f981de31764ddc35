import type { Log } from "../base/log.ts";
import type { Fifo, MakeFifo, ProcessRunner, RunningScript } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import type { NotifyConfig, NotifyFifo, Script } from "../conf/model.ts";

/** After the writing end is closed, so that a consumer can read what is left and end by itself. */
export const CONSUMER_GRACE_US: Micros = 1 * SECOND;
/** Between TERM and KILL of a consumer's process group; keepalived's figure for all scripts. */
const KILL_AFTER_US: Micros = 1 * SECOND;

export interface FifoWritersHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly runner: ProcessRunner;
  readonly makeFifo: MakeFifo;
}

/** Which of the three; its word in log lines is "", "vrrp " and "lvs ". */
type FifoKind = "global" | "vrrp" | "lvs";

interface Writer {
  readonly kind: FifoKind;
  readonly configured: NotifyFifo;
  readonly fifo: Fifo;
}

/** `notify_fifo`, `vrrp_notify_fifo`, `lvs_notify_fifo` with their consumers. */
export class FifoWriters {
  readonly #host: FifoWritersHost;
  readonly #writers = new Map<FifoKind, Writer>();
  readonly #consumers = new Set<RunningScript>();
  readonly #endings = new Set<Promise<void>>();
  readonly #refusedScripts = new Set<string>();
  #lost = 0;

  constructor(host: FifoWritersHost) {
    this.#host = host;
  }

  /** Lines that no FIFO took because nobody reads and the pipe was full. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Start and reload. A FIFO whose path and owner stay the same stays open, so what is unread is not lost (keepalived
   * recreates it); its consumer is restarted, as keepalived does.
   */
  configure(config: Pick<NotifyConfig, "fifo" | "vrrpFifo" | "lvsFifo">): void {
    this.#stopConsumers();
    const wanted = wantedFifos(config);
    for (const writer of this.#writers.values()) {
      if (!wanted.some(([kind, fifo]) => kind === writer.kind && sameFifo(fifo, writer.configured))) this.#close(writer);
    }
    for (const [kind, configured] of wanted) {
      const writer = this.#writers.get(kind) ?? this.#open(kind, configured);
      if (writer === undefined) continue;
      this.#writers.set(kind, { ...writer, configured });
      if (configured.script !== undefined) this.#consume(kind, configured.path, configured.script);
    }
  }

  /** One line for the global FIFO and for the engine's own; whole or lost, never waited for. */
  write(engine: "vrrp" | "lvs", bytes: Uint8Array): void {
    for (const kind of ["global", engine] as const) {
      const refusal = this.#writers.get(kind)?.fifo.write(bytes);
      if (refusal === undefined) continue;
      this.#lost++;
      this.#host.log.warning(`notify fifo write error: ${refusal}`);
    }
  }

  /** Closes and removes the FIFOs; consumers get a second to read the rest, then TERM, and KILL a second later. */
  async stop(): Promise<void> {
    for (const writer of [...this.#writers.values()]) this.#close(writer);
    const consumers = [...this.#consumers];
    this.#consumers.clear();
    const grace = this.#host.clock.alarm(this.#host.clock.now() + CONSUMER_GRACE_US, () => {
      for (const consumer of consumers) consumer.stop();
    });
    await this.#ended(grace);
  }

  async #ended(grace: Alarm): Promise<void> {
    while (this.#endings.size > 0) await Promise.all(this.#endings);
    grace.cancel();
  }

  #open(kind: FifoKind, configured: NotifyFifo): Writer | undefined {
    const opened = this.#host.makeFifo(configured.path, configured.owner);
    if (opened.ok) return { kind, configured, fifo: opened.fifo };
    const name = `${wordOf(kind)}notify fifo ${configured.path}`;
    switch (opened.reason) {
      case "create":
        this.#host.log.error(`Unable to create ${name} (${opened.code})`);
        break;
      case "open":
        this.#host.log.error(`Unable to open ${name} - errno ${opened.errno}`);
        break;
      case "notFifo":
        this.#host.log.error(`${name} is not a fifo we own - not using`);
        break;
    }
    return undefined;
  }

  #close(writer: Writer): void {
    writer.fifo.close();
    this.#writers.delete(writer.kind);
    const refusal = writer.fifo.created ? writer.fifo.remove() : undefined;
    if (refusal !== undefined) this.#host.log.warning(`Unable to remove ${wordOf(writer.kind)}notify fifo ${writer.configured.path}: ${refusal}`);
  }

  #consume(kind: FifoKind, path: string, script: Script): void {
    if (script.disabled !== undefined) {
      if (this.#refusedScripts.has(script.text)) return;
      this.#refusedScripts.add(script.text);
      this.#host.log.warning(`Notify fifo script '${script.text}' is disabled (${script.disabled}) and will not be run`);
      return;
    }
    const command = { ...(script.account && { account: script.account }), argv: [...script.argv, path] };
    const consumer = this.#host.runner.run(command, { killAfterUs: KILL_AFTER_US });
    this.#consumers.add(consumer);
    const ending = consumer.exit.then((exit) => {
      this.#endings.delete(ending);
      if (exit.type === "failed") this.#host.log.error(`Error exec-ing command '${command.argv[0] ?? ""}': ${exit.reason}`);
      // Only when it ended by itself; as keepalived, it comes back with the next reload. The global one is the VRRP side's there.
      if (this.#consumers.delete(consumer)) this.#host.log.info(`${kind === "lvs" ? "lvs" : "vrrp"} notify fifo script terminated`);
    });
    this.#endings.add(ending);
  }

  #stopConsumers(): void {
    for (const consumer of this.#consumers) consumer.stop();
    this.#consumers.clear();
  }
}

/** A specific FIFO with the path of the global one is ignored, script included. */
function wantedFifos(config: Pick<NotifyConfig, "fifo" | "vrrpFifo" | "lvsFifo">): [FifoKind, NotifyFifo][] {
  const specific = (["vrrp", "lvs"] as const).flatMap((kind): [FifoKind, NotifyFifo][] => {
    const fifo = kind === "vrrp" ? config.vrrpFifo : config.lvsFifo;
    return fifo === undefined || fifo.path === config.fifo?.path ? [] : [[kind, fifo]];
  });
  return config.fifo === undefined ? specific : [["global", config.fifo], ...specific];
}

function sameFifo(a: NotifyFifo, b: NotifyFifo): boolean {
  return a.path === b.path && a.owner?.uid === b.owner?.uid && a.owner?.gid === b.owner?.gid;
}

function wordOf(kind: FifoKind): string {
  return kind === "global" ? "" : `${kind} `;
}

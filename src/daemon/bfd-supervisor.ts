import { assertNever } from "../base/assert-never.ts";
import type { Micros } from "../base/time.ts";
import type { ConfigParts } from "./loading.ts";
import type { FromBfd, FromWorker, ToBfd } from "./messages.ts";
import { threadScheduling } from "./thread-scheduling.ts";
import type { SupervisedWorker } from "./supervised-worker.ts";

export type BfdWorker = SupervisedWorker<ToBfd, FromBfd>;

export interface BfdSupervisorSettings {
  readonly worker: (receive: (message: Exclude<FromBfd, FromWorker>) => void, started: () => void) => BfdWorker;
  /** @param at when the session said so, CLOCK_MONOTONIC */
  readonly verdict: (name: string, up: boolean, at: Micros) => void;
  readonly answered: (id: number, dump: string) => void;
  readonly connectLog: () => void;
}

/** The BFD thread as main sees it: its configuration, and what its sessions last said, which outlives it. */
export class BfdSupervisor {
  readonly worker: BfdWorker;
  readonly #own: BfdSupervisorSettings;
  readonly #up = new Map<string, boolean>();
  #parts: ConfigParts | undefined;

  constructor(own: BfdSupervisorSettings) {
    this.#own = own;
    this.worker = own.worker((message) => this.#receive(message), () => this.#started());
  }

  start(parts: ConfigParts): void {
    this.#parts = parts;
    this.worker.start();
  }

  reload(parts: ConfigParts): void {
    this.#parts = parts;
    this.#configure();
  }

  /** Nothing is said on the wire, and nothing waits for it. */
  stop(): void {
    this.worker.expectEnd();
    this.worker.post({ type: "stop" });
  }

  #started(): void {
    this.#own.connectLog();
    this.#configure();
  }

  #configure(): void {
    if (this.#parts === undefined) return;
    const { bfd, global } = this.#parts;
    const knownUp = [...this.#up].flatMap(([name, up]) => (up ? [name] : []));
    this.worker.post({ type: "configure", bfd, knownUp, scheduling: threadScheduling(global, "bfd") });
  }

  #receive(message: Exclude<FromBfd, FromWorker>): void {
    switch (message.type) {
      case "verdict":
        this.#up.set(message.name, message.up);
        return this.#own.verdict(message.name, message.up, message.at);
      case "answer":
        return this.#own.answered(message.id, message.dump);
      default:
        assertNever(message);
    }
  }
}

/**
 * Installed as the first thing of the process: a signal during the start must neither kill it nor, as SIGUSR1 would, open
 * Node's inspector. What arrives before anybody listens is kept.
 */
export type DaemonSignal = "SIGHUP" | "SIGTERM" | "SIGINT" | "SIGUSR1" | "SIGUSR2";

const SIGNALS: readonly DaemonSignal[] = ["SIGHUP", "SIGTERM", "SIGINT", "SIGUSR1", "SIGUSR2"];

export class Signals {
  #early: DaemonSignal[] = [];
  #receive: ((signal: DaemonSignal) => void) | undefined;

  constructor() {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (this.#receive === undefined) this.#early.push(signal);
        else this.#receive(signal);
      });
    }
    process.on("SIGPIPE", () => undefined);
  }

  /** From now on `receive` gets every signal; those that came earlier first, each kind once. */
  listen(receive: (signal: DaemonSignal) => void): void {
    this.#receive = receive;
    for (const signal of new Set(this.#early)) receive(signal);
    this.#early = [];
  }

  /** For a command that is not the daemon: the system's defaults again. */
  restore(): void {
    for (const signal of SIGNALS) process.removeAllListeners(signal);
  }
}

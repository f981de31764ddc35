import type { Connector } from "../../base/ports.ts";
import type { CheckTarget } from "../../conf/model.ts";
import type { Checker, CheckResult } from "../checker.ts";
import { connecting } from "./connecting.ts";

/** TCP_CHECK: a connection is made, and closed again without a word. */
export class TcpChecker implements Checker {
  readonly steps = 1;
  readonly #connector: Connector;
  readonly #target: CheckTarget;

  constructor(connector: Connector, target: CheckTarget) {
    this.#connector = connector;
    this.#target = target;
  }

  async check(signal: AbortSignal): Promise<CheckResult> {
    const connected = await connecting(this.#connector, this.#target, signal);
    switch (connected.type) {
      case "connected":
        connected.socket.destroy();
        return { outcome: "passed" };
      case "unasked":
        return { outcome: "unasked", reason: connected.reason };
      case "timedOut":
        return { outcome: "failed", reason: "timeout", timedOut: true };
      case "refused":
        return { outcome: "failed", reason: connected.code, timedOut: false };
    }
  }
}

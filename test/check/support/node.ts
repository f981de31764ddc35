import type { Notification } from "../../../src/base/notification.ts";
import type { Connector } from "../../../src/base/ports.ts";
import { CheckEngine } from "../../../src/check/engine.ts";
import type { CheckerVerdict } from "../../../src/check/verdict.ts";
import { keepVerdicts } from "../../../src/check/verdict.ts";
import { FakeLog, FakeRunner } from "./build.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeIpvs } from "./fake-ipvs.ts";

/** Nothing in a story connects; the loopback tests have a real one. */
const NO_CONNECTOR: Connector = {
  connect: () => {
    throw new Error("a story connected somewhere");
  },
};

/** An engine with everything around it faked; `told` is what the outside was notified of, in short. */
export class CheckNode {
  readonly clock: FakeClock;
  readonly log = new FakeLog();
  readonly ipvs: FakeIpvs;
  readonly runner = new FakeRunner();
  readonly kept: Map<string, CheckerVerdict>;
  readonly engine: CheckEngine;
  told: string[] = [];
  notifications: Notification[] = [];

  /** `before`: an engine whose worker died; kernel and verdicts are those it left. */
  constructor(before?: CheckNode, options: { ipvs?: FakeIpvs | "none"; connector?: Connector } = {}) {
    this.clock = before?.clock ?? new FakeClock();
    this.kept = before?.kept ?? new Map<string, CheckerVerdict>();
    this.ipvs = before?.ipvs ?? (options.ipvs instanceof FakeIpvs ? options.ipvs : new FakeIpvs());
    this.engine = new CheckEngine({
      clock: this.clock,
      log: this.log,
      random: () => 0.5,
      runner: this.runner,
      connector: options.connector ?? NO_CONNECTOR,
      ipvs: options.ipvs === "none" ? undefined : this.ipvs,
      notify: (notification) => {
        this.notifications.push(notification);
        this.told.push(short(notification));
      },
      verdicts: (changed) => keepVerdicts(this.kept, changed),
    });
  }

  known(): CheckerVerdict[] {
    return [...this.kept.values()];
  }

  take(): { told: string[]; ops: string[] } {
    const told = this.told;
    this.told = [];
    return { told, ops: this.ipvs.take() };
  }
}

function short(notification: Notification): string {
  switch (notification.type) {
    case "realServer":
      return `${notification.realServer} ${notification.up ? "UP" : "DOWN"}: ${notification.reason}${notification.stopping ? " (stopping)" : ""}`;
    case "quorum":
      return `${notification.virtualServer} ${notification.up ? "UP" : "DOWN"}: ${notification.reason}${notification.stopping ? " (stopping)" : ""}`;
    default:
      return notification.type;
  }
}

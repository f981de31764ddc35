import { assertNever } from "../../base/assert-never.ts";
import type { ProcessRunner, ScriptExit } from "../../base/ports.ts";
import { SECOND } from "../../base/time.ts";
import type { Micros } from "../../base/time.ts";
import type { Script } from "../../conf/model.ts";
import type { Checker, CheckResult } from "../checker.ts";

/** Between TERM and KILL of a script that took too long. */
const KILL_AFTER_US: Micros = 2 * SECOND;

export interface MiscCheck {
  readonly script: Script;
  readonly timeoutUs: Micros;
  readonly dynamic: boolean;
}

/** MISC_CHECK: a program's exit status. */
export class MiscChecker implements Checker {
  readonly steps = 1;
  readonly #runner: ProcessRunner;
  readonly #misc: MiscCheck;

  constructor(runner: ProcessRunner, misc: MiscCheck) {
    this.#runner = runner;
    this.#misc = misc;
  }

  async check(signal: AbortSignal): Promise<CheckResult> {
    const { script, timeoutUs, dynamic } = this.#misc;
    if (script.disabled !== undefined) return { outcome: "unasked", reason: `${script.text}: ${script.disabled}` };
    const command = script.account === undefined ? { argv: script.argv } : { argv: script.argv, account: script.account };
    const running = this.#runner.run(command, { timeoutUs, killAfterUs: KILL_AFTER_US });
    const stop = (): void => running.stop();
    signal.addEventListener("abort", stop);
    const exit = await running.exit;
    signal.removeEventListener("abort", stop);
    return resultOf(exit, dynamic);
  }
}

/** With `misc_dynamic`, 2 to 255 are good and stand for the weights 0 to 253; 0 is good with the configured weight. */
export function resultOf(exit: ScriptExit, dynamic: boolean): CheckResult {
  switch (exit.type) {
    case "exited":
      if (exit.code === 0) return { outcome: "passed" };
      if (dynamic && exit.code >= 2 && exit.code <= 255) return { outcome: "passed", exitWeight: exit.code - 2 };
      return { outcome: "failed", reason: `exited with status ${exit.code}`, timedOut: false };
    case "signalled":
      return { outcome: "failed", reason: `due to signal ${exit.signal}`, timedOut: false };
    case "timedOut":
      return { outcome: "failed", reason: "timed out", timedOut: true };
    case "failed":
      return { outcome: "failed", reason: exit.reason, timedOut: false };
    default:
      return assertNever(exit);
  }
}

import type { ScriptAccount } from "../../base/ports.ts";

/** A program to run on an event or periodically, as configured; `disabled` says why it will not run. */
export interface Script {
  /** The command as written, for log lines and status. */
  readonly text: string;
  readonly argv: readonly string[];
  /** Absent: as the daemon. */
  readonly account?: ScriptAccount;
  /** User and, if given, group as written, when one of them does not exist; the script is then disabled. */
  readonly unknownAccount?: readonly string[];
  /** Set by script security or because it is missing or not executable; one phrase. */
  readonly disabled?: string;
}

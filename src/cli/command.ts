import type { LoadEnvironment } from "../conf/environment.ts";

/** What a command of `regent` may use of the world. */
export interface CommandHost {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** For loading configuration files, as the daemon on this machine would. */
  readonly environment: () => LoadEnvironment;
  readonly version: () => string;
}

/** One command: one file in this folder that exports one of these, and one row in regent.ts. */
export interface Command {
  /** The whole of `regent NAME --help`, beginning with "Usage: regent NAME". */
  readonly usage: string;
  /**
   * @param argv what follows the command's name
   * @returns the exit status
   * @throws UsageError which regent prints together with `usage`
   */
  run(argv: readonly string[], host: CommandHost): number | Promise<number>;
  /** Exit status after a UsageError; default 1. */
  readonly usageStatus?: number;
}

/** The command line is not one that the command understands. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

import type { Files } from "../../base/ports.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Config } from "../model.ts";
import type { Unsupported } from "../reading.ts";
import type { Outline } from "./outline.ts";

/** One configuration as the rules see it. */
export interface LintedFile {
  /** As it was named on the command line. */
  readonly path: string;
  readonly config: Config;
  /** What was written where. */
  readonly outline: Outline;
  readonly diagnostics: readonly Diagnostic[];
  readonly unsupported: readonly Unsupported[];
  /** Of this machine. */
  readonly files: Files;
  /** It is meant for another machine: what is missing on this one is nothing to speak of. */
  readonly isElsewhere: boolean;
}

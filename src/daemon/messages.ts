import type { MessagePort } from "node:worker_threads";
import type { LogRecord } from "../base/log.ts";
import type { Notification, NumberedNotification } from "../base/notification.ts";
import type { ScriptExit } from "../base/ports.ts";
import type { Micros } from "../base/time.ts";
import type { TrackResult } from "../base/tracking.ts";
import type { CheckerVerdict } from "../check/verdict.ts";
import type { BfdConfig, Script } from "../conf/model.ts";
import type { TrackedByHost } from "../vrrp/host.ts";
import type { Options } from "./options.ts";
import type { ThreadScheduling } from "./thread-scheduling.ts";

/** Every configuration that was ever posted has its own number; replies name the one they are about. */
export type Generation = number;

/** A part of the configuration, serialised (node:v8) once; main keeps and forwards it without looking inside. */
export type OpaquePart = Uint8Array;

export interface WorkerSettings {
  readonly options: Options;
  /** Ident suffix and the like are decided by main before any worker starts. */
  readonly syslogSuffix: string;
  /** Path of the network namespace of the IPVS table; undefined: the thread's own. */
  readonly ipvsNamespace: string | undefined;
}

/** What every worker understands. */
export type ToWorker =
  | { readonly type: "ping" }
  /** The other end belongs to services: log records of this worker go there without passing main. */
  | { readonly type: "logPort"; readonly port: MessagePort };

/** What every worker says. */
export type FromWorker =
  | { readonly type: "pong" }
  /** A child process group was started or has ended: main kills and reaps what a dead worker leaves. */
  | { readonly type: "childStarted"; readonly processGroup: number }
  | { readonly type: "childEnded"; readonly processGroup: number };

export type ToServices =
  | ToWorker
  | { readonly type: "log"; readonly record: LogRecord }
  | { readonly type: "configure"; readonly generation: Generation; readonly notify: OpaquePart }
  | { readonly type: "notification"; readonly numbered: NumberedNotification }
  /** `starting`: the first configuration of the daemon, not of a thread that was started again. */
  | { readonly type: "track"; readonly objects: TrackedByHost; readonly starting: boolean }
  /** `reload_time_file` and `reload_repeat`. */
  | { readonly type: "reloadTime"; readonly file: string | undefined; readonly repeat: boolean }
  | { readonly type: "runScript"; readonly id: number; readonly script: Script; readonly timeoutUs: Micros }
  | { readonly type: "keepConfig"; readonly path: string; readonly bytes: Uint8Array }
  | { readonly type: "writeDump"; readonly path: string; readonly text: string }
  /** Deliver what is queued, stop scripts and FIFOs, flush the log; bounded by `withinUs`. */
  | { readonly type: "stop"; readonly withinUs: Micros }
  /** Write out every log record received so far, then answer "flushed". */
  | { readonly type: "flush"; readonly id: number };

export type FromServices =
  | FromWorker
  | { readonly type: "acknowledged"; readonly number: number }
  | { readonly type: "trackScript"; readonly name: string; readonly exit: ScriptExit }
  | { readonly type: "tracked"; readonly result: TrackResult }
  | { readonly type: "reloadDue" }
  | { readonly type: "scriptDone"; readonly id: number; readonly exit: ScriptExit }
  | { readonly type: "flushed"; readonly id: number }
  | { readonly type: "stopped" };

export type ToCheck =
  | ToWorker
  | {
      readonly type: "configure";
      readonly generation: Generation;
      readonly check: OpaquePart;
      readonly known: readonly CheckerVerdict[];
      readonly scheduling: ThreadScheduling;
    }
  | { readonly type: "query"; readonly id: number }
  | { readonly type: "stop" };

export type FromCheck =
  | FromWorker
  | { readonly type: "applied"; readonly generation: Generation }
  | { readonly type: "notification"; readonly notification: Notification; readonly atMs: number }
  | { readonly type: "verdicts"; readonly verdicts: readonly CheckerVerdict[] }
  /** The kernel has no IPVS, or we may not use it; why, in one line. */
  | { readonly type: "answer"; readonly id: number; readonly dump: string }
  | { readonly type: "stopped" };

export type ToBfd =
  | ToWorker
  | {
      readonly type: "configure";
      readonly bfd: BfdConfig;
      /** Sessions that were up when the thread died. */
      readonly knownUp: readonly string[];
      readonly scheduling: ThreadScheduling;
    }
  | { readonly type: "query"; readonly id: number }
  | { readonly type: "stop" };

export type FromBfd =
  | FromWorker
  | { readonly type: "verdict"; readonly name: string; readonly up: boolean; readonly at: Micros }
  | { readonly type: "answer"; readonly id: number; readonly dump: string };

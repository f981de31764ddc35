import type { ScriptAccount } from "../../base/ports.ts";
import type { Micros } from "../../base/time.ts";
import type { Script } from "./script.ts";

/** What src/notify needs: which scripts, FIFOs and mails an event leads to. Maps, because names are whatever the file says, by the ten thousand. */
export interface NotifyConfig {
  readonly instances: ReadonlyMap<string, VrrpNotifyTarget>;
  readonly groups: ReadonlyMap<string, VrrpNotifyTarget>;
  /** Keyed by `VirtualServer.label`. */
  readonly virtualServers: ReadonlyMap<string, QuorumNotifyTarget>;
  readonly fifo: NotifyFifo | undefined;
  readonly vrrpFifo: NotifyFifo | undefined;
  readonly lvsFifo: NotifyFifo | undefined;
  readonly mail: MailConfig;
}

export interface VrrpNotifyTarget {
  readonly master: Script | undefined;
  readonly backup: Script | undefined;
  readonly fault: Script | undefined;
  readonly stop: Script | undefined;
  readonly deleted: Script | undefined;
  readonly masterRxLowerPri: Script | undefined;
  /** `notify`, run with INSTANCE|GROUP NAME STATE PRIORITY after the configured arguments. */
  readonly any: Script | undefined;
  readonly notifyPriorityChanges: boolean;
  /** `notify_deleted` was given (bare or with a script); otherwise DELETED is told as FAULT. */
  readonly notifyDeleted: boolean;
  readonly smtpAlert: boolean;
}

export interface QuorumNotifyTarget {
  readonly up: Script | undefined;
  readonly down: Script | undefined;
  readonly smtpAlert: boolean;
  /** Keyed by `RealServer.label`. */
  readonly realServers: ReadonlyMap<string, RealServerNotifyTarget>;
}

export interface RealServerNotifyTarget {
  readonly up: Script | undefined;
  readonly down: Script | undefined;
  readonly smtpAlert: boolean;
}

export interface NotifyFifo {
  readonly path: string;
  readonly owner: ScriptAccount | undefined;
  readonly script: Script | undefined;
}

export interface MailConfig {
  /** Used in subjects. */
  readonly routerId: string;
  readonly server: { readonly host: string; readonly port: number } | undefined;
  readonly heloName: string;
  readonly connectTimeoutUs: Micros;
  readonly from: string;
  readonly to: readonly string[];
  /** `no_email_faults`: no mail on FAULT. */
  readonly noFaults: boolean;
}

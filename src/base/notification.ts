/** keepalived's words for `notify` scripts and FIFO lines. */
export type VrrpNotifyState = "MASTER" | "BACKUP" | "FAULT" | "STOP" | "DELETED";

/** Something the outside is told about: by script, FIFO line and mail, in this order. Plain data; src/notify decides how. */
export type Notification =
  | {
      readonly type: "vrrp";
      readonly scope: "instance" | "group";
      readonly name: string;
      readonly state: VrrpNotifyState;
      readonly previous: VrrpNotifyState | "INIT";
      /** Effective priority; 0 for groups. */
      readonly priority: number;
      /** One phrase: why, e.g. "master down timer expired", "interface eth0 down". */
      readonly reason: string;
      /** It was told before: FIFO readers hear it once more after a reload, nobody else. */
      readonly repeated?: boolean;
    }
  /** MASTER heard an advert of lower priority (`notify_master_rx_lower_pri`). */
  | { readonly type: "masterRxLowerPri"; readonly name: string; readonly priority: number }
  /**
   * Something is wrong that keepalived does not see, and has no word for: no script, FIFO line or mail tells it.
   * `rivalMaster`: another MASTER of the VRID was heard and we stay it. `advertsFiltered`: this host drops adverts.
   */
  | { readonly type: "alert"; readonly alert: "rivalMaster" | "advertsFiltered"; readonly name: string; readonly text: string }
  /** Effective priority changed (`notify_priority_changes`). */
  | { readonly type: "priority"; readonly name: string; readonly state: "MASTER" | "BACKUP"; readonly priority: number }
  | {
      readonly type: "realServer";
      /** As in log lines and FIFO, e.g. "[192.0.2.1]:tcp:80", "FWM 1". */
      readonly virtualServer: string;
      readonly realServer: string;
      readonly up: boolean;
      /** Mail body between the arrows, e.g. "TCP CHECK failed on service". */
      readonly reason: string;
      /** Omega at shutdown, quorum scripts at stop: the daemon waits for these, bounded. */
      readonly stopping: boolean;
    }
  | {
      readonly type: "quorum";
      readonly virtualServer: string;
      readonly up: boolean;
      /** Mail body between the arrows, e.g. "Gained quorum 1+0=1 <= 2". */
      readonly reason: string;
      readonly stopping: boolean;
    };

/** Numbered by the sender; kept until acknowledged, so that a worker's death loses none. */
export interface NumberedNotification {
  readonly number: number;
  /** Wall-clock milliseconds when it happened. */
  readonly atMs: number;
  readonly notification: Notification;
}

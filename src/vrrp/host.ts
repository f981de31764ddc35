import type { Firewall } from "../base/firewall.ts";
import type { InterfaceAddress } from "../base/network.ts";
import type { Log } from "../base/log.ts";
import type { Notification } from "../base/notification.ts";
import type { AdvertSocketOptions, DatagramSocket, FrameSocket, FrameWatch, FrameWatchOptions, HostNetwork, InstalledRecord, LinkMonitor, ThreadSchedule } from "../base/ports.ts";
import type { Clock, Micros } from "../base/time.ts";
import type { VrrpConfig } from "../conf/model.ts";

/** Everything the engine needs from outside; the daemon fills it in, tests fake it. */
export interface VrrpHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly network: HostNetwork;
  readonly frames: FrameSocket;
  readonly record: InstalledRecord;
  readonly firewall: Firewall;
  /** `wake` is called when events became readable. */
  openLinkMonitor(wake: () => void): LinkMonitor;
  /** @throws KernelError e.g. ENODEV, EPERM, ENOBUFS */
  openAdvertSocket(options: AdvertSocketOptions): DatagramSocket;
  /** @throws KernelError e.g. EPERM, ENODEV */
  openFrameWatch(options: FrameWatchOptions): FrameWatch;
  notify(notification: Notification): void;
  /**
   * From now on exactly these scripts are to be run periodically, these files and processes watched; what they say comes
   * by `VrrpEngine.scriptResult` and `VrrpEngine.trackResult`.
   */
  track(objects: TrackedByHost): void;
  wallClockMs(): number;
  /** Of the calling thread; undefined when nobody keeps account. */
  schedule(): ThreadSchedule | undefined;
  /** A turn began so late, after what was to be done by then. */
  wokenLate(lateUs: Micros, now: Micros): void;
  /** Forwarding is on for this interface: unsolicited neighbour advertisements then carry the router flag. */
  isIpv6Router(interfaceName: string): boolean;
}

export type TrackedByHost = Pick<VrrpConfig, "scripts" | "trackFiles" | "trackProcesses">;

/** One virtual address on its way to the kernel and to the neighbours. */
export interface OwnedAddress {
  /** `Instance.key` of the instance that wants it. */
  readonly owner: string;
  readonly address: InterfaceAddress;
  /** `addressKey(address)`, made once. */
  readonly key: string;
  /** Its loss is a reason to resign (not `no_track`). */
  readonly track: boolean;
}

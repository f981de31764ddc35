import { execFileSync } from "node:child_process";
import { writeSync } from "node:fs";
import { uptime } from "node:os";
import { fileURLToPath } from "node:url";
import { MILLISECOND, SECOND } from "../base/time.ts";
import { RealClock } from "../sys/clock.ts";
import { keepCompiledCode } from "../sys/compiled-code.ts";
import { closeStandardStreams, ignoreRealtimeSignals, reapChild, streamSocketPair } from "../sys/daemon-process.ts";
import { PacketFrameSocket } from "../sys/frame-socket.ts";
import { PacketFrameWatch } from "../sys/frame-watch.ts";
import { KernelHostNetwork } from "../sys/host-network.ts";
import { KernelFirewall } from "../sys/kernel-firewall.ts";
import { InstalledRecordFile } from "../sys/installed-record.ts";
import { killGroup, setCloseOnExec, setUmask } from "../sys/libc.ts";
import { KernelLinkMonitor } from "../sys/link-monitor.ts";
import { KernelNetlinkClient } from "../sys/netlink-client.ts";
import { enterNetworkNamespace, networkNamespacePath, openOwnNetworkNamespace } from "../sys/network-namespace.ts";
import { openPidFile } from "../sys/pid-file.ts";
import { rehearsalPorts } from "../sys/rehearsal-ports.ts";
import { forwardsIpv6 } from "../sys/sysctl.ts";
import { threadSchedule } from "../sys/thread-schedule.ts";
import { RawAdvertSocket } from "../sys/advert-socket.ts";
import { NETLINK_ROUTE } from "../net/linux-netlink.ts";
import { VrrpEngine } from "../vrrp/engine.ts";
import { rehearse } from "../vrrp/rehearsal.ts";
import { raiseRealtime } from "../sys/thread-attributes.ts";
import { AutoPriority } from "./auto-priority.ts";
import { Daemon } from "./daemon.ts";
import { EXIT_BUG } from "./exit-codes.ts";
import { guardianLink, GUARDIAN_LINK_FD } from "./guardian-link.ts";
import type { Options } from "./options.ts";
import { rescheduleThread, scheduleThread } from "./thread-scheduling.ts";
import type { DaemonSignal, Signals } from "./signals.ts";

const GUARDIAN = fileURLToPath(new URL("../../build/guardian", import.meta.url));

const SIGKILL = 9;
/** A killed process is a zombie for a moment before it can be collected. */
const REAP_AFTER = 100 * MILLISECOND;

/** Runs the daemon on the real system. Returns when the start is complete; the process ends by the daemon's own exit. */
export async function runDaemon(options: Options, remarks: readonly string[], signals: Signals): Promise<void> {
  const clock = new RealClock({ precise: true });
  if (process.env["REGENT_GUARDIAN"] !== undefined) setCloseOnExec(GUARDIAN_LINK_FD); // or every script would inherit it
  const link = guardianLink(process.env, {
    program: GUARDIAN,
    command: [process.execPath, ...process.argv.slice(1)],
    socketPair: streamSocketPair,
    replaced: (pid) => daemon.guardianReplaced(pid),
    failed: (error) => daemon.guardianMissing(error),
    clock,
  });
  const autoPriority = new AutoPriority(raiseRealtime);
  const daemon: Daemon = new Daemon(options, {
    clock,
    link,
    restarts: Number(process.env["REGENT_RESTARTS"] ?? 0),
    wallClockMs: () => Date.now(),
    uptimeUs: () => uptime() * SECOND,
    openPidFile,
    openVrrp: (threads, recordPath) => {
      const netlink = KernelNetlinkClient.open(NETLINK_ROUTE);
      return new VrrpEngine({
        clock,
        log: threads.log,
        network: new KernelHostNetwork(netlink),
        frames: PacketFrameSocket.open(),
        record: new InstalledRecordFile(recordPath),
        firewall: new KernelFirewall(),
        openLinkMonitor: (wake) => KernelLinkMonitor.open(wake, netlink.port),
        openAdvertSocket: (socketOptions) => RawAdvertSocket.open(socketOptions),
        openFrameWatch: (watchOptions) => PacketFrameWatch.open(watchOptions),
        notify: (notification) => threads.notify(notification),
        track: (objects) => threads.track(objects),
        wallClockMs: () => Date.now(),
        schedule: threadSchedule,
        wokenLate: (lateUs, now) => autoPriority.wokenLate(lateUs, now, threads.log),
        isIpv6Router: forwardsIpv6,
      });
    },
    rehearse: (config) => {
      const netlink = KernelNetlinkClient.open(NETLINK_ROUTE);
      const stage = rehearsalPorts(netlink);
      rehearse(config, stage.network.links(), stage.network.addresses(), stage);
      stage.close();
      netlink.close();
      keepCompiledCode();
    },
    schedule: (scheduling, log) => scheduleThread(scheduling, log, autoPriority),
    reschedule: (scheduling, log) => rescheduleThread(scheduling, log, autoPriority),
    setUmask,
    releaseRecord: (path) => void execFileSync(GUARDIAN, ["--release", path]),
    ownNetworkNamespace: () => `/proc/self/fd/${openOwnNetworkNamespace()}`,
    enterNetworkNamespace: (name) => enterNetworkNamespace(networkNamespacePath(name)),
    killGroup: (group) => {
      if (killGroup(group, SIGKILL)) clock.alarm(clock.now() + REAP_AFTER, () => reapChild(group));
    },
    detachFromTerminal: () => {
      if (background && !options.logConsole) closeStandardStreams();
    },
    exit: (code) => process.exit(code),
    forceExit: () => {
      process.kill(process.pid, "SIGKILL");
      throw new Error("unreachable: killed");
    },
  });

  const background = process.env["REGENT_BACKGROUND"] === "1";
  // What the guardian told us is not the scripts' business; only REGENT_FAMILY is, by which it finds them.
  for (const name of ["REGENT_GUARDIAN", "REGENT_RESTARTS", "REGENT_BACKGROUND", "REGENT_NAME"]) delete process.env[name];

  const crash = (error: Error): never => {
    daemon.release();
    try {
      writeSync(2, `regentd: ${error.stack ?? error.message}\n`);
    } catch {
      // Standard error may be closed; the guardian reports the restart.
    }
    process.exit(EXIT_BUG);
  };
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", (reason) => crash(reason instanceof Error ? reason : new Error(String(reason))));

  const actions: Record<DaemonSignal, () => void> = {
    SIGHUP: () => daemon.reload(),
    SIGTERM: () => void daemon.stop(),
    SIGINT: () => {
      if (!options.ignoreSigint) void daemon.stop();
    },
    SIGUSR1: () => void daemon.dump(),
    SIGUSR2: () => daemon.dumpStatistics(),
  };
  ignoreRealtimeSignals();
  signals.listen((signal) => actions[signal]());
  await daemon.start(remarks);
}

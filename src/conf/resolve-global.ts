import { ipAddress } from "../base/ip.ts";
import { SECOND } from "../base/time.ts";
import type { GarpDraft, GlobalDraft, SchedulingDraft } from "./drafts.ts";
import { defaultInterface } from "./interfaces.ts";
import type { FirewallConfig, GarpSchedule, GlobalConfig, ProcessScheduling, Script, SnmpConfig, VrrpDefaults } from "./model.ts";
import type { Reading } from "./reading.ts";
import type { ScriptJudge } from "./security.ts";

// From the draft of global_defs to what the daemon acts on: keepalived's defaults.

const DEFAULT_RTTIME_US = 10_000;
const DEFAULT_STATS_INTERVAL_US = 5 * SECOND;

export function resolveGlobal(reading: Reading, draft: GlobalDraft, judge: ScriptJudge): GlobalConfig {
  const optional = (script: GlobalDraft["startupScript"]): Script | undefined => (script === undefined ? undefined : judge.judge(script));
  const { processNames, reload, dumps, dbus, receiveBuffers } = draft;
  return {
    routerId: draft.routerId ?? reading.environment.hostName,
    instance: draft.instance,
    netNamespace: draft.netNamespace,
    netNamespaceIpvs: draft.netNamespaceIpvs,
    namespaceWithIpsets: draft.namespaceWithIpsets,
    usePidDir: draft.usePidDir || draft.instance !== undefined || draft.netNamespace !== undefined,
    childWaitTimeUs: draft.childWaitTimeUs ?? 5 * SECOND,
    startupScript: optional(draft.startupScript),
    startupScriptTimeoutUs: draft.startupScriptTimeoutUs ?? 10 * SECOND,
    shutdownScript: optional(draft.shutdownScript),
    shutdownScriptTimeoutUs: draft.shutdownScriptTimeoutUs ?? 10 * SECOND,
    dynamicInterfaces: draft.dynamicInterfaces,
    allowIfChanges: draft.allowIfChanges,
    defaultInterface: defaultInterface(draft),
    umask: draft.umask,
    randomSeed: draft.randomSeed,
    configSaveDir: draft.configSaveDir,
    tmpConfigDirectory: draft.tmpConfigDirectory,
    iproute: { usrDir: draft.iprouteUsrDir, etcDir: draft.iprouteEtcDir },
    processNames: { distinct: processNames.distinct, parent: processNames.parent, vrrp: processNames.vrrp, checker: processNames.checker, bfd: processNames.bfd },
    scheduling: {
      maxAutoPriority: draft.scheduling.maxAutoPriority ?? 0,
      minAutoPriorityDelayUs: draft.scheduling.minAutoPriorityDelayUs ?? SECOND,
      vrrp: resolveScheduling(draft.scheduling.vrrp),
      checker: resolveScheduling(draft.scheduling.checker),
      bfd: resolveScheduling(draft.scheduling.bfd),
    },
    scripts: {
      enableScriptSecurity: draft.scriptSecurity,
      useSymlinkPaths: draft.useSymlinkPaths,
      supplementaryGroups: draft.supplementaryGroups,
      user: draft.scriptUser,
    },
    smtpAlert: { all: draft.smtpAlert, vrrp: draft.smtpAlertVrrp, checker: draft.smtpAlertChecker },
    reload: {
      checkConfig: reload.checkConfig,
      checkLog: reload.checkLog ?? "/dev/null",
      timeFile: reload.timeFile,
      repeat: reload.repeat,
      file: reload.file ? { path: reload.filePath } : undefined,
    },
    dumps: { state: dumps.state, stats: dumps.stats, json: dumps.json, jsonVersion: dumps.jsonVersion ?? 1, useInstance: dumps.useInstance },
    snmp: resolveSnmp(draft.snmp),
    dbus: { enabled: dbus.enabled, serviceName: dbus.serviceName ?? "org.keepalived.Vrrp1", noInterfaceName: dbus.noInterfaceName },
    receiveBuffers: {
      vrrpCommand: resolveBuffer(receiveBuffers.vrrpCommand),
      vrrpMonitor: resolveBuffer(receiveBuffers.vrrpMonitor),
      lvsCommand: resolveBuffer(receiveBuffers.lvsCommand),
      lvsMonitor: resolveBuffer(receiveBuffers.lvsMonitor),
      processMonitor: resolveBuffer(receiveBuffers.processMonitor),
    },
    vrrp: resolveVrrpDefaults(draft),
  };
}

function resolveScheduling({ priority, noSwap, rtPriority, cpuAffinity = [], rlimitRttimeUs = DEFAULT_RTTIME_US }: SchedulingDraft): ProcessScheduling {
  return { priority, noSwap, rtPriority, cpuAffinity, rlimitRttimeUs };
}

export function resolveFirewall({ iptables, ipsets, nftables, priority = -1, ifindex, counters, disableLocalIgmp }: GlobalDraft["firewall"]): FirewallConfig {
  return { iptables, ipsets, nftables: { table: nftables, priority, ifindex, counters }, disableLocalIgmp };
}

function resolveSnmp(draft: GlobalDraft["snmp"]): SnmpConfig {
  const { socket, traps, vrrp, rfcV2, rfcV3, checker, vsStatsIntervalUs = DEFAULT_STATS_INTERVAL_US } = draft;
  return { socket, traps, vrrp, rfcV2, rfcV3, checker, vsStatsIntervalUs, rsStatsIntervalUs: draft.rsStatsIntervalUs ?? vsStatsIntervalUs };
}

function resolveBuffer({ bytes, force }: GlobalDraft["receiveBuffers"]["vrrpCommand"]): GlobalConfig["receiveBuffers"]["vrrpCommand"] {
  return { bytes, force };
}

function resolveVrrpDefaults(draft: GlobalDraft): VrrpDefaults {
  return {
    version: draft.version ?? 2,
    strict: draft.strict,
    multicastGroup4: draft.mcastGroup4 ?? ipAddress("224.0.0.18"),
    multicastGroup6: draft.mcastGroup6 ?? ipAddress("ff02::12"),
    garp: resolveGarp(draft.garp),
    garpExtraIf: draft.garpExtraIf ?? { intervalUs: 0, all: false },
    downTimerAdverts: draft.downTimerAdverts ?? 3,
    lowerPrioNoAdvert: draft.lowerPrioNoAdvert,
    higherPrioSendAdvert: draft.higherPrioSendAdvert,
    ownerIgnoreAdverts: draft.ownerIgnoreAdverts,
    skipCheckAdvAddr: draft.skipCheckAdvAddr,
    checkUnicastSrc: draft.checkUnicastSrc,
    v3ChecksumAsV2: draft.v3ChecksumAsV2,
    notifyPriorityChanges: draft.notifyPriorityChanges,
    fifoWriteStatesOnReload: draft.fifoWriteStatesOnReload,
    delayAfterBootUs: draft.delayAfterBootUs ?? 0,
    rxBuffers: { policy: draft.rxBuffersPolicy, multiplier: draft.rxBuffersMultiplier ?? 3 },
  };
}

function resolveGarp({ masterDelayUs = 5 * SECOND, masterRepeat = 5, masterRefreshUs = 0, masterRefreshRepeat = 1, ...lowerPrio }: GarpDraft): GarpSchedule {
  const { lowerPrioDelayUs = masterDelayUs, lowerPrioRepeat = masterRepeat } = lowerPrio;
  return { masterDelayUs, masterRepeat, masterRefreshUs, masterRefreshRepeat, lowerPrioDelayUs, lowerPrioRepeat };
}

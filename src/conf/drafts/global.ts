import type { IpAddress } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Word } from "../grammar.ts";
import type { ScriptDraft } from "../script.ts";
import type { GarpDraft } from "./vrrp.ts";

export interface FifoDraft {
  path?: Word;
  owner?: readonly Word[];
  script?: ScriptDraft;
}

export interface GlobalDraft {
  routerId?: string;
  instance?: string;
  usePidDir: boolean;
  childWaitTimeUs?: Micros;
  startupScript?: ScriptDraft;
  startupScriptTimeoutUs?: Micros;
  shutdownScript?: ScriptDraft;
  shutdownScriptTimeoutUs?: Micros;
  dynamicInterfaces: boolean;
  reloadCheckConfig: boolean;
  vrrpPriority?: number;
  vrrpRtPriority?: number;
  checkerPriority?: number;
  umask?: number;
  stateDumpFile?: string;

  emailFrom?: string;
  emailTo: string[];
  smtpServer?: { host: string; port: number };
  smtpHeloName?: string;
  smtpConnectTimeoutUs?: Micros;
  smtpAlert?: boolean;
  smtpAlertVrrp?: boolean;
  smtpAlertChecker?: boolean;
  noEmailFaults: boolean;
  fifo: FifoDraft;
  vrrpFifo: FifoDraft;
  lvsFifo: FifoDraft;
  notifyPriorityChanges: boolean;

  scriptUser?: { uid: number; gid: number; user: string };
  scriptSecurity: boolean;
  useSymlinkPaths: boolean;
  supplementaryGroups: boolean;

  mcastGroup4?: IpAddress;
  garp: GarpDraft;
  garpIntervalUs?: Micros;
  downTimerAdverts?: number;
  lowerPrioNoAdvert: boolean;
  higherPrioSendAdvert: boolean;
  ownerIgnoreAdverts: boolean;
  skipCheckAdvAddr: boolean;
  startupDelayUs?: Micros;
  logUnknownVrids: boolean;

  checkerLogAllFailures: boolean;
  lvsFlush: boolean;
  lvsFlushOnStop: false | "all" | "services";
  lvsTimeouts?: { tcpS?: number; tcpFinS?: number; udpS?: number };
  rsInitNotifies: boolean;
}

export function emptyGlobal(): GlobalDraft {
  return {
    usePidDir: false,
    dynamicInterfaces: false,
    reloadCheckConfig: false,
    emailTo: [],
    noEmailFaults: false,
    fifo: {},
    vrrpFifo: {},
    lvsFifo: {},
    notifyPriorityChanges: false,
    scriptSecurity: false,
    useSymlinkPaths: false,
    supplementaryGroups: false,
    garp: {},
    lowerPrioNoAdvert: false,
    higherPrioSendAdvert: false,
    ownerIgnoreAdverts: false,
    skipCheckAdvAddr: false,
    logUnknownVrids: false,
    checkerLogAllFailures: false,
    lvsFlush: false,
    lvsFlushOnStop: false,
    rsInitNotifies: false,
  };
}

import type { MailConfig, NotifyConfig, QuorumNotifyTarget, Script, VrrpNotifyTarget, TrackProcess } from "../../../src/conf/model.ts";

export function script(text: string): Script {
  return { text, argv: text.split(" ") };
}

export const NO_MAIL: MailConfig = {
  routerId: "director1",
  server: undefined,
  heloName: "director1.example.net",
  connectTimeoutUs: 2_000_000,
  from: "keepalived@example.net",
  to: [],
  noFaults: false,
};

/** A table of targets. */
export function keyed<T>(targets: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(targets));
}

export const NOTHING: NotifyConfig = {
  instances: new Map(),
  groups: new Map(),
  virtualServers: new Map(),
  fifo: undefined,
  vrrpFifo: undefined,
  lvsFifo: undefined,
  mail: NO_MAIL,
};

export function vrrpTarget(with_: Partial<VrrpNotifyTarget> = {}): VrrpNotifyTarget {
  return {
    master: undefined,
    backup: undefined,
    fault: undefined,
    stop: undefined,
    deleted: undefined,
    masterRxLowerPri: undefined,
    any: undefined,
    notifyPriorityChanges: false,
    notifyDeleted: false,
    smtpAlert: false,
    ...with_,
  };
}

export function quorumTarget(with_: Partial<QuorumNotifyTarget> = {}): QuorumNotifyTarget {
  return { up: undefined, down: undefined, smtpAlert: false, realServers: new Map(), ...with_ };
}

/** Any process of that name, at least one of them. */
export function trackProcess(name: string, change: Partial<TrackProcess> = {}): TrackProcess {
  return {
    name,
    process: name,
    parameters: [],
    paramMatch: "none",
    quorum: 1,
    quorumMax: undefined,
    terminateDelayUs: 0,
    forkDelayUs: 0,
    fullCommand: false,
    ...change,
  };
}

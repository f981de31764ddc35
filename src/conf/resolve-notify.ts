import { SECOND } from "../base/time.ts";
import type { Draft, FifoDraft, GlobalDraft, NotifyDraft } from "./drafts.ts";
import type { MailConfig, NotifyConfig, NotifyFifo, QuorumNotifyTarget, Script, VrrpNotifyTarget } from "./model.ts";
import type { Reading } from "./reading.ts";
import type { ResolvedService } from "./resolve-check.ts";
import { readAccount } from "./script.ts";
import type { ScriptDraft } from "./script.ts";
import type { ScriptJudge } from "./security.ts";

const DEFAULT_SMTP_TIMEOUT_US = 30 * SECOND;

export interface Judges {
  readonly vrrp: ScriptJudge;
  readonly check: ScriptJudge;
}

export function resolveNotify(reading: Reading, draft: Draft, services: readonly ResolvedService[], judges: Judges): NotifyConfig {
  const { global } = draft;
  const smtpVrrp = global.smtpAlertVrrp ?? global.smtpAlert ?? false;
  const fifo = resolveFifo(reading, global, global.fifo, judges.vrrp);
  const vrrpFifo = resolveFifo(reading, global, global.vrrpFifo, judges.vrrp);
  const lvsFifo = resolveFifo(reading, global, global.lvsFifo, judges.check);
  return {
    instances: Object.fromEntries(draft.instances.map(({ name, notify }) => [name, vrrpTarget(notify, global, smtpVrrp, judges.vrrp)])),
    groups: Object.fromEntries(draft.syncGroups.map(({ name, notify }) => [name, vrrpTarget(notify, global, smtpVrrp, judges.vrrp)])),
    virtualServers: Object.fromEntries(services.map((service) => [service.server.label, quorumTarget(service, global, judges.check)])),
    fifo,
    // With the same path twice keepalived keeps the global one.
    vrrpFifo: vrrpFifo !== undefined && vrrpFifo.path === fifo?.path ? undefined : vrrpFifo,
    lvsFifo: lvsFifo !== undefined && lvsFifo.path === fifo?.path ? undefined : lvsFifo,
    mail: resolveMail(reading, global),
  };
}

function optional(script: ScriptDraft | undefined, judge: ScriptJudge): Script | undefined {
  return script === undefined ? undefined : judge.judge(script);
}

function vrrpTarget(notify: NotifyDraft, global: GlobalDraft, smtpAlert: boolean, judge: ScriptJudge): VrrpNotifyTarget {
  return {
    master: optional(notify.master, judge),
    backup: optional(notify.backup, judge),
    fault: optional(notify.fault, judge),
    stop: optional(notify.stop, judge),
    deleted: optional(notify.deleted, judge),
    masterRxLowerPri: optional(notify.masterRxLowerPri, judge),
    any: optional(notify.any, judge),
    notifyPriorityChanges: notify.priorityChanges ?? global.notifyPriorityChanges,
    notifyDeleted: notify.notifyDeleted,
    smtpAlert: notify.smtpAlert ?? smtpAlert,
  };
}

function quorumTarget({ server, draft, realServers }: ResolvedService, global: GlobalDraft, judge: ScriptJudge): QuorumNotifyTarget {
  const wanted = draft.smtpAlert ?? global.smtpAlertChecker ?? global.smtpAlert;
  return {
    up: optional(draft.quorumUp, judge),
    down: optional(draft.quorumDown, judge),
    smtpAlert: wanted ?? false,
    realServers: Object.fromEntries(
      server.realServers.map(({ label }, i) => {
        const real = realServers[i];
        // Real servers alone have mail on by default.
        return [label, { up: optional(real?.notifyUp, judge), down: optional(real?.notifyDown, judge), smtpAlert: real?.smtpAlert ?? wanted ?? true }];
      }),
    ),
  };
}

function resolveFifo(reading: Reading, global: GlobalDraft, draft: FifoDraft, judge: ScriptJudge): NotifyFifo | undefined {
  if (draft.path === undefined) return undefined;
  const owner = draft.owner === undefined ? undefined : readAccount(reading, draft.owner);
  return {
    path: draft.path.text,
    owner: owner?.uid === undefined ? undefined : { uid: owner.uid, gid: owner.gid, user: owner.user, supplementaryGroups: global.supplementaryGroups },
    script: optional(draft.script, judge),
  };
}

function resolveMail(reading: Reading, global: GlobalDraft): MailConfig {
  const { hostName } = reading.environment;
  return {
    routerId: global.routerId ?? hostName,
    server: global.smtpServer,
    heloName: global.smtpHeloName ?? hostName,
    connectTimeoutUs: global.smtpConnectTimeoutUs ?? DEFAULT_SMTP_TIMEOUT_US,
    from: global.emailFrom ?? `root@${hostName}`,
    to: global.emailTo,
    noFaults: global.noEmailFaults,
  };
}

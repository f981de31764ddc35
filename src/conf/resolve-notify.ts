import { SECOND } from "../base/time.ts";
import type { Draft, FifoDraft, GlobalDraft, NotifyDraft } from "./drafts.ts";
import type { MailConfig, NotifyConfig, NotifyFifo, QuorumNotifyTarget, Script, VrrpConfig, VrrpNotifyTarget } from "./model.ts";
import type { Reading } from "./reading.ts";
import type { ResolvedService } from "./resolve-check.ts";
import { readAccount } from "./script.ts";
import type { ScriptDraft } from "./script.ts";
import type { ScriptJudge } from "./security.ts";

const DEFAULT_SMTP_TIMEOUT_US = 30 * SECOND;

/** The part that keepalived's VRRP process runs. */
export function resolveVrrpNotify(reading: Reading, draft: Draft, judge: ScriptJudge): Pick<NotifyConfig, "instances" | "groups" | "fifo" | "vrrpFifo"> {
  const { global } = draft;
  const smtpVrrp = global.smtpAlertVrrp ?? global.smtpAlert ?? false;
  const fifo = resolveFifo(reading, global, global.fifo, judge);
  const targets = (parts: readonly { readonly name: string; readonly notify: NotifyDraft }[]): NotifyConfig["instances"] =>
    new Map(parts.map(({ name, notify }) => [name, vrrpTarget(notify, global, smtpVrrp, judge)]));
  return {
    instances: targets(draft.instances),
    groups: targets(draft.syncGroups),
    fifo,
    vrrpFifo: unlessSame(resolveFifo(reading, global, global.vrrpFifo, judge), global),
  };
}

/** The targets of the instances and groups that are left: what was dropped tells nobody anything. */
export function ofThose<T extends Pick<NotifyConfig, "instances" | "groups">>(targets: T, { instances, syncGroups }: Pick<VrrpConfig, "instances" | "syncGroups">): T {
  const only = (all: NotifyConfig["instances"], left: readonly { readonly name: string }[]): NotifyConfig["instances"] => {
    const names = new Set(left.map(({ name }) => name));
    return new Map([...all].filter(([name]) => names.has(name)));
  };
  return { ...targets, instances: only(targets.instances, instances), groups: only(targets.groups, syncGroups) };
}

/** The part that keepalived's checker process runs. */
export function resolveCheckNotify(reading: Reading, draft: Draft, services: readonly ResolvedService[], judge: ScriptJudge): Pick<NotifyConfig, "virtualServers" | "lvsFifo"> {
  const { global } = draft;
  return {
    virtualServers: new Map(services.map((service) => [service.server.label, quorumTarget(service, global, judge)])),
    lvsFifo: unlessSame(resolveFifo(reading, global, global.lvsFifo, judge), global),
  };
}

/** With the same path twice keepalived keeps the global FIFO. */
function unlessSame(fifo: NotifyFifo | undefined, global: GlobalDraft): NotifyFifo | undefined {
  return fifo?.path === global.fifo.path?.text ? undefined : fifo;
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
    realServers: new Map(
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

export function resolveMail(reading: Reading, global: GlobalDraft): MailConfig {
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

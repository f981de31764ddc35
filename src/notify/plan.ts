import { assertNever } from "../base/assert-never.ts";
import type { Notification, VrrpNotifyState } from "../base/notification.ts";
import type { NotifyConfig, QuorumNotifyTarget, Script, VrrpNotifyTarget } from "../conf/model.ts";

/** One thing to do for a notification. keepalived's order within an event: specific script, generic script, FIFO, mail. */
export type Delivery =
  /** `arguments` come after the configured ones. */
  | { readonly type: "script"; readonly script: Script; readonly arguments: readonly string[] }
  | { readonly type: "fifo"; readonly engine: "vrrp" | "lvs"; readonly bytes: Uint8Array }
  | { readonly type: "mail"; readonly mail: Mail };

/** `subject` without the `[ROUTER_ID] `, `body` without line ends. */
export interface Mail {
  readonly subject: string;
  readonly body: string;
}

/** What the outside has been told by mail already, so that a state is not mailed twice. Subject's key -> last state. */
export type MailedStates = ReadonlyMap<string, string>;

export interface Plan {
  readonly deliveries: readonly Delivery[];
  /** What becomes of `MailedStates` when the mail is sent; absent without a mail. */
  readonly mailed?: { readonly key: string; readonly state: string };
}

const encoder = new TextEncoder();
const NOTHING: Plan = { deliveries: [] };

/**
 * How one notification is told, with what this configuration asks for. Pure.
 *
 * Source: keepalived.conf(5) and keepalived's observed scripts, FIFO bytes and mails.
 */
export function planDeliveries(notification: Notification, config: NotifyConfig, mailed: MailedStates): Plan {
  switch (notification.type) {
    case "vrrp":
      return planTransition(notification, config, mailed);
    case "masterRxLowerPri": {
      const target = config.instances.get(notification.name);
      const line = `INSTANCE "${notification.name}" MASTER_RX_LOWER_PRI ${notification.priority}\n`;
      return { deliveries: [...script(target?.masterRxLowerPri), ...fifo(config, "vrrp", line)] };
    }
    case "priority": {
      if (config.instances.get(notification.name)?.notifyPriorityChanges !== true) return NOTHING;
      const line = `INSTANCE "${notification.name}" ${notification.state}_PRIORITY ${notification.priority}\n`;
      return { deliveries: fifo(config, "vrrp", line) };
    }
    case "alert":
      return NOTHING;
    case "realServer":
      return planRealServer(notification, config, mailed);
    case "quorum":
      return planQuorum(notification, config, mailed);
    default:
      return assertNever(notification);
  }
}

/** Notifications with the same key are told in order; different keys do not wait for each other. */
export function queueKeyOf(notification: Notification): string {
  switch (notification.type) {
    case "vrrp":
      return `${notification.scope} ${notification.name}`;
    case "masterRxLowerPri":
    case "priority":
    case "alert":
      return `instance ${notification.name}`;
    case "realServer":
      return realServerKey(notification.virtualServer, notification.realServer);
    case "quorum":
      return `quorum ${notification.virtualServer}`;
    default:
      return assertNever(notification);
  }
}

/** The daemon is stopping: scripts get one second (`notify_stop`, omega). */
export function isStopping(notification: Notification): boolean {
  switch (notification.type) {
    case "vrrp":
      return notification.state === "STOP";
    case "realServer":
    case "quorum":
      return notification.stopping;
    case "masterRxLowerPri":
    case "priority":
    case "alert":
      return false;
    default:
      return assertNever(notification);
  }
}

function planTransition(event: Notification & { type: "vrrp" }, config: NotifyConfig, mailed: MailedStates): Plan {
  const target = (event.scope === "instance" ? config.instances : config.groups).get(event.name);
  if (target === undefined) return NOTHING;
  // A deleted instance without `notify_deleted` is told as FAULT everywhere, but `notify_fault` is not run for it.
  const state = event.state === "DELETED" && !target.notifyDeleted ? "FAULT" : event.state;
  const specific = event.state === "DELETED" && !target.notifyDeleted ? undefined : specificScript(target, state);
  const kind = event.scope === "instance" ? "INSTANCE" : "GROUP";
  const priority = event.scope === "instance" ? event.priority : 0;
  const line = fifo(config, "vrrp", `${kind} "${event.name}" ${state} ${priority}\n`);
  if (event.repeated === true) return { deliveries: line };
  const faultSilenced = state === "FAULT" && config.mail.noFaults;
  return withMail(
    [
      ...script(specific),
      ...script(target.any, [kind, event.name, state, String(priority)]),
      ...line,
    ],
    target.smtpAlert && !faultSilenced,
    { key: queueKeyOf(event), state },
    transitionMail(event.scope, event.name, state),
    mailed,
  );
}

function specificScript(target: VrrpNotifyTarget, state: VrrpNotifyState): Script | undefined {
  switch (state) {
    case "MASTER":
      return target.master;
    case "BACKUP":
      return target.backup;
    case "FAULT":
      return target.fault;
    case "STOP":
      return target.stop;
    case "DELETED":
      return target.deleted;
    default:
      return assertNever(state);
  }
}

const TRANSITION_SUBJECT: Readonly<Record<VrrpNotifyState, string>> = {
  MASTER: "Entering MASTER state",
  BACKUP: "Entering BACKUP state",
  FAULT: "Entering FAULT state",
  STOP: "Stopping",
  DELETED: "Deleted",
};

const INSTANCE_BODY: Readonly<Record<VrrpNotifyState, string>> = {
  MASTER: "VRRP Instance is now owning VRRP VIPs",
  BACKUP: "VRRP Instance is no longer owning VRRP VIPs",
  FAULT: "VRRP Instance is no longer owning VRRP VIPs",
  STOP: "VRRP Instance stopping",
  DELETED: "VRRP Deleted at reload",
};

const GROUP_BODY: Readonly<Record<VrrpNotifyState, string>> = {
  MASTER: "All VRRP group instances are now in MASTER state",
  BACKUP: "All VRRP group instances are now in BACKUP state",
  FAULT: "All VRRP group instances are now in FAULT state",
  STOP: "All VRRP group instances are now stopping",
  DELETED: "VRRP Deleted at reload",
};

function transitionMail(scope: "instance" | "group", name: string, state: VrrpNotifyState): Mail {
  const subject = `VRRP ${scope === "instance" ? "Instance" : "Group"} ${name} - ${TRANSITION_SUBJECT[state]}`;
  return { subject, body: arrows((scope === "instance" ? INSTANCE_BODY : GROUP_BODY)[state]) };
}

function planRealServer(event: Notification & { type: "realServer" }, config: NotifyConfig, mailed: MailedStates): Plan {
  const { virtualServer, realServer } = event;
  const service = config.virtualServers.get(virtualServer);
  const target = service?.realServers.get(realServer);
  const state = event.up ? "UP" : "DOWN";
  return withMail(
    [...upOrDown(target, event.up), ...fifo(config, "lvs", `RS ${realServer} ${virtualServer} ${state}\n\0`)],
    target?.smtpAlert === true,
    { key: realServerKey(virtualServer, realServer), state },
    { subject: `Realserver ${realServer} of virtual server ${virtualServer} - ${state}`, body: arrows(event.reason) },
    mailed,
  );
}

function planQuorum(event: Notification & { type: "quorum" }, config: NotifyConfig, mailed: MailedStates): Plan {
  const target = config.virtualServers.get(event.virtualServer);
  const state = event.up ? "UP" : "DOWN";
  return withMail(
    [...upOrDown(target, event.up), ...fifo(config, "lvs", `VS ${event.virtualServer} ${state}\n\0`)],
    target?.smtpAlert === true,
    { key: queueKeyOf(event), state },
    { subject: `Virtualserver ${event.virtualServer} - ${state}`, body: arrows(event.reason) },
    mailed,
  );
}

function upOrDown(target: Pick<QuorumNotifyTarget, "up" | "down"> | undefined, up: boolean): Delivery[] {
  return script(up ? target?.up : target?.down);
}

function withMail(
  deliveries: readonly Delivery[],
  alert: boolean,
  now: { readonly key: string; readonly state: string },
  mail: Mail,
  mailed: MailedStates,
): Plan {
  if (!alert || mailed.get(now.key) === now.state) return { deliveries };
  return { deliveries: [...deliveries, { type: "mail", mail }], mailed: now };
}

function script(configured: Script | undefined, appended: readonly string[] = []): Delivery[] {
  return configured === undefined ? [] : [{ type: "script", script: configured, arguments: appended }];
}

/** VRRP lines end with the newline; LVS lines have keepalived's NUL after it, which consumers have come to expect. */
function fifo(config: NotifyConfig, engine: "vrrp" | "lvs", line: string): Delivery[] {
  const specific = engine === "vrrp" ? config.vrrpFifo : config.lvsFifo;
  if (config.fifo === undefined && specific === undefined) return [];
  return [{ type: "fifo", engine, bytes: encoder.encode(line) }];
}

function realServerKey(virtualServer: string, realServer: string): string {
  return `real ${virtualServer} ${realServer}`;
}

function arrows(text: string): string {
  return `=> ${text} <=`;
}

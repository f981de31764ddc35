import type { Micros } from "../base/time.ts";
import type { BackupState, VrrpEffect, VrrpEvent, VrrpState } from "./fsm-state.ts";
import { masterDownInterval, ownPriority } from "./fsm-state.ts";
import { routerOf } from "./instance.ts";
import type { Instance } from "./instance.ts";
import { inSeconds } from "./seconds.ts";

/**
 * Why an instance has changed its state, in one phrase: what the log, the dumps and the notifications say.
 *
 * @param at when it happened
 */
export function explainElection(instance: Instance, { to, reason }: VrrpEffect & { type: "transition" }, before: VrrpState, cause: VrrpEvent, at: Micros): string {
  switch (to) {
    case "MASTER":
      if (before.name !== "BACKUP") return reason;
      if (cause.type === "deadline") return takeoverReason(instance, before, at);
      // In a sync group the last of those who waited for a master brings the others along.
      return before.wantsMaster ? `${takeoverReason(instance, before, at)}, and sync group ${instance.group ?? ""} agrees` : `sync group ${instance.group ?? ""}`;
    case "BACKUP":
      if (cause.type === "recovered") return `${reason} (was: ${instance.lastReason})`;
      if (cause.type === "startup") return `${reason} with priority ${instance.priority.priority}`;
      return cause.type === "syncBackup" ? `sync group ${instance.group ?? ""}` : reason;
    case "FAULT":
      // One that comes with its sync group has no reason of its own.
      return instance.faults.length > 0 ? instance.faults.map((fault) => fault.reason).join(", ") : reason;
  }
}

function takeoverReason(instance: Instance, before: BackupState, at: Micros): string {
  const { filtered } = instance;
  const dropped = filtered?.told === true ? `; this host drops the adverts of ${filtered.event.source} (priority ${filtered.event.priority})` : "";
  return whoIsGone(instance, before, at) + dropped;
}

function whoIsGone(instance: Instance, before: BackupState, at: Micros): string {
  const { backupSince, neighbours: { last } } = instance;
  const { priority } = instance.priority;
  const waited = inSeconds(at - backupSince);
  if (last === undefined) return `no advert for ${waited}, no other router heard`;
  const { address } = last;
  const silence = inSeconds(at - last.heardAt);
  if (last.resigned && last.heardAt >= backupSince) return `${address} resigned (priority 0) ${silence} ago`;
  if (last.heardAt < backupSince) return `no advert for ${waited}, last heard ${silence} ago: ${address} (priority ${last.priority})`;
  const router = routerOf(instance);
  const speaks = at - last.heardAt < masterDownInterval(router, ownPriority(router, before), before.masterIntervalUs);
  if (speaks && last.priority < priority) return `preempts ${address} (priority ${last.priority}, ours ${priority})`;
  return `no advert for ${silence} from ${address} (priority ${last.priority})`;
}

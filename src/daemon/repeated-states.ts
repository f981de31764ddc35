import type { Notification } from "../base/notification.ts";
import type { VrrpStatus } from "../vrrp/status.ts";

/** `fifo_write_vrrp_states_on_reload`: what every instance and group is, once more. One that has no state yet will tell its first. */
export function repeatedStates({ instances, groups }: Pick<VrrpStatus, "instances" | "groups">): Notification[] {
  const all = [
    ...instances.map(({ name, state, effectivePriority }) => ({ scope: "instance" as const, name, state, priority: effectivePriority })),
    ...groups.map(({ name, state }) => ({ scope: "group" as const, name, state, priority: 0 })),
  ];
  return all.flatMap(({ scope, name, state, priority }) =>
    state === "INIT" ? [] : [{ type: "vrrp", scope, name, state, previous: state, priority, reason: "reload", repeated: true }],
  );
}

import type { VrrpState } from "./fsm-state.ts";

/** A group is what all of its members are; while they differ it counts as the least of them. */
export type GroupState = "INIT" | "BACKUP" | "MASTER" | "FAULT";

/** MASTER only when every member is or wants to be. */
export function mayBecomeMaster(members: readonly VrrpState[]): boolean {
  return members.every((state) => state.name === "MASTER" || (state.name === "BACKUP" && state.wantsMaster));
}

/** Whether a member in `state` has to move when another member of its group has become `to`. */
export function mustFollow(to: "BACKUP" | "MASTER" | "FAULT", state: VrrpState): boolean {
  if (to === "FAULT") return state.name !== "FAULT";
  if (to === "MASTER") return state.name === "BACKUP";
  return state.name === "MASTER";
}

export function groupState(members: readonly VrrpState[]): GroupState {
  const is = (name: VrrpState["name"]) => (state: VrrpState) => state.name === name;
  if (members.length === 0 || members.some(is("INIT"))) return "INIT";
  if (members.some(is("FAULT"))) return "FAULT";
  return members.every(is("MASTER")) ? "MASTER" : "BACKUP";
}

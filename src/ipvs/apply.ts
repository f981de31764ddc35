import { assertNever } from "../base/assert-never.ts";
import { KernelError } from "../base/errors.ts";
import type { IpvsServiceKey, IpvsTable } from "../base/ipvs.ts";
import type { Log } from "../base/log.ts";
import type { IpvsOp } from "./diff.ts";
import { serviceKeyText } from "./keys.ts";

/** How a slice of operations went. */
export interface Applied {
  /** Where the next slice begins; `ops.length` when all are done. */
  readonly next: number;
  /** Of the slice, those that the kernel has carried out. */
  readonly done: readonly IpvsOp[];
  /** Something was refused: the kernel does not hold what was meant. */
  readonly refused: boolean;
}

/**
 * Runs `ops` from `from` on, at most `limit` of them, so that a large table does not hold the thread.
 *
 * The table may have been changed by others between our reading and our writing, so: a change of what is not there
 * becomes an addition, an addition of what is there becomes a change, a deletion of what is gone is done. All three
 * are logged, as every other refusal is, with keepalived's line. What was refused is not tried again here; the
 * destinations of a service that could not be made are left out.
 *
 * @throws anything that is not a KernelError
 */
export function applyOps(table: IpvsTable, ops: readonly IpvsOp[], from: number, limit: number, log: Log): Applied {
  const next = Math.min(ops.length, from + limit);
  const done: IpvsOp[] = [];
  const missing = new Set<string>();
  let refused = false;
  for (const op of ops.slice(from, next)) {
    const service = serviceKeyText(keyOfOp(op));
    if (missing.has(service)) continue;
    if (applyOne(table, op, log)) {
      done.push(op);
      continue;
    }
    refused = true;
    if (op.op === "addService" || op.op === "setService") missing.add(service);
  }
  return { next, done, refused };
}

function keyOfOp(op: IpvsOp): IpvsServiceKey {
  return op.op === "addService" || op.op === "setService" ? op.service.key : op.key;
}

/** @returns whether the kernel now holds what `op` meant */
function applyOne(table: IpvsTable, op: IpvsOp, log: Log): boolean {
  const first = attempt(table, op);
  if (first === undefined) return true;
  log.error(refusalLine(op, first));
  const other = insteadOf(op, first.code);
  if (other === "done") return true;
  if (other === undefined) return false;
  const second = attempt(table, other);
  if (second === undefined) return true;
  log.error(refusalLine(other, second));
  return false;
}

/** What a refusal means where it is known to mean something; undefined where it is a failure. */
function insteadOf(op: IpvsOp, code: string): IpvsOp | "done" | undefined {
  switch (op.op) {
    case "addService":
      return code === "EEXIST" ? { ...op, op: "setService" } : undefined;
    case "setService":
      return isMissing(code) ? { ...op, op: "addService" } : undefined;
    case "addDestination":
      return code === "EEXIST" ? { ...op, op: "setDestination" } : undefined;
    case "setDestination":
      return code === "ENOENT" ? { ...op, op: "addDestination" } : undefined;
    case "deleteService":
    case "deleteDestination":
      return isMissing(code) ? "done" : undefined;
    default:
      return assertNever(op);
  }
}

/** The kernel answers ESRCH where the service is missing, ENOENT where the destination is. */
function isMissing(code: string): boolean {
  return code === "ENOENT" || code === "ESRCH";
}

function attempt(table: IpvsTable, op: IpvsOp): KernelError | undefined {
  try {
    run(table, op);
    return undefined;
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
}

function run(table: IpvsTable, op: IpvsOp): void {
  switch (op.op) {
    case "addService":
      return table.addService(op.service);
    case "setService":
      return table.setService(op.service);
    case "deleteService":
      return table.deleteService(op.key);
    case "addDestination":
      return table.addDestination(op.key, op.destination);
    case "setDestination":
      return table.setDestination(op.key, op.destination);
    case "deleteDestination":
      return table.deleteDestination(op.key, op.destination);
    default:
      return assertNever(op);
  }
}

/** keepalived names operations by the socket options of linux/ip_vs.h, also over netlink. */
const COMMAND: Readonly<Record<IpvsOp["op"], string>> = {
  addService: "IP_VS_SO_SET_ADD(1154)",
  setService: "IP_VS_SO_SET_EDIT(1155)",
  deleteService: "IP_VS_SO_SET_DEL(1156)",
  addDestination: "IP_VS_SO_SET_ADDDEST(1159)",
  deleteDestination: "IP_VS_SO_SET_DELDEST(1160)",
  setDestination: "IP_VS_SO_SET_EDITDEST(1161)",
};

/** keepalived's words for the refusals that have a meaning of their own, else the symbolic errno. */
function refusalText(op: IpvsOp, code: string): string {
  const onDestination = "destination" in op;
  switch (code) {
    case "EEXIST":
      return onDestination ? "Destination already exists(17)" : "Service already exists(17)";
    case "ENOENT":
      if (op.op === "addService" || op.op === "setService") return "Scheduler or persistence engine not found(2)";
      return onDestination ? "No such destination(2)" : "No such service(2)";
    case "ESRCH":
      return "No such service(3)";
    default:
      return code;
  }
}

function refusalLine(op: IpvsOp, error: KernelError): string {
  const key = keyOfOp(op);
  const service = key.type === "fwmark" ? `Fwm ${key.fwmark}` : `${key.address}:${key.protocol}:${key.port}`;
  const about = "destination" in op ? `${service} -> ${op.destination.address}:${op.destination.port}` : service;
  return `IPVS cmd ${COMMAND[op.op]} error: ${refusalText(op, error.code)} (${about})`;
}

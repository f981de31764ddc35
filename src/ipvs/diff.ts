import { assertNever } from "../base/assert-never.ts";
import type { IpvsDestination, IpvsService, IpvsServiceKey } from "../base/ipvs.ts";
import type { IpvsEntry } from "./keys.ts";
import { destinationKeyText, serviceKeyText } from "./keys.ts";

/** One change of the kernel's table. */
export type IpvsOp =
  | { readonly op: "addService"; readonly service: IpvsService }
  | { readonly op: "setService"; readonly service: IpvsService }
  | { readonly op: "deleteService"; readonly key: IpvsServiceKey }
  | { readonly op: "addDestination"; readonly key: IpvsServiceKey; readonly destination: IpvsDestination }
  | { readonly op: "setDestination"; readonly key: IpvsServiceKey; readonly destination: IpvsDestination }
  | { readonly op: "deleteDestination"; readonly key: IpvsServiceKey; readonly destination: IpvsDestination };

/**
 * The operations that turn `installed` into `wanted`, both holding nothing but services that are ours.
 *
 * In this order: what is new or changed, service by service, then the services that go, with their destinations.
 * Linear in both. Of two entries with one key the later counts.
 */
export function diffTable(installed: readonly IpvsEntry[], wanted: readonly IpvsEntry[]): IpvsOp[] {
  const before = new Map(installed.map((entry) => [serviceKeyText(entry.service.key), entry]));
  const after = new Map(wanted.map((entry) => [serviceKeyText(entry.service.key), entry]));
  const ops: IpvsOp[] = [];
  for (const [key, entry] of after) appendAll(ops, diffEntry(before.get(key), entry));
  for (const [key, entry] of before) {
    if (!after.has(key)) appendAll(ops, diffEntry(entry, undefined));
  }
  return ops;
}

/** The operations for one service; undefined means that it is not there, or must not be. */
export function diffEntry(installed: IpvsEntry | undefined, wanted: IpvsEntry | undefined): IpvsOp[] {
  if (wanted === undefined) {
    if (installed === undefined) return [];
    const { key } = installed.service;
    const gone: IpvsOp[] = installed.destinations.map((destination) => ({ op: "deleteDestination", key, destination }));
    return [...gone, { op: "deleteService", key }];
  }
  const { service } = wanted;
  const destinations = diffDestinations(service.key, installed?.destinations ?? [], wanted.destinations);
  if (installed === undefined) return [{ op: "addService", service }, ...destinations];
  if (!sameService(installed.service, service)) return [{ op: "setService", service }, ...destinations];
  return destinations;
}

/**
 * Additions first, then changes that raise a weight, then the others, then deletions: a service that has a usable
 * destination before and after has one at every moment between.
 */
export function diffDestinations(
  key: IpvsServiceKey,
  installed: readonly IpvsDestination[],
  wanted: readonly IpvsDestination[],
): IpvsOp[] {
  const before = new Map(installed.map((d) => [destinationKeyText(d), d]));
  const after = new Map(wanted.map((d) => [destinationKeyText(d), d]));
  const added: IpvsOp[] = [];
  const raised: IpvsOp[] = [];
  const changed: IpvsOp[] = [];
  const deleted: IpvsOp[] = [];
  for (const [text, destination] of after) {
    const old = before.get(text);
    if (old === undefined) added.push({ op: "addDestination", key, destination });
    else if (destination.weight > old.weight) raised.push({ op: "setDestination", key, destination });
    else if (!sameDestination(old, destination)) changed.push({ op: "setDestination", key, destination });
  }
  for (const [text, destination] of before) {
    if (!after.has(text)) deleted.push({ op: "deleteDestination", key, destination });
  }
  return [...added, ...raised, ...changed, ...deleted];
}

/** What is installed for a service after `ops`, all of them about it, succeeded on `before`. */
export function afterOps(before: IpvsEntry | undefined, ops: readonly IpvsOp[]): IpvsEntry | undefined {
  let service = before?.service;
  const destinations = new Map((before?.destinations ?? []).map((d) => [destinationKeyText(d), d]));
  for (const op of ops) {
    switch (op.op) {
      case "addService":
      case "setService":
        service = op.service;
        break;
      case "deleteService":
        service = undefined;
        break;
      case "addDestination":
      case "setDestination":
        destinations.set(destinationKeyText(op.destination), op.destination);
        break;
      case "deleteDestination":
        destinations.delete(destinationKeyText(op.destination));
        break;
      default:
        return assertNever(op);
    }
  }
  return service === undefined ? undefined : { service, destinations: [...destinations.values()] };
}

/** Whether the kernel would treat both alike; timeout and granularity mean nothing without persistence. */
export function sameService(a: IpvsService, b: IpvsService): boolean {
  return (
    a.scheduler === b.scheduler &&
    a.persistent === b.persistent &&
    a.onePacket === b.onePacket &&
    a.schedFlags === b.schedFlags &&
    a.persistenceEngine === b.persistenceEngine &&
    (!b.persistent || (a.timeoutS === b.timeoutS && a.prefixLength === b.prefixLength))
  );
}

/** keepalived does not push changed thresholds at a reload; Regent does. */
function sameDestination(a: IpvsDestination, b: IpvsDestination): boolean {
  return (
    a.forwarding === b.forwarding &&
    a.weight === b.weight &&
    a.upperThreshold === b.upperThreshold &&
    a.lowerThreshold === b.lowerThreshold
  );
}

/** `push(...items)` would put 10,000 arguments on the stack. */
function appendAll<T>(to: T[], items: readonly T[]): void {
  for (const item of items) to.push(item);
}

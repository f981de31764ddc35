import { familyOf } from "../base/ip.ts";
import type { Draft } from "./drafts.ts";
import type { BfdDraft } from "./drafts/bfd.ts";
import type { BfdConfig, BfdInstance } from "./model.ts";
import type { Reading } from "./reading.ts";

const DEFAULT_INTERVAL_US = 10_000;
const DEFAULT_IDLE_US = 1_000_000;

/** The usable BFD instances. */
export function resolveBfd(reading: Reading, draft: Draft): BfdConfig {
  const byNeighbor = new Map<string, BfdDraft>();
  const instances = draft.bfds.flatMap((bfd) => {
    const instance = resolveInstance(reading, bfd);
    if (instance === undefined) return [];
    const first = byNeighbor.get(instance.neighborIp);
    if (first !== undefined) {
      reading.lateProblem("general-error", `Configuration error: BFD instance ${bfd.name} has duplicate neighbor address ${instance.neighborIp}, ignoring instance`, bfd.neighbor?.at, {
        code: "duplicate-address",
        related: [{ at: first.neighbor?.at, note: `bfd_instance ${first.name} has it here` }],
      });
      return [];
    }
    byNeighbor.set(instance.neighborIp, bfd);
    return [instance];
  });
  return { instances };
}

function resolveInstance(reading: Reading, draft: BfdDraft): BfdInstance | undefined {
  const { name, neighbor, source } = draft;
  if (draft.unusable) return undefined;
  if (neighbor === undefined) {
    reading.lateProblem("general-error", `Configuration error: BFD instance ${name} has no neighbor address set, disabling instance`, draft.at);
    return undefined;
  }
  const family = familyOf(neighbor.address);
  if (source !== undefined && familyOf(source.address) !== family) {
    const message = `Configuration error: BFD instance ${name} source address ${source.address} and neighbor address ${neighbor.address} are not of the same family, disabling instance`;
    reading.lateProblem("general-error", message, source.at, { related: [{ at: neighbor.at, note: "the neighbour is here" }] });
    return undefined;
  }
  const ttl = draft.ttl ?? (family === 4 ? 255 : 64);
  const both = draft.vrrp === draft.checker;
  return {
    name,
    family,
    neighborIp: neighbor.address,
    sourceIp: source?.address,
    minRxUs: draft.minRxUs ?? DEFAULT_INTERVAL_US,
    minTxUs: draft.minTxUs ?? DEFAULT_INTERVAL_US,
    idleTxUs: draft.idleTxUs ?? DEFAULT_IDLE_US,
    multiplier: draft.multiplier ?? 5,
    passive: draft.passive,
    ttl,
    maxHops: resolveMaxHops(reading, draft, ttl),
    multihop: draft.multihop,
    vrrp: draft.vrrp || both,
    checker: draft.checker || both,
  };
}

/** -1: not looked at. */
function resolveMaxHops(reading: Reading, { name, at, maxHops = 0 }: BfdDraft, ttl: number): number | undefined {
  if (maxHops < 0) return undefined;
  if (maxHops <= ttl) return maxHops;
  reading.lateProblem("general-error", `BFD instance ${name}: max_hops exceeds ttl/hoplimit - setting to ttl/hoplimit`, at);
  return ttl;
}

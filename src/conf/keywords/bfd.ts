import type { BfdDraft } from "../drafts/bfd.ts";
import { bool, custom, flag } from "../forms.ts";
import type { KeywordTable } from "../keyword.ts";
import { bfdInteger, milliseconds, readBfdWeight, readNeighbor, readSourceIp } from "../readers/bfd.ts";

/** `bfd_instance`. */
export const BFD_INSTANCE: KeywordTable<BfdDraft> = {
  source_ip: { argument: "IP", default: "none", meaning: "local address", effect: "acted", form: custom(readSourceIp) },
  neighbor_ip: { argument: "IP", default: "required", meaning: "peer address", effect: "acted", form: custom(readNeighbor) },
  neighbour_ip: { argument: "IP", default: "required", meaning: "alias of neighbor_ip", effect: "acted", form: custom(readNeighbor) },
  min_rx: { argument: "MILLISECONDS(decimal, 3 places)", unit: "ms", range: "1-4294967", default: "10", meaning: "required minimum receive interval", effect: "acted", form: milliseconds(1, (draft, value) => { draft.minRxUs = value; }) },
  min_tx: { argument: "MILLISECONDS(decimal, 3 places)", unit: "ms", range: "1-4294967", default: "10", meaning: "desired minimum transmit interval", effect: "acted", form: milliseconds(1, (draft, value) => { draft.minTxUs = value; }) },
  idle_tx: { argument: "MILLISECONDS(decimal, 3 places)", unit: "ms", range: "1000-4294967", default: "1000", meaning: "transmit interval while down", effect: "acted", form: milliseconds(1000, (draft, value) => { draft.idleTxUs = value; }) },
  multiplier: { argument: "INTEGER", range: "1-255", default: "5", meaning: "detection multiplier", effect: "acted", form: bfdInteger(1, 255, "multiplier", (draft, value) => { draft.multiplier = value; }) },
  passive: { argument: "flag", default: "off", meaning: "do not start sending first", effect: "acted", form: flag((draft) => { draft.passive = true; }) },
  ttl: { argument: "INTEGER", range: "1-255", default: "255 IPv4, 64 IPv6", meaning: "TTL or hop limit of sent packets", effect: "acted", form: bfdInteger(1, 255, "ttl/hoplimit", (draft, value) => { draft.ttl = value; }) },
  hoplimit: { argument: "INTEGER", range: "1-255", meaning: "alias of ttl", effect: "acted", form: bfdInteger(1, 255, "ttl/hoplimit", (draft, value) => { draft.ttl = value; }) },
  max_hops: { argument: "INTEGER", range: "-1..255", default: "0", meaning: "largest accepted TTL decrease; -1 disables check", effect: "acted", form: bfdInteger(-1, 255, "max_hops", (draft, value) => { draft.maxHops = value; }) },
  multihop: { argument: "[BOOL]", default: "off", meaning: "use multihop port 4784", effect: "acted", form: bool((draft, value) => { draft.multihop = value; }) },
  weight: { argument: "INTEGER [reverse]", range: "-253..253", default: "0", meaning: "priority adjustment for VRRP", effect: "acted", form: custom(readBfdWeight) },
  vrrp: { argument: "flag", default: "both when neither given", meaning: "send events to VRRP process", effect: "acted", form: flag((draft) => { draft.vrrp = true; }) },
  checker: { argument: "flag", default: "both when neither given", meaning: "send events to checker process", effect: "acted", form: flag((draft) => { draft.checker = true; }) },
};

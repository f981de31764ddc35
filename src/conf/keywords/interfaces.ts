import type { GarpGroupDraft, TrackGroupDraft } from "../drafts.ts";
import { custom, names, seconds } from "../forms.ts";
import type { EntryTable, KeywordTable } from "../keyword.ts";
import { readGarpInterface } from "../readers/interfaces.ts";

/** `track_group`. */
export const TRACK_GROUP: KeywordTable<TrackGroupDraft> = {
  group: { argument: "list-block", range: "instance names", meaning: "member vrrp instances", effect: "acted", form: names((draft, word) => { draft.members.push(word); }) },
};

/** `garp_group`. */
export const GARP_GROUP: KeywordTable<GarpGroupDraft> = {
  garp_interval: { argument: "SECONDS(decimal)", unit: "s", range: "0-4294.967295", default: "global value", meaning: "minimum gap between gratuitous ARPs", effect: "acted", form: seconds(0, 4294.967295, (draft, value) => { draft.garpIntervalUs = value; }, { bad: "garp_group garp_interval '%s' invalid" }) },
  gna_interval: { argument: "SECONDS(decimal)", unit: "s", range: "0-4294.967295", default: "global value", meaning: "minimum gap between unsolicited NAs", effect: "acted", form: seconds(0, 4294.967295, (draft, value) => { draft.gnaIntervalUs = value; }, { bad: "garp_group gna_interval '%s' invalid" }) },
  interface: { argument: "IFNAME", meaning: "single interface using these gaps", effect: "acted", form: custom(readGarpInterface) },
  interfaces: { argument: "list-block", range: "interface names", meaning: "several interfaces sharing one queue", effect: "acted", form: names((draft, word) => { draft.interfaces.push(word); }, "Warning - empty garp_group interfaces block") },
};

/** `linkbeat_interfaces`. */
export const LINKBEAT_INTERFACES: EntryTable = {
  "<IFNAME>": { argument: "IFNAME [MII|ETHTOOL|IOCTL]", default: "auto probe", meaning: "interface to poll, optionally forcing method", effect: "acted" },
};

/** `interface_up_down_delays`. */
export const INTERFACE_UP_DOWN_DELAYS: EntryTable = {
  "<IFNAME>": { argument: "IFNAME DOWN [UP]", unit: "s(decimal)", range: "0-255", default: "UP 0 when omitted", meaning: "delay reporting down/up transitions (manual says UP equals DOWN)", effect: "acted" },
};

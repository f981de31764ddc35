import type { SyncGroupDraft } from "../drafts.ts";
import { bool, customBlock, entries, flag } from "../forms.ts";
import type { KeywordTable } from "../keyword.ts";
import { deprecatedFlag, script } from "../readers/shared.ts";
import { readMembers, readTrackBfdEntry, readTrackFileEntry, readTrackInterface, readTrackProcessEntry, readTrackScriptEntry } from "../readers/track.ts";

/** `vrrp_sync_group`. */
export const VRRP_SYNC_GROUP: KeywordTable<SyncGroupDraft> = {
  group: { argument: "list-block", range: "instance names", meaning: "member vrrp instances; instance may be in one group", effect: "acted", form: customBlock(readMembers) },
  track_interface: { argument: "list-block", range: "track entries", meaning: "interfaces tracked on behalf of all members", effect: "acted", form: entries(readTrackInterface) },
  track_script: { argument: "list-block", range: "track entries", meaning: "scripts tracked on behalf of all members", effect: "acted", form: entries(readTrackScriptEntry) },
  track_file: { argument: "list-block", range: "track entries", meaning: "files tracked on behalf of all members", effect: "acted", form: entries(readTrackFileEntry) },
  track_process: { argument: "list-block", range: "track entries", meaning: "processes tracked on behalf of all members", effect: "acted", form: entries(readTrackProcessEntry) },
  track_bfd: { argument: "list-block", range: "track entries", meaning: "BFD peers tracked on behalf of all members", effect: "acted", form: entries(readTrackBfdEntry) },
  notify_master: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run when group becomes MASTER", effect: "acted", form: script((draft, value) => { draft.notify.master = value; }) },
  notify_backup: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run when group becomes BACKUP", effect: "acted", form: script((draft, value) => { draft.notify.backup = value; }) },
  notify_fault: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run when group enters FAULT", effect: "acted", form: script((draft, value) => { draft.notify.fault = value; }) },
  notify_stop: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run when the daemon stops", effect: "acted", form: script((draft, value) => { draft.notify.stop = value; }) },
  notify: { argument: "SCRIPT [USER [GROUP]]", default: "none", meaning: "run on any change with GROUP NAME STATE 0", effect: "acted", form: script((draft, value) => { draft.notify.any = value; }) },
  smtp_alert: { argument: "[BOOL]", default: "global setting", meaning: "mail on group state change", effect: "acted", form: bool((draft, value) => { draft.notify.smtpAlert = value; }, { bad: "Invalid vrrp_group smtp_alert parameter %s" }) },
  sync_group_tracking_weight: { argument: "flag", default: "off", meaning: "keep weighted trackers of members active", effect: "acted", form: flag((draft) => { draft.trackingWeight = true; }) },
  global_tracking: { argument: "flag", default: "off", meaning: "alias of sync_group_tracking_weight", effect: "acted", form: deprecatedFlag((draft) => { draft.trackingWeight = true; }, "(%n) global_tracking is deprecated. Use track_interface/script/file on the sync group") },
  notify_priority_changes: { argument: "[BOOL]", default: "global setting", meaning: "parsed; members' priority changes go to FIFO", effect: "acted", form: bool((draft, value) => { draft.notify.priorityChanges = value; }, { bad: "(%n) Invalid value '%s' for sync group notify_priority_changes specified" }) },
};

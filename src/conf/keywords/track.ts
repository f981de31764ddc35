import type { TrackFileDraft, TrackProcessDraft, TrackScriptDraft } from "../drafts.ts";
import { custom, flag, ignored, integer } from "../forms.ts";
import type { EntryTable, KeywordTable } from "../keyword.ts";
import { INT_MAX } from "../numbers.ts";
import { account, script } from "../readers/shared.ts";
import {
  processCount,
  processDelay,
  readInitFile,
  readParamMatch,
  readProcessName,
  readProcessWeight,
  readTrackedPath,
  readTrackFileWeight,
} from "../readers/track-objects.ts";
import { readScriptInterval, readScriptTimeout, readScriptWeight } from "../readers/track-script.ts";

/** Lines of `track_interface`, `track_script`, `track_file`, `track_process`, `track_bfd`. */
export const TRACK_ENTRY: EntryTable = {
  "<IFNAME>": { argument: "IFNAME [weight N [reverse]]", range: "-254..254 (254 stored as 253)", default: "0 (down means FAULT)", meaning: "interface entry", effect: "acted" },
  "<SCRIPT>": { argument: "NAME [weight N [reverse|noreverse]]", range: "-253..253", default: "value in vrrp_script", meaning: "script entry", effect: "acted" },
  "<FILE>": { argument: "NAME [weight N [reverse|noreverse]]", range: "-254..254", default: "value in track_file", meaning: "file entry", effect: "acted" },
  "<PROCESS>": { argument: "NAME [weight N [reverse|noreverse]]", range: "-254..254", default: "value in vrrp_track_process", meaning: "process entry", effect: "acted" },
  "<BFD>": { argument: "NAME [weight N [reverse|noreverse]]", range: "-253..253", default: "value in bfd_instance", meaning: "BFD entry", effect: "acted" },
};

/** `vrrp_script`. */
export const VRRP_SCRIPT: KeywordTable<TrackScriptDraft> = {
  script: { argument: "COMMAND | \"COMMAND ARGS\"", default: "required", meaning: "program to execute", effect: "acted", form: script((draft, value) => { draft.script = value; }, "") },
  interval: { argument: "SECONDS(decimal, 3 places)", unit: "s", range: "0-4294 (0 becomes 1)", default: "1", meaning: "period between starts", effect: "acted", form: custom(readScriptInterval) },
  timeout: { argument: "SECONDS(decimal, 3 places)", unit: "s", range: "0-4294 (0 becomes 1)", default: "interval", meaning: "limit after which run counts as failed", effect: "acted", form: custom(readScriptTimeout) },
  weight: { argument: "INTEGER [reverse]", range: "-253..253", default: "0", meaning: "priority adjustment; 0 means failure is FAULT", effect: "acted", form: custom(readScriptWeight) },
  rise: { argument: "INTEGER", unit: "runs", range: "1-INT_MAX", default: "1", meaning: "successes needed to go up", effect: "acted", form: integer(1, INT_MAX, (draft, value) => { draft.rise = value; }, { bad: "(%n): vrrp script rise value '%s' invalid, defaulting to 1" }) },
  fall: { argument: "INTEGER", unit: "runs", range: "1-INT_MAX", default: "1", meaning: "failures needed to go down", effect: "acted", form: integer(1, INT_MAX, (draft, value) => { draft.fall = value; }, { bad: "(%n): vrrp script fall value '%s' invalid, defaulting to 1" }) },
  user: { argument: "USER [[:] GROUP]", default: "script_user", meaning: "account to run as", effect: "acted", form: account((draft, value) => { draft.account = value; }) },
  init_fail: { argument: "flag", default: "off", meaning: "intended initial failed state (no effect once tracked)", effect: "acted", form: ignored() },
};

/** `track_file`. */
export const TRACK_FILE: KeywordTable<TrackFileDraft> = {
  file: { argument: "PATH", default: "required", meaning: "file whose first integer is the value", effect: "acted", form: custom(readTrackedPath) },
  weight: { argument: "INTEGER [reverse]", range: "-254..254 (manual: INT32)", default: "1", meaning: "multiplier; 0 means non-zero value is FAULT", effect: "acted", form: custom(readTrackFileWeight) },
  init_file: { argument: "[VALUE] [overwrite]", range: "INT", default: "absent: not created; bare: 0", meaning: "create the file with a value at start", effect: "acted", form: custom(readInitFile) },
};

/** `vrrp_track_file`, the same by its old name. */
export const VRRP_TRACK_FILE = TRACK_FILE;

/** `vrrp_track_process`. */
export const TRACK_PROCESS: KeywordTable<TrackProcessDraft> = {
  process: { argument: "NAME [PARAMETERS...]", default: "required", meaning: "process to count, optionally with arguments", effect: "acted", form: custom(readProcessName) },
  param_match: { argument: "[initial|partial]", default: "exact list", meaning: "how arguments are compared", effect: "acted", form: custom(readParamMatch) },
  weight: { argument: "INTEGER [reverse]", range: "-254..254", default: "0", meaning: "priority adjustment; 0 means FAULT", effect: "acted", form: custom(readProcessWeight) },
  quorum: { argument: "INTEGER", range: "1-65535", default: "1", meaning: "minimum instances running", effect: "acted", form: processCount(1, "Quorum", (draft, value) => { draft.quorum = value; }) },
  quorum_max: { argument: "INTEGER", range: "0-65535", default: "unlimited", meaning: "maximum instances running", effect: "acted", form: processCount(0, "quorum_max", (draft, value) => { draft.quorumMax = value; }) },
  delay: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-3600", default: "0", meaning: "sets both delays below", effect: "acted", form: processDelay((draft, value) => { draft.terminateDelayUs = value; draft.forkDelayUs = value; }) },
  terminate_delay: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-3600", default: "0", meaning: "wait after quorum lost by exits", effect: "acted", form: processDelay((draft, value) => { draft.terminateDelayUs = value; }) },
  fork_delay: { argument: "SECONDS(decimal)", unit: "s", range: "0.000001-3600", default: "0", meaning: "wait after quorum gained by starts", effect: "acted", form: processDelay((draft, value) => { draft.forkDelayUs = value; }) },
  full_command: { argument: "flag", default: "off", meaning: "match whole command line rather than comm", effect: "acted", form: flag((draft) => { draft.fullCommand = true; }) },
};

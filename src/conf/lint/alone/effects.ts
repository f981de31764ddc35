import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { Entry } from "../outline.ts";

type Code = "keyword-without-effect" | "owner-ignore-adverts-off" | "checksum-unverified" | "deleted-looks-like-fault" | "fifo-same-path" | "fifo-not-a-fifo" | "up-down-delay-cleared" | "track-file-missing" | "track-file-octal";

interface Idle {
  /** The blocks in which it is so; undefined: in every block that has the keyword. */
  readonly blocks?: readonly string[];
  readonly why: string;
  readonly remedy: string;
  readonly unless?: (entry: Entry, block: Entry | undefined) => boolean;
}

/** Keywords that keepalived reads and then does nothing with. */
const IDLE: Readonly<Record<string, Idle>> = {
  init_fail: { blocks: ["vrrp_script"], why: "it is overwritten as soon as something tracks the script, so the first run decides either way", remedy: "remove it" },
  stats_dump_file: { blocks: ["global_defs"], why: "statistics are written to keepalived.stats in $TMPDIR or /tmp all the same", remedy: "remove it, and set TMPDIR for the daemon" },
  json_dump_file: { blocks: ["global_defs"], why: "JSON is written to keepalived.json in $TMPDIR or /tmp all the same", remedy: "remove it, and set TMPDIR for the daemon" },
  ha_suspend: {
    blocks: ["virtual_server"],
    why: "checks are suspended while an address of the service is not local, and a group or a firewall mark has no address to look for",
    remedy: "remove it",
    unless: (...[, block]) => block?.name !== "group" && block?.name !== "fwmark",
  },
  omega: {
    blocks: ["virtual_server"],
    why: "it makes the scripts run at shutdown that say a server or the quorum went down, and none is configured",
    remedy: "remove it, or add quorum_down or notify_down",
    unless: (...[, block]) => block === undefined || block.has("quorum_down") || block.all("real_server", "notify_down").length > 0 || block.has("smtp_alert"),
  },
};

/** What is read and not done, or done otherwise than its name says. */
export const EFFECTS = rule<Code>({
  subject: "Keywords that do not do what they say",
  codes: {
    "keyword-without-effect": {
      severity: "warning",
      title: "a keyword that does nothing",
      explanation: "keepalived reads the keyword and does nothing with it, always or in this place, and so does regentd. The message says why. Remove it, so that nobody counts on it.",
      replaces: /cannot use ha_suspend with fwmarks/,
    },
    "owner-ignore-adverts-off": {
      severity: "info",
      title: "owner_ignore_adverts off on an owner means on",
      explanation: "Given as 'off' on an instance of priority 255, keepalived turns owner_ignore_adverts on. Leave it out to have it off.",
    },
    "checksum-unverified": {
      severity: "info",
      title: "v3_checksum_as_v2 accepts any checksum",
      explanation: "With v3_checksum_as_v2 keepalived sends adverts with a checksum of the old kind and rejects no VRRPv3 advert for a wrong one. Use it only while a peer needs it.",
    },
    "deleted-looks-like-fault": {
      severity: "info",
      title: "an instance that a reload removes is told as FAULT",
      explanation:
        "When a reload removes an instance, the generic 'notify' script, FIFOs and mail say FAULT (the notify_fault script is not run), so whoever watches takes an edit for an outage. 'notify_deleted' makes them say DELETED.",
    },
    "fifo-same-path": {
      severity: "warning",
      title: "two FIFOs with one path",
      explanation: "When vrrp_notify_fifo or lvs_notify_fifo has the path of notify_fifo, keepalived ignores the specific one, its script too.",
    },
    "fifo-not-a-fifo": {
      severity: "error",
      title: "the path of a FIFO is something else",
      explanation: "Something that is no named pipe stands at the path, so the FIFO cannot be opened and nothing is written.",
    },
    "up-down-delay-cleared": {
      severity: "warning",
      title: "a delay longer than the takeover is dropped",
      explanation: "interface_up_down_delays must be shorter than (down_timer_adverts - 1) times the advert interval of every instance on the interface; otherwise keepalived clears it, because a master whose link flaps would stay silent for longer than its backup waits.",
      replaces: /up\/down delay of interface .* clearing/,
    },
    "track-file-missing": {
      severity: "warning",
      title: "a tracked file that is not there",
      explanation: "A missing or unreadable file counts as 0, silently: nothing tells a misspelt path from a file that says all is well. 'init_file VALUE' creates it at start.",
    },
    "track-file-octal": {
      severity: "warning",
      title: "a tracked file with an octal number",
      explanation: "The number in the file is read with base 0: 010 is 8, 0x10 is 16. Write it without leading zeros.",
    },
  },
  find: (file) => [...idle(file), ...instances(file), ...fifos(file), ...delays(file), ...trackedFiles(file)],
});

function* idle({ outline }: LintedFile): Generator<Found<Code>, void> {
  for (const block of outline.entries) {
    for (const entry of outline.everything(block.entries)) {
      const known = Object.hasOwn(IDLE, entry.keyword) ? IDLE[entry.keyword] : undefined;
      if (known === undefined || known.blocks?.includes(block.keyword) === false || known.unless?.(entry, block) === true) continue;
      yield { code: "keyword-without-effect", at: entry.place(), reason: `${entry.keyword} has no effect: ${known.why}`, remedy: known.remedy };
    }
  }
}

const OFF = ["off", "false", "no"];

function* instances({ outline, config }: LintedFile): Generator<Found<Code>, void> {
  const silent: string[] = [];
  let firstSilent: Entry | undefined;
  for (const { name, priority, version } of config.vrrp.instances) {
    const entry = outline.instance(name);
    if (entry === undefined) continue;
    const ignore = entry.last("owner_ignore_adverts");
    if (priority === 255 && ignore !== undefined && OFF.includes(ignore.name)) {
      yield { code: "owner-ignore-adverts-off", at: ignore.place(1), reason: `${name} has priority 255, so 'owner_ignore_adverts ${ignore.name}' means on`, remedy: "remove the line" };
    }
    const checksum = entry.last("v3_checksum_as_v2") ?? outline.global("v3_checksum_as_v2");
    if (version === 3 && checksum !== undefined && !OFF.includes(checksum.name)) {
      yield { code: "checksum-unverified", at: checksum.place(), reason: `${name} accepts adverts with any checksum`, remedy: "remove it once every peer sends the checksum of RFC 5798" };
    }
    const tells = entry.last("notify") ?? outline.global("notify_fifo") ?? outline.global("vrrp_notify_fifo");
    if (tells !== undefined && !entry.has("notify_deleted")) {
      silent.push(name);
      firstSilent ??= tells;
    }
  }
  if (firstSilent !== undefined) {
    yield {
      code: "deleted-looks-like-fault",
      at: firstSilent.place(),
      reason: `when a reload removes ${silent.length === 1 ? (silent[0] ?? "") : `one of ${silent.length} instances`}, '${firstSilent.keyword}' says FAULT`,
      remedy: "add 'notify_deleted' to the instance",
    };
  }
}

function* fifos({ outline, files }: LintedFile): Generator<Found<Code>, void> {
  const general = outline.global("notify_fifo");
  for (const keyword of ["notify_fifo", "vrrp_notify_fifo", "lvs_notify_fifo"]) {
    const fifo = outline.global(keyword);
    if (fifo === undefined || fifo.name === "") continue;
    if (general !== undefined && fifo !== general && fifo.name === general.name) {
      yield { code: "fifo-same-path", at: fifo.place(1), reason: `${keyword} has the path of notify_fifo and is ignored`, remedy: "remove it, or give it a path of its own", related: [general.related("notify_fifo", 1)] };
    }
    const status = files.stat(fifo.name);
    if (status !== undefined && status.kind !== "fifo") {
      yield { code: "fifo-not-a-fifo", at: fifo.place(1), reason: `${fifo.name} is ${status.kind === "other" ? "no named pipe" : `a ${status.kind}`}`, remedy: "remove what is there, or use another path" };
    }
  }
}

function* delays({ outline, config }: LintedFile): Generator<Found<Code>, void> {
  for (const line of outline.all("interface_up_down_delays").flatMap(({ entries }) => entries)) {
    const [, down = "0", up = "0"] = line.texts;
    const longest = Math.max(Number(down) || 0, Number(up) || 0) * 1_000_000;
    const hit = config.vrrp.instances.find(({ interface: link, downTimerAdverts, advertIntervalUs }) => link === line.keyword && longest >= (downTimerAdverts - 1) * advertIntervalUs);
    if (hit === undefined || longest === 0) continue;
    const limit = ((hit.downTimerAdverts - 1) * hit.advertIntervalUs) / 1_000_000;
    yield {
      code: "up-down-delay-cleared",
      at: line.place(1),
      reason: `the delay of ${line.keyword} is not less than ${limit} s, the time that ${hit.name} bears silence less one advert: it is cleared`,
      remedy: `use less than ${limit} s, or a longer advert_int`,
      related: [outline.instance(hit.name)?.related("this instance", 1)].filter((place) => place !== undefined),
    };
  }
}

function* trackedFiles({ outline, files, isElsewhere }: LintedFile): Generator<Found<Code>, void> {
  for (const block of [...outline.all("track_file"), ...outline.all("vrrp_track_file")]) {
    const path = block.last("file");
    if (path === undefined || path.name === "") continue;
    const status = files.stat(path.name);
    if (status === undefined) {
      if (!isElsewhere && !block.has("init_file")) yield { code: "track-file-missing", at: path.place(1), reason: `${path.name} does not exist, which counts as 0`, remedy: "correct the path, or add 'init_file VALUE'" };
      continue;
    }
    const text = status.kind === "file" && status.size < 4096 ? readOrNothing(files, path.name) : "";
    const number = /^\s*[+-]?(0[0-9xX][0-9a-fA-F]*)/.exec(text)?.[1];
    if (number !== undefined) yield { code: "track-file-octal", at: path.place(1), reason: `${path.name} says ${number}, which is ${Number.parseInt(number, /^0x/i.test(number) ? 16 : 8)}`, remedy: "write the number without leading zeros" };
  }
}

function readOrNothing(files: LintedFile["files"], path: string): string {
  try {
    return files.readText(path);
  } catch {
    return ""; // not ours to read; what the daemon can read is judged where the daemon runs
  }
}

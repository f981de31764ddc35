import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { Entry } from "../outline.ts";

type Code = "keyword-twice";

/** Keywords with one value each, by which several names stand for one. Of two lines the last one counts. */
const SINGLE: ReadonlyMap<string, string> = new Map(
  [
    ["interface"], ["virtual_router_id"], ["version"], ["priority"], ["advert_int"], ["preempt_delay"], ["down_timer_adverts"], ["auth_type"], ["auth_pass"], ["unicast_src_ip"], ["mcast_src_ip"],
    ["router_id"], ["smtp_server"], ["script_user"], ["vrrp_version"], ["vrrp_mcast_group4"], ["vrrp_mcast_group6"],
    ["interval"], ["timeout"], ["rise"], ["fall"], ["weight"], ["file"],
    ["lb_algo", "lvs_sched"], ["lb_kind", "lvs_method"], ["protocol"], ["delay_loop"], ["persistence_timeout"], ["quorum"], ["hysteresis"], ["sorry_server"],
    ["connect_timeout"], ["connect_port"], ["connect_ip"], ["retry", "nb_get_retry"], ["delay_before_retry"], ["warmup"], ["misc_path"], ["misc_timeout"], ["path"], ["digest"],
  ].flatMap((names) => names.map((name) => [name, names[0] ?? name] as const)),
);
/** In these the keyword opens or names another thing each time. */
const SEVERAL_INTERFACES = new Set(["garp_group"]);

/** The same thing said twice. */
export const TWICE = rule<Code>({
  subject: "Lines that cancel each other",
  codes: {
    "keyword-twice": {
      severity: "warning",
      title: "one keyword twice in a block, with two values",
      explanation: "Of two lines with the same keyword the last one counts, without a message. Usually one of them was meant for another block, or comes from an included file that was forgotten.",
    },
  },
  find: ({ outline }: LintedFile) => [outline.entries, ...[...outline.everything()].filter(({ keyword }) => !SEVERAL_INTERFACES.has(keyword)).map(({ entries }) => entries)].flatMap((entries) => [...twice(entries)]),
});

function* twice(entries: readonly Entry[]): Generator<Found<Code>, void> {
  if (entries.length < 2) return;
  const seen = new Map<string, Entry>();
  for (const entry of entries) {
    const name = SINGLE.get(entry.keyword);
    if (name === undefined || entry.statement.block !== undefined) continue;
    const earlier = seen.get(name);
    seen.set(name, entry);
    if (earlier === undefined || earlier.texts.slice(1).join(" ") === entry.texts.slice(1).join(" ")) continue;
    yield { code: "keyword-twice", at: entry.place(), reason: `${entry.keyword} is written twice in this block, and this one counts`, remedy: "remove the other line, or this one", related: [earlier.related("this one does not count")] };
  }
}

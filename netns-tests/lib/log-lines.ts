import type { DirectorKind } from "./director.ts";

/**
 * The log line with which a director refuses an advert. `text` is keepalived 2.4's, "{from}" or "{with}" standing where
 * the sender is named; Debian's 2.2.7 names none, and says "wrong version" where 2.4 says "wrong VRRP version".
 */
export function refusal(kind: DirectorKind, text: string, sender: string, instance = "VI_1"): RegExp {
  const [before = "", preposition = "", after = ""] = text.split(/ ?\{(from|with)\}/);
  const named = preposition === "" ? "" : ` ${preposition} ${literally(sender)}`;
  const said = literally(text.startsWith("IPv4 ") ? before : `(${instance}) ${before}`);
  if (kind === "regentd") return new RegExp(said + named + literally(after));
  return new RegExp(`${said.replace("VRRP version", "(?:VRRP )?version")}(?:${named})?${literally(after)}`);
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

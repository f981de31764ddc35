import type { ScriptAccount } from "../../base/ports.ts";
import type { Script } from "../model.ts";
import { quoted } from "./writer.ts";

/**
 * The words of a script keyword: the command and, where there is one, its account. The command is read twice (see
 * conf/script.ts), so what the first reading takes away is put in front; a double quote must not stand in it at all,
 * for the reader of comments does not know escapes.
 */
export function scriptWords(script: Script): string {
  return [commandWord(script.text), ...accountWords(script)].join(" ");
}

export function commandWord(text: string): string {
  let escaped = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? "";
    const parameter = c === "$" && /[_{]/.test(text[i + 1] ?? "");
    if (c === "\\") escaped += "\\\\";
    else if (c === '"' || c === "\x7f" || c < " " || parameter) escaped += `\\${c.charCodeAt(0).toString(8).padStart(3, "0")}`;
    else escaped += c;
  }
  return `"${escaped}"`;
}

/** As a script keyword or `user` has them; none when the script runs as the daemon. */
export function accountWords({ account, unknownAccount }: Script): string[] {
  if (unknownAccount !== undefined) return unknownAccount.map(quoted);
  return account === undefined ? [] : [accountText(account)];
}

/** "USER GID". */
export function accountText({ user, uid, gid }: Pick<ScriptAccount, "uid" | "gid" | "user">): string {
  return `${quoted(user ?? String(uid))} ${gid}`;
}

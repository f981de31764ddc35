import type { ForwardingDraft } from "../drafts.ts";
import { custom } from "../forms.ts";
import type { Statement, Word } from "../grammar.ts";
import type { Form } from "../keyword.ts";
import type { Tunnel } from "../model.ts";
import { readInteger } from "../numbers.ts";
import type { Reading } from "../reading.ts";

/** `NAT|DR|TUN [type ipip|gue port N|gre] [nocsum|csum|remcsum]`; `what` is whose it is, for messages. */
export function forwarding<Draft>(what: string, set: (draft: Draft, value: ForwardingDraft) => void): Form<Draft> {
  return custom((reading, draft, statement) => {
    const value = readForwarding(reading, statement, what);
    if (value !== undefined) set(draft, value);
  });
}

/** Undefined, after a message, when nothing of it is to be used. */
export function readForwarding(reading: Reading, statement: Statement, what: string): ForwardingDraft | undefined {
  const word = reading.word(statement, 1);
  if (word === undefined) return undefined;
  const { text: method } = word;
  if (method !== "NAT" && method !== "DR" && method !== "TUN") {
    reading.problem("general-error", `PARSER : unknown [${method}] routing method for ${what}.`, word);
    return undefined;
  }
  const [, , first] = statement.words;
  const options = readOptions(reading, statement.words.slice(2), what);
  // keepalived checks the options of the other methods, too, and forgets them.
  if (method !== "TUN" || options === undefined) return { method, tunnel: undefined };
  const tunnel = tunnelOf(reading, options, first);
  if (tunnel !== undefined) reading.refuse(`tunnel '${statement.words.slice(2).map(({ text }) => text).join(" ")}'`, first);
  return { method, tunnel };
}

interface Options {
  readonly type: "ipip" | "gue" | "gre";
  readonly port: number | undefined;
  readonly checksum: "nocsum" | "csum" | "remcsum";
}

/** Undefined after a message. */
function readOptions(reading: Reading, words: readonly Word[], what: string): Options | undefined {
  const say = (message: string, at: Word): undefined => void reading.problem("general-error", message, at);
  let type: Options["type"] = "ipip";
  let port: number | undefined;
  let checksum: Options["checksum"] = "nocsum";
  for (let i = 0; i < words.length; i++) {
    const option = words[i];
    if (option === undefined) break;
    const { text } = option;
    const value = words[i + 1];
    if (text === "nocsum" || text === "csum" || text === "remcsum") {
      checksum = text;
      continue;
    }
    if (text === "type") {
      if (value === undefined) return say(`Missing tunnel type for ${what}.`, option);
      if (value.text !== "ipip" && value.text !== "gue" && value.text !== "gre") return say(`Unknown tunnel type ${value.text} for ${what}.`, value);
      type = value.text;
    } else if (text === "port") {
      if (value === undefined) return say(`Missing port for ${what} gue tunnel.`, option);
      port = readInteger(reading, value, 1, 65_535);
      if (port === undefined) return say(`Invalid gue tunnel port ${value.text} for ${what}.`, value);
    } else {
      return say(`Invalid tunnel option ${text} for ${what}.`, option);
    }
    i++;
  }
  return { type, port, checksum };
}

/** Undefined for plain IP in IP, and, after a message, for what does not fit together. */
function tunnelOf(reading: Reading, { type, port, checksum }: Options, at: Word | undefined): Tunnel | undefined {
  const say = (message: string): undefined => void reading.problem("general-error", message, at);
  if ((type === "gue") !== (port !== undefined)) return say("gue tunnels require port, otherwise cannot have port.");
  if (type === "ipip") return checksum === "nocsum" ? undefined : say("ipip tunnels do not support checksum option.");
  if (type === "gue") return port === undefined ? undefined : { type, port, checksum };
  return checksum === "remcsum" ? say("gre tunnels do not support remote checksum option.") : { type, checksum };
}

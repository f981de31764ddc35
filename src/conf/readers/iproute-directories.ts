import type { GlobalDraft } from "../drafts.ts";
import { custom } from "../forms.ts";
import type { Form } from "../keyword.ts";
import { routingState } from "./routing-names.ts";

/** `iproute_usr_dir` and `iproute_etc_dir`: where the names of tables, protocols ... in what follows are looked up. */
export function iprouteDirectory(which: "usrDirectory" | "etcDirectory", set: (draft: GlobalDraft, path: string) => void): Form<GlobalDraft> {
  return custom((reading, draft, statement) => {
    const word = reading.word(statement, 1);
    if (word === undefined) return;
    routingState(reading).names[which] = word.text;
    set(draft, word.text);
  });
}

import type { TlsCredentialsDraft } from "../drafts.ts";
import { argument, custom } from "../forms.ts";
import type { Form } from "../keyword.ts";

/** One line of the SSL block; `what` is keepalived's name for it in messages. */
export function credential(name: keyof TlsCredentialsDraft, what: string): Form<TlsCredentialsDraft> {
  return custom((reading, draft, statement) => {
    const word = argument(reading, statement, { absent: `SSL ${what} missing` });
    if (word === undefined) return;
    if (draft[name] !== undefined) reading.problem("general-error", `SSL ${what} already specified - replacing`, word);
    draft[name] = word.text;
  });
}

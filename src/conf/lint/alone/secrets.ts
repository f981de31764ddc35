import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { Entry } from "../outline.ts";

type Code = "secret-readable-by-all" | "secret-readable-by-group" | "key-file-readable";

/** Keywords whose value is a secret, by the block that they stand in, and which word it is. */
const SECRETS: Readonly<Record<string, { readonly blocks: readonly string[]; readonly word: number }>> = {
  auth_pass: { blocks: ["authentication"], word: 1 },
  key: { blocks: ["auth_hmac"], word: 2 },
  password: { blocks: ["SSL"], word: 1 },
};

/** Passwords and keys in files that others can read. */
export const SECRETS_RULE = rule<Code>({
  subject: "Secrets",
  codes: {
    "secret-readable-by-all": {
      severity: "warning",
      title: "a secret in a file that everybody can read",
      explanation:
        "A password or key stands in clear in a file whose mode lets every account of the machine read it. chmod it to 0600 (or 0640 with a group of its own). A secret can also stand in a file of its own that is included, come from the environment as ${_ENV NAME}, or, for auth_hmac, be read as 'key ID file:PATH'.",
    },
    "secret-readable-by-group": {
      severity: "info",
      title: "a secret in a file that a group can read",
      explanation: "A password or key stands in clear in a file that its group may read. That is right when the group is there for it; check who belongs to it.",
    },
    "key-file-readable": {
      severity: "warning",
      title: "a key file that others can read",
      explanation: "A file that holds a private key or an auth_hmac key ('file:PATH') can be read by accounts other than its owner. chmod it to 0600.",
    },
  },
  find: (file) => {
    const readable = new Map<string, { readonly mode: number; readonly group: number; readonly secrets: Entry[] }>();
    const found: Found<Code>[] = [];
    for (const { entry, word } of secretsOf(file)) {
      const value = entry.text(word);
      if (value.startsWith("file:")) {
        found.push(...keyFile(file, entry, value.slice("file:".length), word));
        continue;
      }
      // What a parameter put there stands where the parameter is defined, which is not known here; its file is the same or an included one.
      const { file: path } = entry.place(word);
      const known = readable.get(path);
      const status = known === undefined ? file.files.stat(path) : undefined;
      if (known !== undefined) known.secrets.push(entry);
      else if (status !== undefined) readable.set(path, { mode: status.mode, group: status.gid, secrets: [entry] });
    }
    for (const entry of file.outline.all("SSL", "key")) found.push(...keyFile(file, entry, entry.name, 1));
    for (const [path, { mode, group, secrets }] of readable) {
      const [first] = secrets;
      if (first === undefined || (mode & 0o044) === 0) continue;
      const all = (mode & 0o004) !== 0;
      if (!all && group === 0) continue; // root's own group
      const octal = `0${(mode & 0o777).toString(8)}`;
      const what = secrets.length === 1 ? `${first.keyword} stands in clear` : `${secrets.length} secrets stand in clear`;
      found.push({
        code: all ? "secret-readable-by-all" : "secret-readable-by-group",
        at: first.place(),
        reason: `${what} in ${path}, which ${all ? "everybody" : `group ${group}`} may read (mode ${octal})`,
        remedy: all ? `chmod 0600 ${path}` : `check who is in the group, or chmod 0600 ${path}`,
      });
    }
    return found;
  },
});

function* secretsOf({ outline }: LintedFile): Generator<{ readonly entry: Entry; readonly word: number }, void> {
  for (const instance of outline.all("vrrp_instance")) {
    for (const block of instance.entries) yield* within(block);
  }
  for (const block of outline.all("SSL")) yield* within(block);
}

function* within(block: Entry): Generator<{ readonly entry: Entry; readonly word: number }, void> {
  for (const entry of block.entries) {
    const secret = Object.hasOwn(SECRETS, entry.keyword) ? SECRETS[entry.keyword] : undefined;
    if (secret?.blocks.includes(block.keyword) === true && entry.text(secret.word) !== "") yield { entry, word: secret.word };
  }
}

function keyFile({ files }: LintedFile, entry: Entry, path: string, word: number): Found<Code>[] {
  const status = files.stat(path);
  if (status === undefined || (status.mode & 0o044) === 0 || ((status.mode & 0o004) === 0 && status.gid === 0)) return [];
  return [{ code: "key-file-readable", at: entry.place(word), reason: `${path} has mode 0${(status.mode & 0o777).toString(8)}, so others can read the key`, remedy: `chmod 0600 ${path}` }];
}

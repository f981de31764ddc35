import { dirname } from "node:path";
import type { Accounts, Files, ScriptAccount } from "../base/ports.ts";
import type { AccountDraft } from "./drafts.ts";
import type { LoadEnvironment } from "./environment.ts";
import type { Script } from "./model.ts";
import type { Reading } from "./reading.ts";
import type { ScriptDraft } from "./script.ts";

// Script security: which account a script runs as, whether it is there and executable, and, for what runs as root,
// whether anybody but root could have changed it.

export interface ScriptPolicy {
  readonly enableScriptSecurity: boolean;
  readonly useSymlinkPaths: boolean;
  readonly supplementaryGroups: boolean;
  /** `script_user`. */
  readonly scriptUser: { readonly uid: number; readonly gid: number; readonly user: string } | undefined;
}

/** keepalived's default account for scripts, when it exists. */
const DEFAULT_USER = "keepalived_script";
const SAFE = "let root alone write the program and every directory above it, or name another user behind the command";
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/** Judges the scripts of one configuration and remembers whether any is executed, and whether one is insecure. */
export class ScriptJudge {
  readonly #reading: Reading;
  readonly #environment: LoadEnvironment;
  readonly #files: Files;
  readonly #accounts: Accounts;
  readonly #policy: ScriptPolicy;
  readonly #seen = new Map<string, Found>();
  /** A script that exists is configured. */
  executed = false;
  insecure = false;

  constructor(reading: Reading, policy: ScriptPolicy) {
    this.#reading = reading;
    this.#environment = reading.environment;
    this.#files = reading.environment.files;
    this.#accounts = reading.environment.accounts;
    this.#policy = policy;
  }

  /**
   * The script as it will run, or why it will not (`disabled`).
   *
   * @param account a `user` keyword's, beside the account that the script itself names
   */
  judge(draft: ScriptDraft, account: AccountDraft | undefined = draft.account): Script {
    const { text, argv } = draft;
    const runAs = account === undefined ? this.#defaultAccount() : this.#named(account);
    if (typeof runAs === "string") {
      // keepalived counts the missing default account as an error of the configuration, a wrong name as a note.
      if (account === undefined) this.#reading.problem("general-error", `${runAs} for script`, draft.at, { code: "script-unusable", remedy: "write script_user with an account that exists in global_defs, or add an account keepalived_script" });
      return { text, argv, ...(account === undefined ? {} : { unknownAccount: account.written }), disabled: runAs };
    }
    const uid = runAs?.uid ?? this.#daemonUid();
    const program = argv[0] ?? "";
    const found = this.#find(program);
    if (!found.ok) {
      this.#reading.note(found.message, draft.at, { code: "script-unusable", remedy: "name a program that exists, by its whole path" });
      return { text, argv, disabled: found.reason };
    }
    this.executed = true; // keepalived counts what is there, runnable or not
    const command = { text, argv: [found.path, ...argv.slice(1)], ...(runAs === undefined ? {} : { account: runAs }) };
    if (!executable(found.mode, found.owner, found.group, uid, runAs?.gid ?? this.#daemonGid())) {
      this.#reading.note(`WARNING - script '${found.path}' is not executable for uid:gid ${uid}:${runAs?.gid ?? this.#daemonGid()} - disabling.`, draft.at, {
        code: "script-unusable",
        remedy: "make it executable for that account, or name another user behind the command",
      });
      return { ...command, disabled: "not executable" };
    }
    const runsAsRoot = uid === 0 || ((found.mode & 0o4000) !== 0 && found.owner === 0);
    if (!runsAsRoot || !found.insecure) return command;
    this.insecure = true;
    if (!this.#policy.enableScriptSecurity) {
      this.#reading.note(`Unsafe permissions found for script '${found.path}'.`, draft.at, { code: "script-unusable", remedy: SAFE });
      return command;
    }
    this.#reading.note(`Unsafe permissions found for script '${found.path}' - disabling.`, draft.at, { code: "script-unusable", remedy: SAFE });
    return { ...command, disabled: "insecure" };
  }

  #daemonUid(): number {
    return this.#environment.daemonAccount?.uid ?? 0;
  }

  #daemonGid(): number {
    return this.#environment.daemonAccount?.gid ?? 0;
  }

  /** A phrase when there is none; undefined: as the daemon. */
  #defaultAccount(): ScriptAccount | string | undefined {
    const { scriptUser, enableScriptSecurity, supplementaryGroups } = this.#policy;
    if (scriptUser !== undefined) return { ...scriptUser, supplementaryGroups };
    const known = this.#accounts.user(DEFAULT_USER);
    if (known !== undefined) return { uid: known.uid, gid: known.gid, user: DEFAULT_USER, supplementaryGroups };
    return enableScriptSecurity ? `Unable to set default user ${DEFAULT_USER}` : undefined;
  }

  #named({ uid, gid, user }: AccountDraft): ScriptAccount | string {
    if (uid === undefined) return `user '${user}' or its group does not exist`;
    return { uid, gid, user, supplementaryGroups: this.#policy.supplementaryGroups };
  }

  /** Each program once: a configuration names the same script many times. */
  #find(program: string): Found {
    const known = this.#seen.get(program);
    if (known !== undefined) return known;
    const found = this.#look(program);
    this.#seen.set(program, found);
    return found;
  }

  #look(program: string): Found {
    if (program === "") return { ok: false, message: "Script has no command - disabling", reason: "no command" };
    if (program.includes("/")) {
      const found = this.#examine(program);
      return found ?? { ok: false, message: `Unable to access script \`${program}\` - disabling`, reason: "not found" };
    }
    for (const directory of (this.#environment.env["PATH"] ?? DEFAULT_PATH).split(":")) {
      const path = `${directory === "" ? "." : directory}/${program}`;
      const found = this.#examine(path);
      if (found === undefined || !found.ok || (found.mode & 0o111) === 0) continue;
      this.#reading.note(`WARNING - script \`${program}\` resolved by path search to \`${found.path}\`. Please specify full path.`, undefined);
      return found;
    }
    return { ok: false, message: `Cannot find script ${program} in path - disabling`, reason: "not found in PATH" };
  }

  #examine(path: string): Found | undefined {
    const real = this.#files.realPath(path);
    if (real === undefined) return undefined;
    const status = this.#files.stat(real);
    if (status === undefined) return undefined;
    if (status.kind !== "file") return { ok: false, message: `Wrong file type found in script path '${path}'.`, reason: "not a regular file" };
    // With use_symlink_paths the name as written runs; what is examined is in both cases where it leads.
    const used = this.#policy.useSymlinkPaths ? path : real;
    return { ok: true, path: used, mode: status.mode, owner: status.uid, group: status.gid, insecure: this.#changeable(real) };
  }

  /** Whether anyone but root may change the file or replace a directory on the way to it. */
  #changeable(path: string): boolean {
    for (let at = path; ; at = dirname(at)) {
      const status = this.#files.stat(at);
      if (status === undefined || status.uid !== 0) return true;
      const sticky = status.kind === "directory" && (status.mode & 0o1000) !== 0;
      if (!sticky && (status.mode & 0o022) !== 0) return true;
      if (at === dirname(at)) return false;
    }
  }
}

type Found =
  | { readonly ok: true; readonly path: string; readonly mode: number; readonly owner: number; readonly group: number; readonly insecure: boolean }
  | { readonly ok: false; readonly message: string; readonly reason: string };

function executable(mode: number, owner: number, group: number, uid: number, gid: number): boolean {
  if (uid === 0) return (mode & 0o111) !== 0;
  if (uid === owner) return (mode & 0o100) !== 0;
  if (gid === group) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import { COMMAND_KEYWORDS } from "../../keywords/commands.ts";
import type { Entry } from "../outline.ts";
import { exactly } from "../words.ts";

type Code = "script-refused" | "script-missing" | "script-insecure" | "script-security-off" | "script-needs-shell" | "script-outlives-interval" | "script-one-failure" | "script-search";

/** Only a shell understands them; `$` stands for what a shell would replace. */
const SHELL_WORDS = new Set(["|", "||", "&&", ";", "&", ">", ">>", "<", "2>", "2>&1", "&>", "$?", "$(", "`"]);

/** Programs that events and checks run. */
export const SCRIPTS = rule<Code>({
  subject: "Scripts",
  codes: {
    "script-refused": {
      severity: "error",
      title: "script security refuses the script",
      explanation:
        "With enable_script_security a script that runs as root must be changeable by root alone: the file and every directory above it owned by root and not writable by group or others. This one is not, so it is disabled: a track script drops out of its instance, a check is not made, a notification is not sent. Give it to root (chown root, chmod go-w) or let it run as another account ('user').",
      replaces: /Unsafe permissions found for script .* - disabling|Disabling (?:track|misc) script .* due to insecure/,
    },
    "script-missing": {
      severity: "error",
      title: "the script cannot be run",
      explanation: "The program does not exist, is no regular file, or may not be executed by the account it would run as, so it is disabled: a track script drops out of its instance, a check is not made, a notification is not sent.",
      replaces: /Unable to access script|Cannot find script|is not executable|Wrong file type found in script|since not found\/accessible|Script has no command|(?:Script user|Script group) '.*' does not exist|Unable to set (?:uid\/gid|default user)/,
    },
    "script-insecure": {
      severity: "warning",
      title: "somebody but root can change a script that root runs",
      explanation:
        "The script runs as root, and an account other than root can change it or replace a directory above it: whoever that is can become root. Without enable_script_security it runs all the same. Give it to root (chown root, chmod go-w, for the directories too), or name another account behind the command or in script_user.",
      replaces: /Unsafe permissions found for script '[^']*'\.$/,
    },
    "script-security-off": {
      severity: "warning",
      title: "scripts run without script security",
      explanation: "Scripts are configured and 'enable_script_security' is not written in global_defs, so a script that others can change would run all the same, as root. Write it, and 'script_user' with an account that may do no more than it must.",
      replaces: /SECURITY VIOLATION/,
    },
    "script-needs-shell": {
      severity: "warning",
      title: "a command with words that only a shell understands",
      explanation: "Commands are run without a shell: '|', '>', '&&', ';' and '$VARIABLE' reach the program as plain arguments. Put the line into a script file, or write '/bin/sh -c \"...\"'.",
    },
    "script-outlives-interval": {
      severity: "warning",
      title: "a track script may take longer than its interval",
      explanation: "The timeout is longer than the interval. While one run is alive the next is skipped, so a hanging script is noticed only after the timeout, and fall counts runs, not intervals. Make the timeout at most the interval.",
    },
    "script-one-failure": {
      severity: "info",
      title: "one failure of a track script is FAULT",
      explanation: "With 'fall 1' (the default) and weight 0 a single failure, or one run that took too long on a busy machine, makes the instance give up its addresses. 'fall 2' or 3 with a shorter interval detects nearly as fast without that.",
    },
    "script-search": {
      severity: "warning",
      title: "a script without a path",
      explanation: "A command without '/' is looked up in the PATH of the daemon, which differs between a shell, systemd and cron. Write the full path.",
      replaces: /resolved by path search/,
    },
  },
  find: (file) => [...judged(file), ...notEnabled(file), ...commands(file), ...trackScripts(file)],
});

/** Every line that names a command, with its block. */
function* commandLines({ outline }: LintedFile): Generator<Entry, void> {
  for (const entry of outline.everything()) {
    if (COMMAND_KEYWORDS.has(entry.keyword) && entry.statement.block === undefined && entry.name !== "") yield entry;
  }
}

/** What the loader found out about each script; each program once. */
function* judged(file: LintedFile): Generator<Found<Code>, void> {
  const said = new Set<string>();
  for (const diagnostic of file.diagnostics) {
    const { message } = diagnostic;
    const quoted = /['`]([^'`]+)['`]/.exec(message)?.[1] ?? / script (\S+) in path/.exec(message)?.[1] ?? "";
    const code = codeOf(message);
    if (code === undefined || said.has(`${code} ${quoted}`)) continue;
    said.add(`${code} ${quoted}`);
    const { file: path, line, column, endColumn, sourceLine } = diagnostic;
    const at = { file: path, line, column, ...(endColumn === undefined ? {} : { endColumn }), ...(sourceLine === undefined ? {} : { sourceLine }) };
    switch (code) {
      case "script-refused":
        yield { code, at, reason: `${quoted} runs as root and can be changed by others: it is disabled`, remedy: "chown root and chmod go-w the script and the directories above it" };
        break;
      case "script-insecure":
        yield { code, at, reason: `${quoted} runs as root and can be changed by others`, remedy: "chown root and chmod go-w the script and the directories above it, or run it as another account" };
        break;
      case "script-search":
        yield { code, at, reason: message.replace(/^WARNING - /, "").replace(/ Please specify full path\.$/, ""), remedy: "write the full path" };
        break;
      default:
        yield { code, at, reason: message.replace(/^WARNING - /, "").replace(/ - disabling\.?$/, ": it is disabled"), remedy: "install it, make it executable, or correct the path or the account" };
    }
  }
}

function codeOf(message: string): "script-refused" | "script-insecure" | "script-missing" | "script-search" | undefined {
  if (/Unsafe permissions found for script .* - disabling/.test(message)) return "script-refused";
  if (/Unsafe permissions found for script/.test(message)) return "script-insecure";
  if (/resolved by path search/.test(message)) return "script-search";
  if (/Unable to access script|Cannot find script|is not executable for|Wrong file type found in script|(?:Script user|Script group) '.*' does not exist|Script has no command|Unable to set default user/.test(message)) return "script-missing";
  return undefined;
}

function* notEnabled(file: LintedFile): Generator<Found<Code>, void> {
  const [first] = commandLines(file);
  if (first === undefined || file.outline.global("enable_script_security") !== undefined) return;
  yield { code: "script-security-off", at: first.place(), reason: "scripts are configured and enable_script_security is not", remedy: "write 'enable_script_security' and 'script_user ACCOUNT' in global_defs" };
}

function* commands(file: LintedFile): Generator<Found<Code>, void> {
  for (const entry of commandLines(file)) {
    const words = entry.name.split(/\s+/);
    if (/(?:^|\/)(?:ba|da|z|k)?sh$/.test(words[0] ?? "") && words.includes("-c")) continue;
    const shell = words.find((word) => SHELL_WORDS.has(word) || /^\$[A-Za-z_({]/.test(word) || /^\d?>/.test(word));
    if (shell === undefined) continue;
    yield { code: "script-needs-shell", at: entry.place(1), reason: `no shell reads this command: '${shell}' reaches ${words[0] ?? ""} as an argument`, remedy: "put it into a script file, or write /bin/sh -c \"...\"" };
  }
}

function* trackScripts({ config, outline }: LintedFile): Generator<Found<Code>, void> {
  const { scripts, instances, syncGroups } = config.vrrp;
  for (const { name, intervalUs, timeoutUs, fall } of scripts) {
    const entry = outline.named("vrrp_script", name);
    if (entry === undefined) continue;
    if (timeoutUs > intervalUs) {
      yield { code: "script-outlives-interval", at: entry.placeOf("timeout"), reason: `${name} may run ${exactly(timeoutUs)}, and is due every ${exactly(intervalUs)}`, remedy: "make the timeout at most the interval" };
    }
    const faulting = [...instances, ...syncGroups].filter(({ trackScripts }) => trackScripts.some((tracked) => tracked.script === name && tracked.weight === 0));
    if (fall === 1 && faulting.length > 0) {
      yield { code: "script-one-failure", at: entry.placeOf("fall"), reason: `one failure of ${name} is FAULT for ${faulting.map((tracker) => tracker.name).join(", ")}`, remedy: "write 'fall 2' or more" };
    }
  }
}


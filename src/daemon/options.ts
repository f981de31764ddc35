/** The command line, as keepalived reads it (keepalived(8)); names in camelCase. */
export interface Options {
  readonly configFile: string;
  readonly runVrrp: boolean;
  readonly runChecks: boolean;
  readonly runBfd: boolean;
  readonly foreground: boolean;
  readonly logConsole: boolean;
  /** 0, 1 (-D) or 2 (-D -D). */
  readonly logDetail: number;
  /** RFC 3164 facility number. */
  readonly logFacility: number;
  readonly syslog: boolean;
  readonly logFormat: "text" | "json";
  readonly dumpConfig: boolean;
  readonly leaveIpvs: boolean;
  readonly allConfig: boolean;
  readonly ignoreSigint: boolean;
  readonly configId: string | undefined;
  /** `-s`, which beats the configuration's `net_namespace`. */
  readonly netNamespace: string | undefined;
  readonly umask: number | undefined;
  readonly pidFile: string | undefined;
  readonly vrrpPidFile: string | undefined;
  readonly checkersPidFile: string | undefined;
  readonly bfdPidFile: string | undefined;
  readonly runtimeDirectory: string | undefined;
  /** Of `-t`: keepalived's one line a message, the source line with a caret and what helps too, or a JSON document. */
  readonly diagnostics: "short" | "full" | "json";
}

/** What the command line asks for. */
export type Command =
  | { readonly type: "run"; readonly options: Options; readonly remarks: readonly string[] }
  | { readonly type: "configTest"; readonly options: Options; readonly output: string | undefined; readonly remarks: readonly string[] }
  | { readonly type: "version" }
  | { readonly type: "help" }
  | { readonly type: "genhash"; readonly argv: readonly string[] }
  | { readonly type: "signum"; readonly function: string }
  | { readonly type: "usage"; readonly message: string };

export const DEFAULT_CONFIG_FILE = "/etc/keepalived/keepalived.conf";

type Draft = { -readonly [K in keyof Options]: Options[K] } & {
  configTest: { output: string | undefined } | undefined;
  other: Command | undefined;
  refused: string[];
  remarks: string[];
};

interface Option {
  readonly short?: string;
  readonly long: string;
  readonly argument: "none" | "required" | "optional";
  /** One line of `--help`. */
  readonly help: string;
  /** @returns what is wrong with the value, if anything */
  readonly apply: (draft: Draft, value: string | undefined) => string | void;
}

const LOG_DAEMON = 3;
const LOG_LOCAL0 = 16;

function facility(draft: Draft, value = ""): string | void {
  const named = new Map([["user", 1], ["daemon", LOG_DAEMON], ...Array.from({ length: 8 }, (_, i) => [`local${i}`, LOG_LOCAL0 + i] as const)]);
  const number = named.get(value) ?? (/^[0-7]$/.test(value) ? LOG_LOCAL0 + Number(value) : undefined);
  if (number === undefined) return `Invalid log facility '${value}'`;
  draft.logFacility = number;
}

function refuse(what: string): (draft: Draft) => void {
  return (draft) => void draft.refused.push(what);
}

function diagnosticsFormat(draft: Draft, value = ""): string | void {
  if (value !== "short" && value !== "full" && value !== "json") return `Invalid form of diagnostics '${value}': short, full or json`;
  draft.diagnostics = value;
}

function withoutEffect(what: string): (draft: Draft) => void {
  return (draft) => void draft.remarks.push(`${what} has no effect in this version`);
}

/** keepalived's options in its manual's order, then ours. The guardian (native/guardian.c) knows the same letters. */
export const OPTIONS: readonly Option[] = [
  { short: "f", long: "use-file", argument: "required", help: "Use the specified configuration file", apply: (d, v = "") => void (d.configFile = v) },
  { short: "P", long: "vrrp", argument: "none", help: "Only run the VRRP subsystem", apply: (d) => void (d.runChecks = false) },
  { short: "C", long: "check", argument: "none", help: "Only run the health-checker subsystem", apply: (d) => void (d.runVrrp = false) },
  { short: "B", long: "no_bfd", argument: "none", help: "Don't run the BFD subsystem", apply: (d) => void (d.runBfd = false) },
  { long: "all", argument: "none", help: "Run all subsystems, even without configuration", apply: () => undefined },
  { short: "l", long: "log-console", argument: "none", help: "Log messages to local console", apply: (d) => void (d.logConsole = true) },
  { short: "D", long: "log-detail", argument: "none", help: "Detailed log messages", apply: (d) => void d.logDetail++ },
  { short: "S", long: "log-facility", argument: "required", help: "0-7, local0-local7, user, daemon: set syslog facility", apply: facility },
  { short: "g", long: "log-file", argument: "optional", help: "Log to a file", apply: refuse("-g (log to a file)") },
  { long: "flush-log-file", argument: "none", help: "Flush the log file after each line", apply: withoutEffect("--flush-log-file") },
  { short: "G", long: "no-syslog", argument: "none", help: "Don't log via syslog", apply: (d) => void (d.syslog = false) },
  {
    short: "u",
    long: "umask",
    argument: "required",
    help: "umask for file creation (in numeric form)",
    apply: (d, v = "") => {
      const mask = /^0[0-7]*$/.test(v) ? Number.parseInt(v, 8) : /^(0x[0-9a-f]+|[1-9][0-9]*)$/i.test(v) ? Number(v) : NaN;
      if (!(mask <= 0o777)) return `Invalid --umask value '${v}'`;
      d.umask = mask;
    },
  },
  { short: "X", long: "release-vips", argument: "none", help: "Drop VIP on transition from signal", apply: withoutEffect("-X") },
  { short: "V", long: "dont-release-vrrp", argument: "none", help: "Don't remove VRRP VIPs on daemon stop", apply: refuse("-V (leave the virtual addresses)") },
  { short: "I", long: "dont-release-ipvs", argument: "none", help: "Don't remove IPVS topology on daemon stop", apply: (d) => void (d.leaveIpvs = true) },
  { short: "R", long: "dont-respawn", argument: "none", help: "Don't respawn what has died", apply: refuse("-R (do not respawn)") },
  { short: "n", long: "dont-fork", argument: "none", help: "Don't fork the daemon process", apply: (d) => void (d.foreground = true) },
  { short: "d", long: "dump-conf", argument: "none", help: "Dump the configuration data", apply: (d) => void (d.dumpConfig = true) },
  { short: "p", long: "pid", argument: "required", help: "Use specified pidfile for parent process", apply: (d, v) => void (d.pidFile = v) },
  { short: "r", long: "vrrp_pid", argument: "required", help: "Use specified pidfile for VRRP", apply: (d, v) => void (d.vrrpPidFile = v) },
  { short: "c", long: "checkers_pid", argument: "required", help: "Use specified pidfile for checkers", apply: (d, v) => void (d.checkersPidFile = v) },
  { short: "b", long: "bfd_pid", argument: "required", help: "Use specified pidfile for BFD", apply: (d, v) => void (d.bfdPidFile = v) },
  { short: "a", long: "address-monitoring", argument: "none", help: "Report all address additions/deletions", apply: withoutEffect("-a") },
  { short: "x", long: "snmp", argument: "none", help: "Enable SNMP subsystem", apply: withoutEffect("-x (SNMP)") },
  { short: "A", long: "snmp-agent-socket", argument: "required", help: "Use the specified socket for master agent", apply: withoutEffect("-A (SNMP)") },
  { short: "s", long: "namespace", argument: "required", help: "Run in network namespace NAME", apply: (d, v) => void (d.netNamespace = v) },
  { short: "m", long: "core-dump", argument: "none", help: "Produce core dump if terminate abnormally", apply: withoutEffect("-m") },
  { short: "M", long: "core-dump-pattern", argument: "optional", help: "Also set /proc/sys/kernel/core_pattern", apply: refuse("-M (core pattern)") },
  { short: "e", long: "all-config", argument: "none", help: "Error if any configuration file missing", apply: (d) => void (d.allConfig = true) },
  { short: "i", long: "config-id", argument: "required", help: "Skip any configuration lines beginning '@' that don't match id", apply: (d, v) => void (d.configId = v) },
  { long: "ignore-sigint", argument: "none", help: "Ignore SIGINT", apply: (d) => void (d.ignoreSigint = true) },
  { long: "signum", argument: "required", help: "Return the signal number for STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON", apply: (d, v = "") => void (d.other ??= { type: "signum", function: v }) },
  { short: "t", long: "config-test", argument: "optional", help: "Check the configuration for obvious errors, output to stderr or FILE", apply: (d, v) => void (d.configTest = { output: v }) },
  { short: "T", long: "genhash", argument: "none", help: "Enter genhash mode (must be the first option)", apply: () => "--genhash must be the first option" },
  { short: "v", long: "version", argument: "none", help: "Display the version number", apply: (d) => void (d.other ??= { type: "version" }) },
  { short: "h", long: "help", argument: "none", help: "Display this help message", apply: (d) => void (d.other ??= { type: "help" }) },
  {
    long: "log-format",
    argument: "required",
    help: "text (keepalived's form) or json, for the console (Regent's own)",
    apply: (d, v = "") => {
      if (v !== "text" && v !== "json") return `Invalid --log-format '${v}': text or json`;
      d.logFormat = v;
    },
  },
  {
    long: "diagnostics",
    argument: "required",
    help: "short (keepalived's form), full or json, for -t (Regent's own)",
    apply: diagnosticsFormat,
  },
  { long: "format", argument: "required", help: "The same as --diagnostics (Regent's own)", apply: diagnosticsFormat },
  { long: "runtime-dir", argument: "required", help: "Directory of what must survive a crash, default /run/regent (Regent's own)", apply: (d, v) => void (d.runtimeDirectory = v) },
];

function defaults(): Draft {
  return {
    configFile: DEFAULT_CONFIG_FILE,
    runVrrp: true,
    runChecks: true,
    runBfd: true,
    foreground: false,
    logConsole: false,
    logDetail: 0,
    logFacility: LOG_DAEMON,
    syslog: true,
    logFormat: "text",
    dumpConfig: false,
    leaveIpvs: false,
    allConfig: false,
    ignoreSigint: false,
    configId: undefined,
    netNamespace: undefined,
    umask: undefined,
    pidFile: undefined,
    vrrpPidFile: undefined,
    checkersPidFile: undefined,
    bfdPidFile: undefined,
    runtimeDirectory: undefined,
    diagnostics: "short",
    configTest: undefined,
    other: undefined,
    refused: [],
    remarks: [],
  };
}

/** One option with its value as found on the command line, getopt_long's way: clusters, `-fX`, `--use-file=X`, unique prefixes. */
interface Found {
  readonly option: Option;
  readonly value: string | undefined;
}

/** @returns the message of a usage error as text */
function scan(argv: readonly string[], remarks: string[]): Found[] | string {
  const found: Found[] = [];
  const rest = [...argv];
  while (rest.length > 0) {
    const word = rest.shift() ?? "";
    if (word === "--") {
      for (const extra of rest) remarks.push(`Unexpected argument '${extra}'`);
      break;
    }
    const result = word.startsWith("--") ? long(word.slice(2), rest) : word.length > 1 && word.startsWith("-") ? cluster(word.slice(1), rest) : undefined;
    if (result === undefined) remarks.push(`Unexpected argument '${word}'`);
    else if (typeof result === "string") return result;
    else found.push(...result);
  }
  return found;
}

function long(text: string, rest: string[]): Found[] | string {
  const equals = text.indexOf("=");
  const name = equals < 0 ? text : text.slice(0, equals);
  let value = equals < 0 ? undefined : text.slice(equals + 1);
  const exact = OPTIONS.find((o) => o.long === name);
  const candidates = exact ? [exact] : OPTIONS.filter((o) => o.long.startsWith(name));
  const [option] = candidates;
  if (option === undefined) return `unrecognized option '--${name}'`;
  if (candidates.length > 1) return `option '--${name}' is ambiguous; possibilities: ${candidates.map((o) => `'--${o.long}'`).join(" ")}`;
  if (option.argument === "none" && value !== undefined) return `option '--${option.long}' doesn't allow an argument`;
  if (option.argument === "required" && value === undefined) {
    if (rest.length === 0) return `option '--${option.long}' requires an argument`;
    value = rest.shift();
  }
  return [{ option, value }];
}

function cluster(letters: string, rest: string[]): Found[] | string {
  const found: Found[] = [];
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i] ?? "";
    const option = OPTIONS.find((o) => o.short === letter);
    if (option === undefined) return `invalid option -- '${letter}'`;
    if (option.argument === "none") {
      found.push({ option, value: undefined });
      continue;
    }
    const attached = letters.slice(i + 1);
    let value: string | undefined = attached === "" ? undefined : attached;
    if (option.argument === "required" && value === undefined) {
      if (rest.length === 0) return `option requires an argument -- '${letter}'`;
      value = rest.shift();
    }
    // keepalived's manual writes -t=FILE; getopt hands over "=FILE".
    if (option.argument === "optional") value = value?.replace(/^=/, "");
    found.push({ option, value });
    break;
  }
  return found;
}

/** @param argv without interpreter and script */
export function readOptions(argv: readonly string[]): Command {
  if (argv[0] === "-T" || argv[0] === "--genhash") return { type: "genhash", argv: argv.slice(1) };
  const draft = defaults();
  const found = scan(argv, draft.remarks);
  if (typeof found === "string") return { type: "usage", message: found };
  for (const { option, value } of found) {
    const wrong = option.apply(draft, value);
    if (typeof wrong === "string") return { type: "usage", message: wrong };
  }
  const { configTest, other, refused, remarks, ...options } = draft;
  if (other !== undefined) return other;
  if (refused.length > 0) return { type: "usage", message: `not in this version: ${refused.join(", ")}; see README, "What works today"` };
  if (!options.runVrrp && !options.runChecks) Object.assign(options, { runVrrp: true, runChecks: true });
  if (configTest !== undefined) return { type: "configTest", options, output: configTest.output, remarks };
  return { type: "run", options, remarks };
}

export function helpText(program: string): string {
  const lines = OPTIONS.map(({ short, long, argument, help }) => {
    const names = `${short === undefined ? "    " : `-${short}, `}--${long}${argument === "required" ? "=ARG" : argument === "optional" ? "[=ARG]" : ""}`;
    return `  ${names.padEnd(32)} ${help}`;
  });
  return `Usage: ${program} [OPTION...]\n${lines.join("\n")}\n`;
}

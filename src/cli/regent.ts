import type { Command, CommandHost } from "./command.ts";
import { UsageError } from "./command.ts";

interface Row {
  readonly name: string;
  /** One line of `regent help`. */
  readonly summary: string;
  /** Loaded when it is asked for: a command waits for nothing that it does not need. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: readonly Row[] = [
  { name: "check", summary: "Judge configuration files: every fault with its place, its line, and what to do.", load: async () => (await import("./check.ts")).check },
  { name: "explain", summary: "Say what a keyword means, takes and defaults to.", load: async () => (await import("./explain.ts")).explain },
  { name: "lint", summary: "Find what is legal and will hurt, in one director or in the pair.", load: async () => (await import("./lint.ts")).lint },
  { name: "config", summary: "Print the effective configuration, or what a reload would change.", load: async () => (await import("./config.ts")).config },
];

/** What `regent` will do once the control socket is there; asked for now, it says so instead of pretending. */
const LATER = ["status", "vrrp", "pools", "checks", "events", "why", "top", "drain", "disable", "enable", "weight", "failover", "fault", "clear", "reload", "lint", "config", "log-level"].filter(
  (name) => COMMANDS.every((command) => command.name !== name),
);

const EXIT_USAGE = 1;

/**
 * `regent COMMAND ...`.
 *
 * @param argv without interpreter and script
 * @returns the exit status: the command's own, or 1 for a command line that is not understood
 */
export async function regent(argv: readonly string[], host: CommandHost): Promise<number> {
  const [name = "help", ...rest] = argv;
  if (name === "version" || name === "--version" || name === "-v") {
    host.out(`Regent ${host.version()}\n`);
    return 0;
  }
  if (name === "help" || name === "--help" || name === "-h") return help(rest[0], host);
  const row = COMMANDS.find((command) => command.name === name);
  if (row === undefined) return unknown(name, host);
  const command = await row.load();
  if (rest.includes("--help") || rest.includes("-h")) {
    host.out(command.usage);
    return 0;
  }
  try {
    return await command.run(rest, host);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    host.error(`regent ${name}: ${error.message}\n${command.usage}`);
    return command.usageStatus ?? EXIT_USAGE;
  }
}

async function help(name: string | undefined, host: CommandHost): Promise<number> {
  if (name === undefined) {
    host.out(usage());
    return 0;
  }
  const row = COMMANDS.find((command) => command.name === name);
  if (row === undefined) return unknown(name, host);
  host.out((await row.load()).usage);
  return 0;
}

function unknown(name: string, host: CommandHost): number {
  host.error(
    LATER.includes(name)
      ? `regent ${name}: not in this version; meanwhile USR1 and USR2 to the daemon write its data and statistics\n`
      : `regent: no such command '${name}'\n${usage()}`,
  );
  return EXIT_USAGE;
}

function usage(): string {
  const rows = [...COMMANDS, { name: "version", summary: "Print the version." }, { name: "help [COMMAND]", summary: "Print this, or how a command is used." }];
  const lines = rows.map(({ name, summary }) => `  ${name.padEnd(16)} ${summary}\n`);
  return `Usage: regent COMMAND [ARGUMENT...]\n\n${lines.join("")}\nNot in this version: ${LATER.join(", ")}.\n`;
}

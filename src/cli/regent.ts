import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What `regent` will do once the control socket is there; asked for now, it says so instead of pretending. */
const LATER = ["status", "vrrp", "pools", "checks", "events", "why", "top", "drain", "disable", "enable", "weight", "failover", "fault", "clear", "reload", "lint", "log-level"];

const USAGE = `Usage: regent COMMAND

  check FILE...   Judge configuration files: every fault with its place, the line and the nearest keyword.
                  Exit status as keepalived -t: 0 fine, 4 fatal, 5 faulty, 6 insecure or not found.
  version         Print the version.
  help            Print this.

Not in this version: ${LATER.join(", ")}.
`;

const daemon = fileURLToPath(new URL("../main.js", import.meta.url));

function runDaemonProgram(argv: readonly string[]): number {
  const { status, error } = spawnSync(process.execPath, [daemon, ...argv], { stdio: "inherit" });
  if (error !== undefined) throw error;
  return status ?? 1;
}

function check(paths: readonly string[]): number {
  if (paths.length === 0) {
    process.stderr.write("regent check: name at least one configuration file\n");
    return 1;
  }
  return Math.max(...paths.map((path) => runDaemonProgram(["-t", "--diagnostics=full", "-f", path])));
}

function main([command = "help", ...rest]: readonly string[]): number {
  switch (command) {
    case "check":
      return check(rest);
    case "version":
    case "--version":
    case "-v":
      return runDaemonProgram(["--version"]);
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(USAGE);
      return 0;
    default:
      process.stderr.write(
        LATER.includes(command)
          ? `regent ${command}: not in this version; meanwhile USR1 and USR2 to the daemon write its data and statistics\n`
          : `regent: no such command '${command}'\n${USAGE}`,
      );
      return 1;
  }
}

process.exitCode = main(process.argv.slice(2));

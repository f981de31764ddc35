import { describe, expect, test } from "vitest";
import { helpText, OPTIONS, readOptions } from "../../src/daemon/options.ts";
import type { Command, Options } from "../../src/daemon/options.ts";

function run(...argv: string[]): Options & { readonly remarks: readonly string[] } {
  const command = readOptions(argv);
  if (command.type !== "run") throw new Error(`not a run: ${JSON.stringify(command)}`);
  return { ...command.options, remarks: command.remarks };
}

describe("what keepalived's everyday options mean", () => {
  const rows: { name: string; argv: string[]; want: Partial<Options> }[] = [
    { name: "nothing", argv: [], want: { configFile: "/etc/keepalived/keepalived.conf", foreground: false, logDetail: 0, syslog: true } },
    { name: "a cluster", argv: ["-nlD"], want: { foreground: true, logConsole: true, logDetail: 1 } },
    { name: "-D twice", argv: ["-D", "-D"], want: { logDetail: 2 } },
    { name: "a value in the next word", argv: ["-f", "a.conf"], want: { configFile: "a.conf" } },
    { name: "a value attached", argv: ["-fa.conf"], want: { configFile: "a.conf" } },
    { name: "a value behind a cluster", argv: ["-nf", "a.conf"], want: { foreground: true, configFile: "a.conf" } },
    { name: "a long option with =", argv: ["--use-file=a.conf"], want: { configFile: "a.conf" } },
    { name: "a long option with a word", argv: ["--use-file", "a.conf"], want: { configFile: "a.conf" } },
    { name: "a unique prefix", argv: ["--dont-f"], want: { foreground: true } },
    { name: "pid files", argv: ["-p", "p", "-r", "r", "-c", "c", "-b", "b"], want: { pidFile: "p", vrrpPidFile: "r", checkersPidFile: "c", bfdPidFile: "b" } },
    { name: "only VRRP", argv: ["-P"], want: { runVrrp: true, runChecks: false } },
    { name: "only checks", argv: ["-C"], want: { runVrrp: false, runChecks: true } },
    { name: "no BFD", argv: ["-B"], want: { runVrrp: true, runChecks: true, runBfd: false } },
    { name: "both asked for", argv: ["-P", "-C"], want: { runVrrp: true, runChecks: true } },
    { name: "facility by name", argv: ["-S", "local3"], want: { logFacility: 19 } },
    { name: "facility by number", argv: ["-S", "3"], want: { logFacility: 19 } },
    { name: "octal umask", argv: ["-u", "022"], want: { umask: 0o22 } },
    { name: "hexadecimal umask", argv: ["-u", "0x12"], want: { umask: 0o22 } },
  ];
  for (const { name, argv, want } of rows) test(name, () => expect(run(...argv)).toMatchObject(want));
});

describe("what is not a run", () => {
  const rows: { name: string; argv: string[]; want: Partial<Command> }[] = [
    { name: "version", argv: ["-v"], want: { type: "version" } },
    { name: "help", argv: ["--help"], want: { type: "help" } },
    { name: "signum", argv: ["--signum=STOP"], want: { type: "signum", function: "STOP" } },
    { name: "config test", argv: ["-t", "-f", "x"], want: { type: "configTest", output: undefined } },
    { name: "config test with a file, keepalived's manual", argv: ["-t=out"], want: { type: "configTest", output: "out" } },
    { name: "config test with a file, long", argv: ["--config-test=out"], want: { type: "configTest", output: "out" } },
    { name: "genhash first", argv: ["-T", "-s", "192.0.2.1"], want: { type: "genhash", argv: ["-s", "192.0.2.1"] } },
    { name: "unknown letter", argv: ["-Z"], want: { type: "usage", message: "invalid option -- 'Z'" } },
    { name: "unknown word", argv: ["--frobnicate"], want: { type: "usage", message: "unrecognized option '--frobnicate'" } },
    { name: "missing value", argv: ["-f"], want: { type: "usage", message: "option requires an argument -- 'f'" } },
    { name: "value where none goes", argv: ["--vrrp=x"], want: { type: "usage", message: "option '--vrrp' doesn't allow an argument" } },
    { name: "bad umask", argv: ["-u", "999"], want: { type: "usage", message: "Invalid --umask value '999'" } },
    { name: "bad facility", argv: ["-S", "mail"], want: { type: "usage", message: "Invalid log facility 'mail'" } },
  ];
  for (const { name, argv, want } of rows) test(name, () => expect(readOptions(argv)).toMatchObject(want));

  test("an ambiguous prefix names the candidates", () => {
    expect(readOptions(["--log"])).toMatchObject({ type: "usage", message: expect.stringContaining("'--log-console' '--log-detail'") as string });
  });

  test("what is not there is refused by name, not ignored", () => {
    expect(readOptions(["-V"])).toMatchObject({ type: "usage", message: expect.stringContaining("-V (leave the virtual addresses)") as string });
  });
});

test("words that are no options are remarked upon and the daemon runs", () => {
  expect(run("-n", "stray").remarks).toEqual(["Unexpected argument 'stray'"]);
});

test("help names every option", () => {
  const text = helpText("regentd");
  for (const { long } of OPTIONS) expect(text).toContain(`--${long}`);
});

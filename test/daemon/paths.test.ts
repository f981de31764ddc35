import { expect, test } from "vitest";
import { dumpPath, lastConfigPath, recordPath } from "../../src/daemon/paths.ts";

test("dumps have keepalived's names, in the directory or after the file that state_dump_file names", () => {
  expect(dumpPath(undefined, "/tmp", "keepalived_check")).toBe("/tmp/keepalived_check.data");
  expect(dumpPath("/var/dump/", "/tmp", "keepalived")).toBe("/var/dump/keepalived.data");
  expect(dumpPath("/var/state.txt", "/tmp", "keepalived_parent")).toBe("/var/state_parent.txt");
  expect(dumpPath("/var/state.txt", "/tmp", "keepalived")).toBe("/var/state.txt");
  expect(dumpPath("state", "/tmp", "keepalived_check")).toBe("/tmp/state_check");
});

test("with data_use_instance the dumps of two daemons have names of their own", () => {
  expect(dumpPath(undefined, "/tmp", "keepalived_parent", ".red_two")).toBe("/tmp/keepalived_parent.red_two.data");
  expect(dumpPath("/var/dump/", "/tmp", "keepalived", ".two")).toBe("/var/dump/keepalived.two.data");
  expect(dumpPath("/var/state.txt", "/tmp", "keepalived_bfd", ".two")).toBe("/var/state_bfd.two.txt");
});

test("two daemons with different pid files have different records", () => {
  expect(recordPath("/run/regent", "/run/keepalived.pid")).toBe("/run/regent/run-keepalived.pid.installed");
  expect(lastConfigPath("/run/regent", { pidFile: undefined, configFile: "/etc/a.conf" })).toBe("/run/regent/etc-a.conf.config");
  expect(lastConfigPath("/run/regent", { pidFile: "/run/a.pid", configFile: "/etc/a.conf" })).toBe("/run/regent/run-a.pid.config");
  expect(recordPath("/run/regent", "/run/other.pid")).not.toBe(recordPath("/run/regent", "/run/keepalived.pid"));
});

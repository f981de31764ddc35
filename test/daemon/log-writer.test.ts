import { expect, test } from "vitest";
import { consoleTime, LogWriter } from "../../src/daemon/log-writer.ts";

const at = new Date(2026, 10, 5, 9, 7, 3);
const atMs = at.getTime();

function writer(format: "text" | "json") {
  const console: string[] = [];
  const syslog: [number, string, string][] = [];
  const log = new LogWriter({
    console: { write: (line) => void console.push(line), flushSync: () => undefined },
    consoleFormat: format,
    syslog: { write: (...line) => void syslog.push(line) },
    identSuffix: "_blue",
  });
  return { log, console, syslog };
}

test("the console line is keepalived's: asctime, colon, text", () => {
  const { log, console } = writer("text");
  log.write({ source: "vrrp", level: "info", atMs, text: "(VI_1) Entering MASTER STATE" });
  expect(console).toEqual(["Thu Nov  5 09:07:03 2026: (VI_1) Entering MASTER STATE\n"]);
  expect(consoleTime(new Date(2026, 10, 21, 23, 59, 59))).toBe("Sat Nov 21 23:59:59 2026");
});

test("syslog has keepalived's idents and severities", () => {
  const { log, syslog } = writer("text");
  log.write({ source: "parent", level: "alert", atMs, text: "a" });
  log.write({ source: "checker", level: "info", atMs, text: "b" });
  expect(syslog).toEqual([
    [1, "Keepalived_blue", "a"],
    [6, "Keepalived_healthcheckers_blue", "b"],
  ]);
});

test("json for collectors: one object a line, with level and ident", () => {
  const { log, console } = writer("json");
  log.write({ source: "vrrp", level: "warning", atMs, text: "x" });
  expect(JSON.parse(console[0] ?? "")).toMatchObject({ time: atMs, level: "warning", ident: "Keepalived_vrrp_blue", msg: "x" });
});

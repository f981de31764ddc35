import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { RULES } from "../../../src/conf/lint/rules.ts";
import { ALONE } from "./alone-examples.ts";
import { DEPRECATED_PATHS } from "../../../src/conf/reference/deprecated.ts";
import { DIAGNOSTIC_CODES } from "../../../src/conf/diagnostic-codes.ts";
import { advertCapacity } from "../../../src/conf/lint/alone/addresses.ts";
import { lintFile } from "../../../src/conf/lint/lint.ts";
import { MAIN } from "../memory-environment.ts";
import { lint, opened, placed } from "./support.ts";

describe("each rule finds its fault where it stands, and nothing in the same text without it", () => {
  for (const [code, { bad, good, at, files = {}, says }] of Object.entries(ALONE)) {
    test(code, () => {
      const found = lint(bad, files).filter((finding) => finding.code === code);
      assert.deepEqual(
        found.slice(0, 1).map(placed),
        [`${code} ${at}`],
        `found instead: ${lint(bad, files).map(placed).join(", ")}`,
      );
      const [finding] = found;
      assert.ok(finding !== undefined && finding.reason !== "" && finding.remedy !== "");
      if (says !== undefined) assert.match(finding.reason, says);
      const left = lint(good, files).filter((one) => one.code === code);
      assert.deepEqual(left.map(({ reason }) => reason), []);
    });
  }
});

test("every code has an example", () => {
  const codes = RULES.flatMap(({ codes: own }) => Object.keys(own));
  assert.deepEqual(Object.keys(ALONE).sort(), codes.sort());
});

test("the good examples are without a fault of the loader, so that the rules alone decide", () => {
  const broken = Object.entries(ALONE).flatMap(([code, { good, files = {} }]) =>
    lint(good, files)
      .filter(({ severity, code: found }) => severity === "error" && found !== "not-supported")
      .map((finding) => `${code}: ${placed(finding)} ${finding.reason}`),
  );
  assert.deepEqual(broken, []);
});

test("what a rule says, the loader's message about it is not listed beside", () => {
  const beside = Object.entries(ALONE).flatMap(([code, { bad, files = {} }]) =>
    lint(bad, files)
      .filter((finding) => Object.hasOwn(DIAGNOSTIC_CODES, finding.code) && finding.code !== "not-supported")
      .map((finding) => `${code}: ${finding.reason}`),
  );
  assert.deepEqual(beside, ["real-server-weight-zero: Warning - quorum 1 for [192.0.2.1]:tcp:80 exceeds total weight of real servers 0, reducing quorum to 0"]);
});

describe("what the loader finds is found by the linter, too", () => {
  const only = (text: string, files = {}): string[] => lint(text, files).map((finding) => `${finding.severity} ${placed(finding)}`);

  test("errors with their place and a remedy", () => {
    const [finding] = lint("global_defs {\n    router_idd LVS\n}\n");
    assert.ok(finding !== undefined);
    assert.deepEqual([finding.severity, placed(finding), finding.remedy], ["error", "unknown-keyword 2:5", "write 'router_id'"]);
  });

  test("deprecated keywords are warnings that name the successor", () => {
    const [finding] = lint("vrrp_sync_group VG {\n    global_tracking\n    group {\n        A\n    }\n}\n").filter(({ code }) => code === "deprecated-keyword");
    assert.equal(finding?.severity, "warning");
    assert.match(`${finding?.reason} ${finding?.remedy}`, /track_interface|sync_group_tracking_weight/);
  });

  test("a word cut by a comment is worse than a remark", () => assert.deepEqual(only("global_defs {\n    router_id LVS#1\n}\n"), ["warning comment-in-word 2:18"]));

  test("what regentd refuses to run is an error", () => {
    const refused = lint("global_defs {\n    nftables_ipvs\n}\n").filter(({ code }) => code === "not-supported");
    assert.deepEqual(refused.map(({ severity, place }) => [severity, place.line]), [["error", 2]]);
  });

  test("a sound configuration has nothing at all", () => {
    assert.deepEqual(only("vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    priority 150\n    virtual_ipaddress {\n        192.0.2.1/24\n    }\n}\n"), []);
  });
});

describe("a configuration for another machine", () => {
  const TEXT = "global_defs {\n    enable_script_security\n    script_user nosuch\n}\nvrrp_instance VI_1 {\n    interface bond7\n    virtual_router_id 51\n    priority 150\n    notify_master /opt/none\n    virtual_ipaddress {\n        192.0.2.1/24 dev bond8\n    }\n}\n";
  const found = (isElsewhere: boolean): string[] => lintFile(opened(TEXT, {}, MAIN, {}, isElsewhere), []).findings.map(({ code }) => code);

  test("is judged without looking for its interfaces, scripts and accounts here", () => {
    assert.deepEqual(found(true), []);
    assert.ok(found(false).length >= 3, found(false).join());
  });
});

test("every deprecated word of the reference is named with what replaces it", () => {
  /** How a word of a path is written. */
  const lines: Readonly<Record<string, (word: string) => string>> = {
    "": (word) => (word === "vrrp_track_file" ? `${word} tf {\n file /run/tf\n}\n` : `${word}\n`),
    global_defs: (word) => `global_defs {\n ${word} 1\n}\n`,
    vrrp_sync_group: (word) => `vrrp_sync_group VG {\n ${word}\n}\n`,
    vrrp_instance: (word) => `vrrp_instance VI_1 {\n ${word}${word.endsWith("intvl") ? " 5" : word.endsWith("interface") ? " eth0" : ""}\n}\n`,
    route: (word) => `static_routes {\n 198.51.100.0/24 ${word === "or" ? "via 192.0.2.1 or 192.0.2.2" : "gw 192.0.2.1"}\n}\n`,
    virtual_server: (word) => `virtual_server 192.0.2.1 80 {\n lb_algo sh\n ${word}\n}\n`,
    "virtual_server.real_server.HTTP_GET": (word) => `virtual_server 192.0.2.1 80 {\n real_server 198.51.100.1 80 {\n HTTP_GET {\n ${word} 1\n }\n }\n}\n`,
    "virtual_server.real_server.SSL_GET": (word) => `virtual_server 192.0.2.1 80 {\n real_server 198.51.100.1 80 {\n SSL_GET {\n ${word} 1\n }\n }\n}\n`,
    "virtual_server.real_server.SMTP_CHECK": (word) => `virtual_server 192.0.2.1 80 {\n real_server 198.51.100.1 80 {\n SMTP_CHECK {\n ${word} {\n connect_port 25\n }\n }\n }\n}\n`,
  };
  const silent = DEPRECATED_PATHS.filter((path) => {
    const at = path.lastIndexOf(".");
    const text = lines[path.slice(0, Math.max(0, at))]?.(path.slice(at + 1));
    return text === undefined || !lint(text).some(({ code }) => code === "old-keyword" || code === "deprecated-keyword");
  });
  assert.deepEqual(silent, []);
});

test("no finding repeats a secret", () => {
  const text = `vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    authentication {\n        auth_type PASS\n        auth_pass 'hush$HUSH hush'\n    }\n    auth_hmac {\n        key 1 ${"hush".repeat(8)}'\n        active_key 1\n    }\n}\nSSL {\n    password 'hush'\n}\n`;
  const findings = lint({ text, mode: 0o644 });
  assert.ok(findings.some(({ code }) => code === "single-quotes"));
  assert.deepEqual(findings.filter(({ reason, remedy }) => /hush/i.test(`${reason} ${remedy}`)).map(placed), []);
});

test("how many addresses an advert carries over Ethernet", () => {
  const plain = { ah: false, hmac: false };
  assert.equal(advertCapacity({ family: 4, version: 2 }, plain), 255);
  assert.equal(advertCapacity({ family: 4, version: 3 }, { ah: true, hmac: true }), 255);
  assert.equal(advertCapacity({ family: 6, version: 3 }, plain), 90); // (1500 - 40 - 8) / 16
  assert.equal(advertCapacity({ family: 6, version: 3 }, { ah: false, hmac: true }), 89);
});

test("default6 is an old word inside a route", () => {
  const found = lint("static_routes {\n    default6 via 2001:db8::1\n}\n").filter(({ code }) => code === "old-keyword");
  assert.deepEqual(found.map(placed), ["old-keyword 2:5"]);
});

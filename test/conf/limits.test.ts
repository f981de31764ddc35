import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { explainDiagnostic } from "../../src/conf/load.ts";
import type { LoadResult } from "../../src/conf/load.ts";
import { LINES_PER_SERVICE, largeConfig } from "./large-config.ts";
import { cpuMs } from "./cpu-time.ts";
import { faults, load } from "./memory-environment.ts";

// What is too much of something ends in a sentence, within bounds of processor time and memory. They are some ten times what
// is needed; what they guard against is quadratic or without end.

const MIB = 2 ** 20;

function within(ms: number, mib: number, work: () => LoadResult): LoadResult {
  const heap = process.memoryUsage().heapUsed;
  const started = process.cpuUsage();
  const result = work();
  const took = cpuMs(started);
  const grown = (process.memoryUsage().heapUsed - heap) / MIB;
  assert.ok(took < ms, `${took.toFixed(0)} ms`);
  assert.ok(grown < mib, `${grown.toFixed(0)} MiB`);
  return result;
}

describe("depth and size", { timeout: 120_000 }, () => {
  test("20,000 nested braces: said once, where it becomes too deep", () => {
    const result = within(3_000, 100, () => load("a {\n".repeat(20_000)));
    const deep = result.diagnostics.filter(({ message }) => message.includes("nested too deeply"));
    assert.deepEqual(deep.map(({ line }) => line), [65]);
    assert.deepEqual([result.exitCodeTest, result.exitCodeDaemon], [5, 2]);
  });

  test("20,000 nested braces that are closed again, and 20,000 closing ones", () => {
    within(3_000, 200, () => load("a {\n".repeat(20_000) + "}\n".repeat(20_000)));
    const result = within(3_000, 200, () => load("}\n".repeat(20_000)));
    assert.equal(faults(result).length, 20_000);
  });

  test("150,000 static routes, all but the one whose VRF is not there", () => {
    const lines = Array.from({ length: 150_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 dev eth0`);
    const text = `static_routes {\n${lines.with(70_000, "192.0.2.0/24 dev eth0 vrf none").join("\n")}\n}\n`;
    const result = within(40_000, 2_000, () => load(text));
    assert.deepEqual(faults(result), ["VRF none not found for route"]);
    const read = result.config?.vrrp.staticRoutes.map(({ to }) => `${to.address}/${to.prefixLength} dev eth0`);
    assert.deepEqual(read, lines.toSpliced(70_000, 1));
  });

  test("a line of 100 MB is refused by its size, one of 20 MB by its length", () => {
    const huge = within(3_000, 50, () => load("x".repeat(100_000_000)));
    assert.deepEqual(faults(huge), ["the configuration is larger than 32 MiB with '/etc/keepalived/keepalived.conf'"]);
    assert.deepEqual([huge.exitCodeTest, huge.exitCodeDaemon, huge.files.length], [4, 2, 0]);
    const long = within(5_000, 100, () => load(`${"x y ".repeat(5_000_000)}\nvrrp_sync_group G {\n}\n`));
    assert.equal(faults(long)[0], "line too long - ignoring");
    assert.equal(faults(long).filter((message) => message.startsWith("line too long")).length, 1);
  });

  test("includes together may not be larger either", () => {
    const files = Object.fromEntries([0, 1, 2, 3].map((i) => [`/etc/keepalived/part${i}.inc`, "#".repeat(10_000_000)]));
    const result = within(5_000, 200, () => load("include *.inc\n", files));
    assert.deepEqual(faults(result), ["the configuration is larger than 32 MiB with '/etc/keepalived/part3.inc'"]);
    assert.equal(result.exitCodeDaemon, 2);
  });

  test("too many lines are refused whole", () => {
    const result = within(10_000, 400, () => load("~SEQ(A,1,90000) a\n".repeat(7)));
    assert.deepEqual([result.exitCodeTest, result.exitCodeDaemon], [4, 2]);
    assert.ok(faults(result).includes("sequences repeat more than 200000 lines"), faults(result).at(-1));
    const lines = within(10_000, 400, () => load("x\n".repeat(600_000)));
    assert.deepEqual(faults(lines), ["the configuration has more than 500000 lines"]);
  });
});

describe("many of them", { timeout: 120_000 }, () => {
  test("10,000 errors are all named, in order, each with its line", () => {
    const result = within(5_000, 200, () => load(`global_defs {\n${" foo 1\n".repeat(10_000)}}\n`));
    assert.deepEqual(result.diagnostics.map(({ line }) => line), Array.from({ length: 10_000 }, (...[, i]) => i + 2));
    const started = process.cpuUsage();
    const text = result.diagnostics.map(explainDiagnostic).join("\n");
    assert.ok(cpuMs(started) < 3_000);
    assert.ok(text.length < 10_000 * 400);
  });

  test("10,000 unknown blocks, services without real servers, instances without a router id", () => {
    within(10_000, 300, () => load("foo {\n bar\n}\n".repeat(10_000)));
    within(10_000, 300, () => load(Array.from({ length: 10_000 }, (...[, i]) => `virtual_server 198.18.${i >> 8}.${i & 255} 80 {\n}\n`).join("")));
    const instances = within(10_000, 300, () => load(Array.from({ length: 10_000 }, (...[, i]) => `vrrp_instance I${i} {\n interface eth0\n}\n`).join("")));
    assert.ok(faults(instances).length >= 10_000);
  });

  test("10,000 parameters, and lines that use each of them", () => {
    const text = Array.from({ length: 10_000 }, (...[, i]) => `$P${i}=${i}\nfoo$P${i}\n`).join("");
    const result = within(5_000, 300, () => load(text));
    assert.equal(faults(result)[9_999], "Unknown keyword 'foo9999'");
  });

  test("92,000 lines: 2,000 services of five real servers", () => {
    const text = largeConfig(2_000);
    assert.equal(text.split("\n").length - 1, 2_000 * LINES_PER_SERVICE);
    const result = within(6_000, 300, () => load(text));
    assert.deepEqual([faults(result), result.exitCodeTest], [[], 0]);
    const services = result.config?.check.virtualServers ?? [];
    assert.deepEqual([services.length, services.flatMap(({ realServers }) => realServers).length], [2_000, 10_000]);
  });
});

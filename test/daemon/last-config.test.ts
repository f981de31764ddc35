import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serialize } from "node:v8";
import { afterEach, beforeEach, expect, test } from "vitest";
import { encodeLastConfig, forgetLastConfig, readLastConfig, writeLastConfig } from "../../src/daemon/last-config.ts";
import type { ConfigParts } from "../../src/daemon/loading.ts";
import { globalConfig } from "../conf/model-builders.ts";
import { config } from "../vrrp/support/config.ts";

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "last-config-"));
  path = join(directory, "x.config");
});
afterEach(() => rmSync(directory, { recursive: true }));

const parts: ConfigParts = {
  global: globalConfig({ routerId: "lb1" }),
  vrrp: config([]),
  bfd: { instances: [] },
  hasVirtualServers: true,
  check: new Uint8Array([1, 2, 3]),
  notify: new Uint8Array([4]),
};

test("the next life gets what was running, opaque parts included, and nobody else may read it", () => {
  writeLastConfig(path, encodeLastConfig(parts));
  const read = readLastConfig(path);
  expect(read?.global.routerId).toBe("lb1");
  expect([...(read?.check ?? [])]).toEqual([1, 2, 3]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("what is missing, cut short, foreign or of another version is not used", () => {
  expect(readLastConfig(path)).toBeUndefined();
  writeFileSync(path, "not a serialisation");
  expect(readLastConfig(path)).toBeUndefined();
  writeFileSync(path, serialize({ version: "0.0.0-other", parts }));
  expect(readLastConfig(path)).toBeUndefined();
  writeLastConfig(path, encodeLastConfig(parts));
  truncateSync(path, 20);
  expect(readLastConfig(path)).toBeUndefined();
});

test("an orderly end leaves none", () => {
  writeLastConfig(path, encodeLastConfig(parts));
  forgetLastConfig(path);
  forgetLastConfig(path);
  expect(readLastConfig(path)).toBeUndefined();
});

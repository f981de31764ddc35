import assert from "node:assert/strict";
import { test } from "vitest";
import { SECOND } from "../../src/base/time.ts";
import { startupDelay } from "../../src/daemon/startup-delay.ts";

test("vrrp_startup_delay or what is left of vrrp_delay_after_boot: the longer wins", () => {
  const rows: [startup: number, afterBoot: number, uptime: number, want: number][] = [
    [0, 0, 5, 0],
    [3, 0, 5, 3],
    [0, 20, 5, 15],
    [0, 20, 20, 0],
    [0, 20, 3600, 0],
    [3, 20, 18, 3],
    [3, 20, 5, 15],
    [0, 20, 5.000_000_4, 15],
    [0, 20, 5.123_456, 14.877],
  ];
  for (const [startup, afterBoot, uptime, want] of rows) {
    assert.equal(startupDelay(startup * SECOND, afterBoot * SECOND, uptime * SECOND) / SECOND, want, `${startup} ${afterBoot} ${uptime}`);
  }
});

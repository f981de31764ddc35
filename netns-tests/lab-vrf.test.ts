import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { runInLab } from "./lab/run-in-lab.ts";
import type { VrfReport } from "./lab/vrf.ts";

// Unicast instances that name a VRF and no interface, on the lab's kernel, beside keepalived in both roles.

const LAB_SECONDS = 200;

describe("vrf", () => {
  for (const [high, low] of [["regentd", "keepalived"], ["keepalived", "regentd"]] as const) {
    test(`${high} takes over from ${low} and gives back`, { timeout: (LAB_SECONDS + 20) * 1_000 }, async () => {
      const { status, output, scratch } = await runInLab("vrf.js", [high, low], LAB_SECONDS);
      try {
        const logs = ["high", "low"].map((name) => join(scratch, `${name}.log`)).map((file) => (existsSync(file) ? readFileSync(file, "utf8") : "")).join("\n");
        assert.equal(status, 0, `${output}${logs}`);
        const report = JSON.parse(readFileSync(join(scratch, "vrf.json"), "utf8")) as VrfReport;
        assert.deepEqual(report, { alone: "low", both: "high", later: "high", afterStop: "low" }, logs);
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    });
  }
});

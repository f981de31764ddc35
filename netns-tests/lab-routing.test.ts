import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { RoutingReport } from "./lab/routing-table.ts";
import { runInLab } from "./lab/run-in-lab.ts";
import { SUBJECTS } from "./lib/pairs.ts";

// Routes and rules of a VRF, and with MPLS labels, on the lab's kernel; keepalived's beside the subject's.

const LAB_SECONDS = 200;

for (const subject of SUBJECTS) {
  describe(`${subject} beside keepalived`, () => {
    test("routes of a VRF's table and with MPLS labels", { timeout: (LAB_SECONDS + 20) * 1_000 }, async () => {
      const { status, output, scratch } = await runInLab("routing-table.js", ["keepalived", subject], LAB_SECONDS);
      try {
        const logs = ["reference", "subject"].map((name) => join(scratch, `${name}.log`)).map((file) => (existsSync(file) ? readFileSync(file, "utf8") : "")).join("");
        assert.equal(status, 0, `${output}${logs}`);
        const report = JSON.parse(readFileSync(join(scratch, "routing.json"), "utf8")) as RoutingReport;
        assert.deepEqual(report.reference.master.filter((line) => line.includes("table 77")).length, 2, JSON.stringify(report.reference));
        assert.ok(report.reference.master.some((line) => line.includes("encap mpls 100/200")), JSON.stringify(report.reference));
        assert.deepEqual(report.subject, { master: report.reference.master, stopped: [] });
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    });
  });
}

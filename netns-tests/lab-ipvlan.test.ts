import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { IpvlanReport } from "./lab/ipvlan.ts";
import { runInLab } from "./lab/run-in-lab.ts";
import { SUBJECTS } from "./lib/pairs.ts";

// use_ipvlan on the lab's kernel; keepalived's beside the subject's.

const LAB_SECONDS = 200;

for (const subject of SUBJECTS) {
  describe(`${subject} beside keepalived`, () => {
    test("the same ipvlans, addresses and groups; nothing is left", { timeout: (LAB_SECONDS + 20) * 1_000 }, async () => {
      const { status, output, scratch } = await runInLab("ipvlan.js", ["keepalived", subject], LAB_SECONDS);
      try {
        const logs = ["reference", "subject"].map((name) => join(scratch, `${name}.log`)).map((file) => (existsSync(file) ? readFileSync(file, "utf8") : "")).join("");
        assert.equal(status, 0, `${output}${logs}`);
        const { reference, subject: ours } = JSON.parse(readFileSync(join(scratch, "ipvlan.json"), "utf8")) as IpvlanReport;
        const told = `${JSON.stringify(reference)}\n${logs}`;
        // 2.2.7 makes one for the instance without an address, too, and leaves it unused.
        const used = (lines: readonly string[]) => lines.filter((line) => !line.includes("ipv.55"));
        assert.deepEqual(used(reference.links).map((line) => line.split(" ")[0]), ["ipv.51", "ipv.52", "ipv.53", "ipv.54"], told);
        assert.ok(reference.addresses.includes("192.0.2.51/24 dev ipv.51 global") && reference.addresses.includes("fe80::53/128 dev ipv.53 link deprecated"), told);
        assert.deepEqual(used(reference.groups).length, 4, told);
        assert.deepEqual(ours, { links: used(reference.links), addresses: used(reference.addresses), groups: used(reference.groups), linksAfter: [], addressesAfter: [] });
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    });
  });
}

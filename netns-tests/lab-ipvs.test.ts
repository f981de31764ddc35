import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, test } from "vitest";
import { FOREIGN } from "./lab/ipvs-config.ts";
import { missing, PHASES } from "./lab/ipvs-phases.ts";
import type { IpvsPhase, IpvsReport } from "./lab/ipvs-table.ts";
import { runInLab } from "./lab/run-in-lab.ts";
import { startDirector } from "./lib/director.ts";
import { eventually } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";
import { director, VIP } from "./lib/configs.ts";
import { KINDS, SUBJECTS } from "./lib/pairs.ts";

// The kernel's IPVS table after the same configuration and the same events, keepalived's beside the subject's. Both run
// in one lab at the same time (lab/ipvs-table.ts); here its report is judged, one test for each event.

const LAB_SECONDS = 400;

for (const subject of SUBJECTS) {
  describe(`IPVS table, ${subject} beside keepalived`, () => {
    let report: IpvsReport;

    beforeAll(async () => {
      const { status, output, scratch } = await runInLab("ipvs-table.js", ["keepalived", subject], LAB_SECONDS);
      try {
        assert.equal(status, 0, output);
        report = JSON.parse(readFileSync(join(scratch, "tables.json"), "utf8")) as IpvsReport;
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    }, (LAB_SECONDS + 20) * 1_000);

    function phase(name: string): IpvsPhase {
      const found = report.phases.find((candidate) => candidate.name === name);
      assert.ok(found, `no phase ${name} among ${report.phases.map((each) => each.name).join(", ")}`);
      return found;
    }

    for (const expectation of PHASES) {
      test(`${expectation.name}: the same table`, () => {
        const tables = phase(expectation.name);
        assert.equal(missing(expectation, tables.reference), undefined, `keepalived's own table:\n${tables.reference.join("\n")}`);
        assert.deepEqual(tables.subject, tables.reference, `${subject} logged:\n${report.logs.subject}`);
      });
    }

    test("somebody else's service is left alone throughout", () => {
      for (const { name, subject: table } of report.phases) for (const line of FOREIGN) assert.ok(table.includes(line), `${name}: ${line} is gone`);
    });

    test("both end with status 0", () => {
      assert.deepEqual(report.ended, [0, 0], report.logs.subject);
    });
  });
}

// keepalived ends with a fatal error there and takes VRRP with it; Regent stays: doc/compatibility.md.
for (const kind of KINDS.filter((each) => each === "regentd")) {
  test("a kernel without IPVS: VRRP runs, and one clear line says what does not", () =>
    withLan(1, async ([node]) => {
      assert.ok(node);
      const virtualServer = `virtual_server ${VIP} 80 {\n    lb_algo rr\n    lb_kind NAT\n    protocol TCP\n    real_server 198.51.100.11 80 {\n        TCP_CHECK {\n        }\n    }\n}\n`;
      const daemon = await startDirector(node, kind, director({ priority: 150 }) + virtualServer);
      await daemon.waitFor("MASTER");
      await eventually(true, () => node.holds(VIP), 3_000);
      await daemon.waitForLog(/initialize ipvs/);
      const said = daemon.logs().filter((line) => /can't initialize ipvs/i.test(line));
      assert.equal(said.length, 1, said.join("\n"));
      assert.equal(daemon.running, true);
      assert.equal(await daemon.stop(), 0);
    }));
}

import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, VIP, VRID } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { electedPair } from "./lib/elected-pair.ts";
import { eventually } from "./lib/eventually.ts";
import { advertBy } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import { refusal } from "./lib/log-lines.ts";
import { PAIRS } from "./lib/pairs.ts";

function pass(password: string): string[] {
  return ["authentication {", `    auth_type PASS`, `    auth_pass ${password}`, "}"];
}

for (const roles of PAIRS) {
  describe.concurrent(roles.name, () => {
    test("PASS: the same password elects one master, and the password is on the wire", () =>
      withLan(2, async ([high, low], observer) => {
        assert.ok(high && low);
        const capture = await Capture.start(observer);
        const backup = await startDirector(low, roles.backup, director({ priority: 100, more: pass("s3cret") }));
        await backup.waitFor("MASTER");
        const master = await startDirector(high, roles.master, director({ priority: 150, more: pass("s3cret") }));
        await master.waitFor("MASTER");
        await backup.waitFor("BACKUP");
        await eventually([true, false], async () => [await high.holds(VIP), await low.holds(VIP)], 2_000);
        for (const node of [high, low]) {
          const advert = await capture.waitFor(advertBy(VRID, node.address), 2_000);
          assert.deepEqual([advert.authType, advert.authData, advert.checksumGood], [1, Buffer.from("s3cret\0\0").toString("hex"), true]);
        }
      }));

    test("PASS: a password of more than eight characters counts by its first eight", () =>
      withLan(2, async ([high, low]) => {
        assert.ok(high && low);
        await electedPair(high, low, roles, {
          master: director({ priority: 150, more: pass("12345678-one") }),
          backup: director({ priority: 100, more: pass("12345678-two") }),
        });
        await eventually([true, false], async () => [await high.holds(VIP), await low.holds(VIP)], 1_000);
      }));

    for (const [name, theirs, logged] of [
      ["a wrong password", pass("wrong"), "received an invalid passwd{from}!"],
      ["no authentication where PASS is expected", [], "received a 0 auth{from}, expecting 1!"],
    ] as const) {
      test(`${name}: the two do not hear each other`, () =>
        withLan(2, async ([high, low], observer) => {
          assert.ok(high && low);
          const capture = await Capture.start(observer);
          const master = await startDirector(high, roles.master, director({ priority: 150, more: pass("s3cret") }));
          await master.waitFor("MASTER");
          const backup = await startDirector(low, roles.backup, director({ priority: 100, more: theirs }));
          await master.waitFor("MASTER");
          await backup.waitFor("MASTER");
          // Not periodic ones: with keepalived each packet that is received puts the receiver's own next advert off.
          await capture.waitFor(advertBy(VRID, high.address), 2_000);
          await capture.waitFor(advertBy(VRID, low.address), 2_000);
          await master.waitForLog(refusal(roles.master, logged, low.address), 2_000);
          assert.deepEqual([master.state(), backup.state()], ["MASTER", "MASTER"]);
        }));
    }
  });
}

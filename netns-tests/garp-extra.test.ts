import assert from "node:assert/strict";
import { test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, VIP, VRID } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { sleep } from "./lib/eventually.ts";
import { advertBy, gratuitousArpOf } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";

const PROXIED = "198.51.100.7";

test("garp_extra: a new master announces what it does not hold, too, from its own hardware address", () =>
  withLan(1, async ([node], observer) => {
    assert.ok(node);
    const capture = await Capture.start(observer);
    const mac = await node.mac();
    await startDirector(node, "regentd", director({ more: ["garp_master_repeat 2", "garp_master_delay 0", "garp_extra {", `    ${PROXIED}`, "}"] }));
    await capture.waitFor(advertBy(VRID, node.address), 30_000);
    await sleep(1_000);
    const told = capture.all(gratuitousArpOf).map(({ senderIp, senderMac }) => `${senderIp} ${senderMac}`);
    assert.deepEqual(told.sort(), [`${VIP} ${mac}`, `${VIP} ${mac}`, `${PROXIED} ${mac}`, `${PROXIED} ${mac}`].sort());
    assert.equal(await node.holds(PROXIED), false);
  }));

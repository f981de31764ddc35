import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, VRID } from "./lib/configs.ts";
import { type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually } from "./lib/eventually.ts";
import { advertBy } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";

// More addresses than an advert carries on a link with this MTU.

const MTU = 602;
const VIPS = Array.from({ length: 160 }, (_, i) => `198.18.0.${i + 1}`);

function master(kind: DirectorKind): Promise<{ said: string | undefined; totalLength: number; fragmented: boolean; advertised: readonly string[]; held: number }> {
  return withLan(1, async ([node], observer) => {
    assert.ok(node);
    await node.exec("ip", "link", "set", "eth0", "mtu", String(MTU));
    const capture = await Capture.start(observer);
    const it = await startDirector(node, kind, director({ priority: 255, vips: VIPS }));
    await it.waitFor("MASTER");
    const { totalLength, dontFragment, moreFragments, fragmentOffset, addresses } = await capture.waitFor(advertBy(VRID), 10_000);
    let held: readonly string[] = [];
    await eventually(true, async () => (held = (await node.addresses("eth0")).map((a) => a.local).filter((local) => VIPS.includes(local))).length === VIPS.length, 10_000);
    const seen = {
      said: it.logs().map((line) => line.slice(line.indexOf("(VI_1)"))).find((line) => line.includes("eVIPs")),
      totalLength,
      fragmented: moreFragments || fragmentOffset > 0 || dontFragment,
      advertised: addresses,
      held: held.length,
    };
    await it.stop();
    return seen;
  });
}

for (const subject of SUBJECTS) {
  describe(`${subject} beside keepalived`, () => {
    test("as many as fit are advertised, all are held", async () => {
      const [theirs, ours] = await beside(subject, master);
      assert.deepEqual(ours, theirs);
      // keepalived counts an Ethernet header, too: 14 octets fewer than the MTU.
      assert.deepEqual([ours.said, ours.totalLength, ours.advertised], ["(VI_1) Number of VIPs (160) exceeds maximum/space available in packet (max 138 addresses) - excess moved to eVIPs", MTU - 14, VIPS.slice(0, 138)]);
    });
  });
}

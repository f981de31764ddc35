import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, type InstanceOptions, VIP, VRID } from "./lib/configs.ts";
import { type DirectorKind, startDirector } from "./lib/director.ts";
import { type AdvertFrame, advertBy } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";

/** An advert without what differs between two hosts; `id` relative to the first advert's. */
type Compared = Omit<AdvertFrame, "at">;

/** The first three adverts of a master and the one with which it resigns, every field of them. */
async function adverts(kind: DirectorKind, options: InstanceOptions): Promise<Compared[]> {
  const seen: Compared[] = [];
  await withLan(1, async ([node], observer) => {
    assert.ok(node);
    const capture = await Capture.start(observer);
    const mac = await node.mac();
    const master = await startDirector(node, kind, director(options));
    const first = await capture.waitFor(advertBy(VRID), 30_000);
    const second = await capture.waitFor(advertBy(VRID), 4_000, first.at + 1);
    const third = await capture.waitFor(advertBy(VRID), 4_000, second.at + 1);
    await master.stop();
    await capture.waitFor(advertBy(VRID), 1_000, third.at + 1);
    for (const { at, ...advert } of capture.all(advertBy(VRID))) {
      assert.ok(at >= first.at);
      assert.ok(advert.headerChecksumGood && advert.checksumGood, `${kind}: a checksum is wrong`);
      seen.push({ ...advert, id: (advert.id - first.id) & 0xffff, sourceMac: advert.sourceMac === mac ? "its own" : advert.sourceMac });
    }
  });
  return seen;
}

const TEN = Array.from({ length: 10 }, (...[, i]) => `192.0.2.${120 - 2 * i}/24`);

const CASES: readonly { readonly name: string; readonly options: InstanceOptions }[] = [
  { name: "no authentication", options: {} },
  { name: "PASS", options: { more: ["authentication {", "    auth_type PASS", "    auth_pass s3cret", "}"] } },
  { name: "PASS with a password of eight characters", options: { more: ["authentication {", "    auth_type PASS", "    auth_pass 12345678", "}"] } },
  { name: "ten VIPs in an order of their own, excluded ones left out", options: { vips: TEN, more: ["virtual_ipaddress_excluded {", "    192.0.2.130/24", "}"] } },
  { name: "an odd VRID and priority, another interval", options: { priority: 37, more: ["advert_int 2"] } },
  { name: "the address owner", options: { priority: 255 } },
  { name: "state MASTER", options: { priority: 150, more: ["state MASTER"] } },
  { name: "a source address of its own", options: { more: ["mcast_src_ip 192.0.2.11"], vips: [VIP] } },
];

for (const subject of SUBJECTS) {
  describe.concurrent(`${subject} beside keepalived`, () => {
    for (const { name, options } of CASES) {
      test(`adverts, field by field: ${name}`, async () => {
        const [theirs, ours] = await beside(subject, (kind) => adverts(kind, options));
        assert.ok(theirs.length >= 4);
        assert.equal(theirs.at(-1)?.priority, 0);
        assert.deepEqual(ours, theirs);
      });
    }
  });
}

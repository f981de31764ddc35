// What is recognized must be judged as if it had not been.

import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { withIdentification } from "../../src/net/ipv4.ts";
import { advertPackets } from "../../src/vrrp/advert-packets.ts";
import { judge, recognize } from "../../src/vrrp/recent-adverts.ts";
import type { RecentAdvert } from "../../src/vrrp/recent-adverts.ts";
import { judgeAdvert } from "../../src/vrrp/receive.ts";
import { NEW_MEMORY } from "../../src/vrrp/verdict.ts";
import { instance } from "./support/config.ts";
import { CONTEXT } from "./support/packets.ts";

const RULES = instance();
const SOURCE = ipAddress("192.0.2.1");

function advert(rules = RULES, priority = 150, memory = NEW_MEMORY): Uint8Array {
  const { adverts } = advertPackets(rules, { priority, source: SOURCE, identification: 7, wallUs: CONTEXT.wallUs }, { receive: memory, stamp: undefined });
  return adverts[0]?.packet ?? new Uint8Array(0);
}

function seen(recent: Map<number, RecentAdvert>, packet: Uint8Array): RecentAdvert {
  const found = recognize(recent, { packet, source: SOURCE });
  assert.ok(found);
  return found;
}

describe("the last advert of a virtual router", () => {
  test("is known again under another identification, and its verdict is the same value", () => {
    const recent = new Map<number, RecentAdvert>();
    const first = seen(recent, advert());
    const verdict = judge(first, RULES, first.packet, CONTEXT);
    assert.equal(verdict.ok, true);
    const again = withIdentification(advert(), 8);
    assert.equal(seen(recent, again), first);
    assert.equal(judge(first, RULES, again, { ...CONTEXT }), verdict);
  });

  test("any other octet makes another advert, judged for itself", () => {
    const packet = advert();
    for (let at = 0; at < packet.length; at++) {
      if ([4, 5, 10, 11].includes(at)) continue;
      const recent = new Map<number, RecentAdvert>();
      const first = seen(recent, packet);
      judge(first, RULES, packet, CONTEXT);
      const changed = packet.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const other = recognize(recent, { packet: changed, source: SOURCE });
      assert.notEqual(other, first, `octet ${at}`);
      if (other !== undefined) assert.deepEqual(judge(other, RULES, changed, CONTEXT), judgeAdvert(RULES, changed, other.target, CONTEXT));
    }
  });

  test("with a configuration, a memory, a source of ours or a wish of another kind it is judged anew", () => {
    const recent = new Map<number, RecentAdvert>();
    const first = seen(recent, advert());
    assert.equal(judge(first, RULES, first.packet, CONTEXT).ok, true);
    assert.equal(judge(first, { ...RULES, version: 3 }, first.packet, CONTEXT).ok, false);
    assert.equal(judge(first, { ...RULES, priority: 255, ownerIgnoreAdverts: true }, first.packet, CONTEXT).ok, false);
    const verdicts = [{ ...CONTEXT }, { ...CONTEXT, memory: { ...NEW_MEMORY, oldChecksum: true } }, { ...CONTEXT, skipAddressList: true }].map((context) => judge(first, RULES, first.packet, context));
    assert.equal(new Set(verdicts).size, 3);
  });

  test("what is signed is judged each time: the same AH advert twice is a replay", () => {
    const rules = instance({ authentication: { type: "ah", password: new Uint8Array(8).fill(1) } });
    const recent = new Map<number, RecentAdvert>();
    const packet = advert(rules);
    const verdict = judge(seen(recent, packet), rules, packet, CONTEXT);
    assert.ok(verdict.ok);
    const again = judge(seen(recent, packet), rules, packet, { ...CONTEXT, memory: verdict.memory });
    assert.deepEqual([again.ok, again.ok || again.reason], [false, "ahSequence"]);
  });

  test("a packet without a header of VRRP is none", () => {
    for (const length of [0, 1, 19, 20, 27]) assert.equal(recognize(new Map(), { packet: advert().subarray(0, length), source: SOURCE }), undefined);
  });
});

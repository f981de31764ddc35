import assert from "node:assert/strict";
import { test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { VrrpInstance } from "../../src/conf/model.ts";
import { config, instance, unicastTo } from "./support/config.ts";
import { settledMaster } from "./support/elected.ts";
import type { Node, Segment } from "./support/node.ts";

const GROUP = ipAddress("224.0.0.18");
const sent = (node: Node): number | undefined => node.engine.status().instances[0]?.stats.advertSent;
const adverts = (node: Node): string[] => node.takeTrace().filter((entry) => entry.startsWith("advert"));

/** A MASTER whose next advert is due in a microsecond. */
function beforeAdvert(overrides: Partial<VrrpInstance> = {}): { readonly segment: Segment; readonly master: Node } {
  const { segment, master } = settledMaster(config([instance(overrides)]));
  segment.clock.advance(SECOND - (segment.clock.now() - (segment.lan.sent.at(-1)?.at ?? 0)) - 1);
  master.takeTrace();
  return { segment, master };
}

test("an advert that a firewall keeps back is tried five times in its interval, told once and never counted", () => {
  const { segment, master } = beforeAdvert();
  const before = sent(master);
  master.socket.filtered.add(GROUP);
  const { tries } = master.socket;
  segment.clock.advance(10 * SECOND);
  assert.deepEqual([master.socket.tries - tries, sent(master), adverts(master)], [50, before, []]);
  assert.deepEqual(master.takeLines(), ["(VI_1): send advert error (send to 224.0.0.18: EPERM; a packet filter of this host keeps it back)"]);
});

test("it leaves within a fifth of the interval after the rule is gone, and the next one keeps its time", () => {
  const { segment, master } = beforeAdvert();
  const last = segment.lan.sent.at(-1)?.at ?? 0;
  const before = sent(master) ?? 0;
  master.socket.filtered.add(GROUP);
  segment.clock.advance(450 * MILLISECOND);
  master.socket.filtered.clear();
  segment.clock.advance(2 * SECOND);
  const times = segment.lan.sent.filter(({ at }) => at > last).map(({ at }) => (at - last) / MILLISECOND);
  assert.deepEqual(times, [1_600, 2_000, 3_000]);
  assert.equal(sent(master), before + 3);
});

for (const code of ["ENOBUFS", "EAGAIN"]) {
  test(`${code} passes, too`, () => {
    const { segment, master } = beforeAdvert();
    master.socket.failure = new KernelError("send", code);
    const { tries } = master.socket;
    segment.clock.advance(SECOND);
    assert.equal(master.socket.tries - tries, 5);
  });
}

test("an interface that is down is left to its events: one try an interval", () => {
  const { segment, master } = beforeAdvert();
  master.socket.failure = new KernelError("send", "ENETDOWN");
  const { tries } = master.socket;
  segment.clock.advance(3 * SECOND);
  assert.equal(master.socket.tries - tries, 3);
});

test("of unicast peers only the one that was kept out is tried again, and the advert counts once", () => {
  const { segment, master } = beforeAdvert(unicastTo(["192.0.2.2", "192.0.2.3"]));
  const before = sent(master) ?? 0;
  const from = segment.lan.sent.length;
  const start = segment.clock.now();
  master.socket.filtered.add(ipAddress("192.0.2.3"));
  segment.clock.advance(300 * MILLISECOND);
  master.socket.filtered.clear();
  segment.clock.advance(500 * MILLISECOND);
  const left = segment.lan.sent.slice(from).map(({ at, destination }) => [Math.floor((at - start) / MILLISECOND), destination]);
  assert.deepEqual([left, sent(master)], [[[0, "192.0.2.2"], [400, "192.0.2.3"]], before + 1]);
});

test("the last words of a MASTER that resigns are tried again; its old adverts are not", () => {
  const { segment, master } = beforeAdvert();
  master.socket.filtered.add(GROUP);
  segment.clock.advance(SECOND);
  master.kernel.take({ interfaceIndex: 2, address: ipAddress("192.0.2.100"), prefixLength: 32, scope: 0 });
  segment.clock.advance(0);
  assert.equal(master.state(), "BACKUP");
  master.socket.filtered.clear();
  segment.clock.advance(SECOND / 2);
  assert.deepEqual(adverts(master), ["advert 0"]);
});

test("nor are they when it is MASTER no more because another one is", () => {
  const { segment, master } = beforeAdvert();
  master.socket.filtered.add(GROUP);
  segment.clock.advance(SECOND);
  segment.node().start(config([instance({ priority: 255, initialState: "MASTER" })]));
  segment.clock.advance(SECOND / 10);
  assert.equal(master.state(), "BACKUP");
  master.socket.filtered.clear();
  segment.clock.advance(3 * SECOND);
  assert.deepEqual(adverts(master), []);
});

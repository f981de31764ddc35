import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, type InstanceOptions, VIP, VRID } from "./lib/configs.ts";
import { type DirectorKind, startDirector } from "./lib/director.ts";
import { monotonicUs, sleep } from "./lib/eventually.ts";
import { FrameSender } from "./lib/frame-sender.ts";
import { advertBy, advertFrame, type ArpFrame, gratuitousArpOf } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";

/** A gratuitous ARP without what differs between two hosts: the MAC is named, the time in whole seconds. */
interface Announced extends Omit<ArpFrame, "at" | "sourceMac" | "senderMac"> {
  readonly second: number;
  readonly sourceMac: string;
  readonly senderMac: string;
}

/** `head` stands before everything else. */
type CaseOptions = InstanceOptions & { readonly head?: string };

/**
 * What a new master announces for `forMs`, relative to its first advert. `provoke` makes the observer send an advert
 * of lower priority that many milliseconds after the first one.
 */
function announcements(kind: DirectorKind, { head = "", ...options }: CaseOptions, forMs: number, provokeMs?: number): Promise<Announced[]> {
  return withLan(1, async ([node], observer) => {
    assert.ok(node);
    const capture = await Capture.start(observer);
    const mac = await node.mac();
    const sender = await FrameSender.start(observer);
    await startDirector(node, kind, head + director(options));
    const first = await capture.waitFor(advertBy(VRID, node.address), 30_000);
    if (provokeMs !== undefined) {
      await sleep(provokeMs - (monotonicUs() - first.at) / 1_000);
      sender.send(advertFrame({ source: "192.0.2.66", vrid: VRID, priority: 1, addresses: [VIP] }));
    }
    await sleep(forMs - (monotonicUs() - first.at) / 1_000);
    const named = (address: string): string => (address === mac ? "its own" : address);
    return capture.all(gratuitousArpOf).map(({ at, sourceMac, senderMac, ...rest }) => ({
      ...rest,
      // A busy machine makes it late, and hardly ever sooner.
      second: Math.floor((at - first.at) / 1_000_000 + 0.25),
      sourceMac: named(sourceMac),
      senderMac: named(senderMac),
    }));
  });
}

/** How often each address was announced when: "0 s 192.0.2.100 × 5". */
function schedule(announced: readonly Announced[]): string[] {
  const counts = new Map<string, number>();
  for (const { second, senderIp } of announced) {
    const key = `${second} s ${senderIp}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${key} × ${count}`).sort();
}

const EXCLUDED = ["virtual_ipaddress_excluded {", "    192.0.2.120/24", "}"];

const CASES: readonly { readonly name: string; readonly options: CaseOptions; readonly forMs: number; readonly provokeMs?: number; readonly want: readonly string[]; readonly older?: readonly string[] }[] = [
  {
    name: "the defaults: five at once, five more after five seconds",
    options: {},
    forMs: 6_200,
    want: ["0 s 192.0.2.100 × 5", "5 s 192.0.2.100 × 5"],
  },
  {
    name: "garp_master_repeat, garp_master_delay, several VIPs and an excluded one",
    options: { vips: [`${VIP}/24`, "192.0.2.101/24"], more: ["garp_master_repeat 2", "garp_master_delay 2", ...EXCLUDED] },
    forMs: 3_200,
    want: ["0 s 192.0.2.100 × 2", "0 s 192.0.2.101 × 2", "0 s 192.0.2.120 × 2", "2 s 192.0.2.100 × 2", "2 s 192.0.2.101 × 2", "2 s 192.0.2.120 × 2"],
  },
  {
    name: "garp_master_delay 0: no second set",
    options: { more: ["garp_master_repeat 3", "garp_master_delay 0"] },
    forMs: 6_200,
    want: ["0 s 192.0.2.100 × 3"],
  },
  {
    name: "garp_master_refresh: again and again, each set of garp_master_refresh_repeat",
    options: { more: ["garp_master_repeat 1", "garp_master_delay 1", "garp_master_refresh 3", "garp_master_refresh_repeat 2"] },
    forMs: 8_500,
    want: ["0 s 192.0.2.100 × 1", "1 s 192.0.2.100 × 1", "4 s 192.0.2.100 × 2", "7 s 192.0.2.100 × 2"],
    // 2.4 counts garp_master_refresh from the second set, Debian's 2.2.7 from the first.
    older: ["0 s 192.0.2.100 × 1", "1 s 192.0.2.100 × 1", "3 s 192.0.2.100 × 2", "6 s 192.0.2.100 × 2"],
  },
  {
    name: "garp_lower_prio_repeat and garp_lower_prio_delay: who heard a lower priority is told",
    options: { more: ["garp_master_repeat 1", "garp_master_delay 0", "garp_lower_prio_repeat 3", "garp_lower_prio_delay 2"] },
    forMs: 5_500,
    provokeMs: 2_000,
    want: ["0 s 192.0.2.100 × 1", "2 s 192.0.2.100 × 3", "4 s 192.0.2.100 × 3"],
  },
  {
    name: "garp_group: a second between any two",
    options: { head: "garp_group {\n    interface eth0\n    garp_interval 1\n}\n", vips: [`${VIP}/24`, "192.0.2.101/24", "192.0.2.102/24"], more: ["garp_master_repeat 1", "garp_master_delay 0"] },
    forMs: 4_500,
    want: ["0 s 192.0.2.100 × 1", "1 s 192.0.2.101 × 1", "2 s 192.0.2.102 × 1"],
  },
];

for (const subject of SUBJECTS) {
  describe.concurrent(`${subject} beside keepalived`, () => {
    for (const { name, options, forMs, provokeMs, want, older } of CASES) {
      test(name, async () => {
        const [theirs, ours] = await beside(subject, (kind) => announcements(kind, options, forMs, provokeMs));
        assert.deepEqual(schedule(theirs), older ?? want);
        assert.deepEqual(schedule(ours), subject === "keepalived" ? (older ?? want) : want);
        const fields = (announced: readonly Announced[]): unknown[] => announced.map((arp) => ({ ...arp, second: 0 }));
        assert.deepEqual(fields(ours), fields(theirs));
      });
    }
  });
}

import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { Capture } from "./lib/capture.ts";
import { director, VIP, VRID } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { always, eventually, monotonicUs } from "./lib/eventually.ts";
import { FrameSender } from "./lib/frame-sender.ts";
import { advertBy, advertFrame, type AdvertParts } from "./lib/frames.ts";
import { withLan } from "./lib/lan.ts";
import { refusal } from "./lib/log-lines.ts";
import { SUBJECTS } from "./lib/pairs.ts";
import { mulberry32 } from "./lib/random.ts";

const LIAR = "192.0.2.66";

/** An advert that deposes any master below it, unless something is wrong with it. */
function superior(parts: Partial<AdvertParts>): Buffer {
  return advertFrame({ source: LIAR, vrid: VRID, priority: 254, addresses: [VIP], ...parts });
}

const REFUSED: readonly { readonly name: string; readonly frame: Buffer; readonly logs?: string; /** Debian's keepalived says it thus, and again for each; 2.4 says it once of a kind. */ readonly older?: string }[] = [
  { name: "shorter than the header", frame: superior({ cutTo: 6 }), logs: "IPv4 VRRP packet too short - 26 bytes" },
  { name: "cut off within its address", frame: superior({ cutTo: 14 }), logs: "vrrp packet{from} too short, length 34 and expect 40" },
  { name: "a count of 200 addresses", frame: superior({ count: 200 }), older: "vrrp packet{from} too short, length 40 and expect 836" },
  { name: "octets after its end", frame: superior({ trailer: new Uint8Array(400).fill(0x41) }), older: "vrrp packet{from} too long, length 440 and expect 40" },
  { name: "a wrong checksum", frame: superior({ checksumError: 1 }), logs: "Invalid VRRPv2 checksum{from}" },
  { name: "TTL 254", frame: superior({ ttl: 254 }), logs: "invalid TTL/HL{from}. Received 254 and expect 255" },
  { name: "version 3", frame: superior({ version: 3, cutTo: 12 }), logs: "wrong VRRP version{from}. Received 3 and expect 2" },
  { name: "type 2", frame: superior({ type: 2 }), logs: "Invalid packet type{from}. 2 and expect 1" },
  { name: "a password that nobody asked for", frame: superior({ password: "guess" }), logs: "received a 1 auth{from}, expecting 0!" },
  { name: "another interval", frame: superior({ advertInterval: 2 }), logs: "advertisement interval mismatch{with} mine=1 sec rcv'd=2 sec" },
  { name: "no address", frame: superior({ addresses: [] }), logs: "expected 1 VIPs but received 0", older: "received an unexpected ip number count 0, expected 1!" },
  { name: "another VRID", frame: superior({ vrid: VRID + 1 }) },
];

for (const kind of SUBJECTS) {
  describe.concurrent(kind, () => {
    test("adverts with something wrong change nothing, and say what was wrong; a right one deposes the master", () =>
      withLan(1, async ([node], observer) => {
        assert.ok(node);
        const [capture, sender] = [await Capture.start(observer), await FrameSender.start(observer)];
        const master = await startDirector(node, kind, director({ priority: 100 }));
        await master.waitFor("MASTER");
        await eventually(true, () => node.holds(VIP), 1_000);

        for (const { name, frame, logs, older } of REFUSED) {
          const since = monotonicUs();
          sender.send(frame);
          const line = kind === "keepalived" ? (older ?? logs) : logs;
          if (line !== undefined) await master.waitForLog(refusal(kind, line, LIAR), 5_000);
          await capture.waitFor(advertBy(VRID, node.address), 3_000, since);
          assert.deepEqual([master.states(), await node.holds(VIP)], [["BACKUP", "MASTER"], true], name);
        }

        sender.send(superior({}));
        await master.waitFor("BACKUP", 2_000);
        await eventually(false, () => node.holds(VIP), 1_000);
      }));

    test("a flood of malformed adverts keeps no master from its own adverts for long, and ends nothing", () =>
      withLan(1, async ([node], observer) => {
        assert.ok(node);
        const [capture, sender] = [await Capture.start(observer), await FrameSender.start(observer)];
        const master = await startDirector(node, kind, director({ priority: 100 }));
        await master.waitFor("MASTER");
        const random = mulberry32(20_261_121);
        for (let i = 0; i < 2_000; i++) sender.send(garbage(random));
        await always([true, "MASTER"], async () => [await node.holds(VIP), master.state()], 1_000);
        await capture.waitFor(advertBy(VRID, node.address), 3_000, monotonicUs());
        assert.equal(master.running, true);
      }));

    test("a backup is not deposed into silence: wrong adverts do not keep a dead master alive", () =>
      withLan(1, async ([node], observer) => {
        assert.ok(node);
        const sender = await FrameSender.start(observer);
        const backup = await startDirector(node, kind, director({ priority: 100 }));
        await backup.waitFor("BACKUP");
        const wrong = setInterval(() => sender.send(superior({ checksumError: 7 })), 500);
        try {
          await backup.waitFor("MASTER", 6_000);
        } finally {
          clearInterval(wrong);
        }
        const right = setInterval(() => sender.send(superior({})), 500);
        try {
          await backup.waitFor("BACKUP", 3_000);
          await always("BACKUP", () => backup.state(), 5_000);
        } finally {
          clearInterval(right);
        }
      }));
  });
}

/** An advert of our VRID with a wrong checksum and up to eight octets of it changed; never acceptable. */
function garbage(random: () => number): Buffer {
  const bytes = superior({ checksumError: 1 + Math.floor(random() * 0xfff0), cutTo: 8 + Math.floor(random() * 13) });
  const vrrp = bytes.subarray(34);
  // Neither version, type, VRID nor checksum: what is left to be refused is what the sender got wrong.
  for (let i = 0; i < 4; i++) vrrp[8 + Math.floor(random() * Math.max(0, vrrp.length - 8))] = Math.floor(random() * 256);
  return bytes;
}

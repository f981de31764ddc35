import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "vitest";
import { type BfdFrame, bfdOf } from "./lib/bfd-frames.ts";
import { Capture } from "./lib/capture.ts";
import { GLOBAL, instance, VIP } from "./lib/configs.ts";
import { type Director, runtimeDir, startDirector } from "./lib/director.ts";
import { eventually, monotonicUs, sleep } from "./lib/eventually.ts";
import { expanded, type Frame } from "./lib/frames.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { signal } from "./lib/run.ts";
import { keptWaitingUs } from "./lib/witness.ts";

// The BFD speaker beside Debian's BIRD 2 and Debian's keepalived. What is on the wire is read on the peer's interface.
process.env["REGENT_TEST_HOOKS"] = "1";

const REGENT6 = "2001:db8:bfd::11";
const PEER6 = "2001:db8:bfd::12";
const UP_MS = 15_000;
/** A machine whose two cores are busy, on top of what the protocol takes. */
const SLACK_US = 400_000;
/** Of both sides: a Detection Time of a second, so that a machine that stands still for a third of one ends no session. */
const MULTIPLIER = 10;

interface Session {
  readonly neighbor: string;
  readonly source: string;
  readonly lines?: readonly string[];
  readonly weight?: string;
}

/** A session, and an instance that lives by it. */
function config({ neighbor, source, lines = [], weight = "" }: Session): string {
  return `${GLOBAL}bfd_instance B1 {
    neighbor_ip ${neighbor}
    source_ip ${source}
    min_rx 100
    min_tx 80
    multiplier ${MULTIPLIER}
    ${lines.join("\n    ")}
}
${instance({ more: ["track_bfd {", `    B1 ${weight}`, "}"] })}`;
}

let started = 0;

function director(node: Node, kind: "regentd" | "keepalived", session: Session): Promise<Director> {
  return startDirector(node, kind, config(session), { args: ["-b", join(node.dir, `bfd-${++started}.pid`)] });
}

interface Bird {
  /** What `show bfd sessions` says of the only session. */
  session(): Promise<{ readonly state: string; readonly since: string; readonly interval: number; readonly timeout: number }>;
  kill(): Promise<void>;
}

/** BIRD with BFD alone, in the foreground: min rx 60 ms, min tx 120 ms. */
async function bird(node: Node, neighbor: string): Promise<Bird> {
  const text = `router id 192.0.2.99;
protocol device { }
protocol bfd {
  interface "eth0" { min rx interval 60 ms; min tx interval 120 ms; idle tx interval 1 s; multiplier ${MULTIPLIER}; };
  multihop { min rx interval 60 ms; min tx interval 120 ms; idle tx interval 1 s; multiplier ${MULTIPLIER}; };
  neighbor ${neighbor};
}
`;
  const [file, control] = [await node.write("bird.conf", text), join(node.dir, "bird.ctl")];
  const child = node.spawn(["bird", "-f", "-c", file, "-s", control, "-P", join(node.dir, "bird.pid")], "pipe");
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, "exit");
  return {
    session: async () => {
      if (child.exitCode !== null) throw new Error(`BIRD ended: ${said}`);
      const [row = ""] = (await node.exec("birdc", "-s", control, "show", "bfd", "sessions").catch(() => "")).split("\n").filter((line) => / (?:Up|Down|Init|AdminDown) /.test(line));
      const [, , state = "none", since = "", interval, timeout] = row.trim().split(/\s+/);
      return { state, since, interval: Number(interval), timeout: Number(timeout) };
    },
    kill: async () => {
      signal(child.pid ?? 0, "SIGKILL");
      await ended;
    },
  };
}

const isUp = (one: Bird) => async () => (await one.session()).state;
const capture = (node: Node) => Capture.start(node, { filter: "udp port 3784 or udp port 4784" });
const by = (source: string) => (frame: Frame): BfdFrame | undefined => {
  const one = bfdOf(frame);
  return one?.source === source ? one : undefined;
};

const which = (source: string, wanted: (one: BfdFrame) => boolean) => (frame: Frame): BfdFrame | undefined => {
  const one = by(source)(frame);
  return one !== undefined && wanted(one) ? one : undefined;
};
const downBy = (source: string) => which(source, ({ state }) => state === "Down");

/** The distances between packets other than answers to a poll, in microseconds. */
function gaps(frames: readonly BfdFrame[]): number[] {
  const times = frames.filter(({ flags }) => !flags.includes("F")).map(({ at }) => at);
  return times.slice(1).map((at, i) => at - (times[i] ?? 0));
}

const PACE_GAPS = 50;

/**
 * Our interval is `intervalUs` and nothing else: the packets leave between 75 and 100 % of it after the one before.
 * A machine without a processor for us only makes gaps longer, so it is the short ones that tell: of fifty, in which nobody
 * was kept waiting, the fifth shortest, which chance puts between 75 and 88 % of the interval (the odds against it are 4e-11).
 */
async function hasPace(watching: Capture, source: string, intervalUs: number): Promise<void> {
  const since = monotonicUs();
  const free: number[] = [];
  for (let next = 1, tries = 0; free.length < PACE_GAPS && tries < 8; tries++) {
    await sleep((PACE_GAPS * intervalUs) / 1_000);
    const sent = watching.all(by(source), since).filter(({ flags }) => !flags.includes("F"));
    for (; next < sent.length; next++) {
      const [from = 0, to = 0] = [sent[next - 1]?.at, sent[next]?.at];
      if ((await keptWaitingUs(from, to)) < 2_000) free.push(to - from);
    }
  }
  assert.ok(free.length >= PACE_GAPS, `only ${free.length} packets on a machine that had time for them`);
  const shorter = free.slice(0, PACE_GAPS).sort((a, b) => a - b)[PACE_GAPS / 10 - 1] ?? 0;
  assert.ok(shorter >= 0.75 * intervalUs && shorter < 0.88 * intervalUs, `a packet every ${shorter} us, where ${intervalUs} us are agreed`);
}

async function ipv6(...nodes: readonly Node[]): Promise<void> {
  for (const [i, node] of nodes.entries()) await node.exec("ip", "addr", "add", `${[REGENT6, PEER6][i]}/64`, "dev", "eth0", "nodad");
}

describe("beside BIRD", () => {
  const rows: { name: string; v6?: boolean; lines: string[]; neighbor: (address: string, own: string) => string; port: number; hops: number }[] = [
    { name: "IPv4, one hop", lines: [], neighbor: (address) => `${address} dev "eth0"`, port: 3784, hops: 255 },
    { name: "IPv6, one hop", v6: true, lines: ["hoplimit 255"], neighbor: (address) => `${address} dev "eth0"`, port: 3784, hops: 255 },
    { name: "IPv4, multihop", lines: ["multihop", "max_hops 255"], neighbor: (address, own) => `${address} local ${own} multihop`, port: 4784, hops: 255 },
    { name: "IPv4, passive", lines: ["passive"], neighbor: (address) => `${address} dev "eth0"`, port: 3784, hops: 255 },
  ];
  for (const { name, v6 = false, lines, neighbor, port, hops } of rows) {
    test(`${name}: up, agreed intervals, and down within the Detection Time of BIRD's last packet`, () =>
      withLan(2, async ([ours, theirs]) => {
        assert.ok(ours && theirs);
        if (v6) await ipv6(ours, theirs);
        const [own, peer] = v6 ? [REGENT6, PEER6] : [ours.address, theirs.address];
        const [ownOnWire, peerOnWire] = [expanded(own), expanded(peer)];
        const watching = await capture(theirs);
        const regent = await director(ours, "regentd", { neighbor: peer, source: own, lines });
        await regent.waitForLog(/Startup complete/);
        assert.equal(regent.state(), "FAULT");
        const other = await bird(theirs, neighbor(own, peer));
        await eventually("Up", isUp(other), UP_MS);
        await regent.waitFor("MASTER");
        await eventually(true, () => ours.holds(VIP), 2_000);

        // BIRD shows its own transmit interval, max(120, our 100), and how long it waits for us: 10 x max(60, our 80) ms.
        await eventually("0.12 0.8", async () => other.session().then(({ interval, timeout }) => `${interval} ${timeout}`), 5_000); // once the poll is answered

        const since = monotonicUs();
        const { since: upSince } = await other.session();
        await hasPace(watching, ownOnWire, 80_000);
        const steady = watching.all(by(ownOnWire), since);
        const [one] = steady;
        const [theirsSaid] = watching.all(by(peerOnWire), since);
        assert.ok(one && theirsSaid);
        assert.ok(one.sourcePort >= 49_152);
        assert.deepEqual(
          { ...one, at: 0 },
          {
            at: 0,
            family: v6 ? 6 : 4,
            source: ownOnWire,
            destination: peerOnWire,
            hops,
            tos: 0xc0,
            sourcePort: one.sourcePort,
            port,
            udpLength: 32,
            version: 1,
            diagnostic: 0,
            state: "Up",
            flags: "",
            multiplier: MULTIPLIER,
            length: 24,
            my: theirsSaid.your,
            your: theirsSaid.my,
            minTx: 80_000,
            minRx: 100_000,
            minEchoRx: 0,
          } satisfies BfdFrame,
        );
        assert.deepEqual([...new Set(watching.all(by(ownOnWire)).map(({ sourcePort, my }) => `${sourcePort} ${my}`))].length, 1, "one port and one discriminator for the session");
        // BIRD had a packet in time, always, unless nobody was served for most of its patience of 0.8 s.
        const until = monotonicUs();
        const flapped = (await other.session()).since !== upSince;
        assert.ok(!flapped || (await keptWaitingUs(since, until)) > 500_000, "BIRD's session did not stay up");

        await other.kill();
        await regent.waitForLog(/\(B1\) Entering Down state \(Local diagnostic - Control Detection Time Expired, Remote diagnostic - No Diagnostic\)/);
        await regent.waitFor("FAULT");
        await eventually(false, () => ours.holds(VIP), 2_000);
        // The last that BIRD sent has been captured by now.
        const last = watching.all(by(peerOnWire)).at(-1)?.at ?? 0;
        if (lines.includes("passive")) {
          await sleep(1_500); // beyond the slow rate
          assert.deepEqual(watching.all(downBy(ownOnWire), last), [], "passive: nothing is sent to a neighbour that is gone");
        } else {
          const down = await watching.waitFor(downBy(ownOnWire), 2_000, last);
          const took = down.at - last;
          assert.ok(took >= 1_200_000 - 5_000 && took < 1_200_000 + SLACK_US, `down ${took} us after BIRD's last packet; 10 x 120 ms are the Detection Time`);
          assert.deepEqual([down.diagnostic, down.your, down.minTx], [1, 0, 1_000_000]);
        }
        await watching.stop();
        assert.equal(await regent.stop(), 0);
      }));
  }

  test("a reload that changes intervals polls for them; the session does not flap, on either side", () =>
    withLan(2, async ([ours, theirs]) => {
      assert.ok(ours && theirs);
      const watching = await capture(theirs);
      const session = { neighbor: theirs.address, source: ours.address };
      const regent = await director(ours, "regentd", session);
      const other = await bird(theirs, `${ours.address} dev "eth0"`);
      await eventually("Up", isUp(other), UP_MS);
      await regent.waitFor("MASTER");
      const before = await other.session();
      const since = monotonicUs();
      await regent.reload(config({ ...session, lines: ["min_rx 200", "min_tx 300"] }));
      await regent.waitForLog(/Reload complete/);
      await eventually(3, async () => (await other.session()).timeout, 5_000); // 10 x 300 ms
      const after = await other.session();
      assert.deepEqual([after.state, after.since, after.interval], ["Up", before.since, 0.2]);
      const polled = watching.all(bfdOf, since).filter(({ flags }) => flags !== "").map(({ source, flags }) => `${source === ours.address ? "we" : "bird"} ${flags}`);
      assert.deepEqual([polled[0], polled.includes("bird F")], ["we P", true]);
      await sleep(2_000);
      const answered = watching.all(bfdOf, since).find(({ source, flags }) => source === theirs.address && flags === "F")?.at ?? 0;
      const slow = gaps(watching.all(by(ours.address), answered + 350_000));
      assert.ok(slow.length > 3 && slow.every((gap) => gap > 180_000), `300 ms after the answer: ${slow.join(", ")}`);
      assert.deepEqual(regent.states().slice(-2), ["BACKUP", "MASTER"]);
      await watching.stop();
      assert.equal(await regent.stop(), 0);
    }));

  test("it ends with VRRP, not after the shutdown script", () =>
    withLan(2, async ([ours, theirs]) => {
      assert.ok(ours && theirs);
      const watching = await capture(theirs);
      const script = await ours.write("shutdown.sh", "#!/bin/sh\nsleep 5\n", 0o755);
      const text = config({ neighbor: theirs.address, source: ours.address, weight: "weight 10" }).replace("global_defs {", `global_defs {\n shutdown_script ${script}`);
      const regent = await startDirector(ours, "regentd", text, { args: ["-b", join(ours.dir, "bfd.pid")] });
      await regent.waitFor("MASTER");
      await watching.waitFor(by(ours.address), 5_000);
      const stopped = regent.stop();
      await regent.waitForLog(/Running shutdown script/);
      await sleep(500);
      const since = monotonicUs();
      await sleep(3_000); // without a neighbour a packet leaves every second
      assert.deepEqual(watching.all(by(ours.address), since), []);
      assert.equal(await stopped, 0);
      await watching.stop();
    }));

  test("the BFD thread dies: VRRP goes on, the session comes up again, and the instance never fails", () =>
    withLan(2, async ([ours, theirs]) => {
      assert.ok(ours && theirs);
      const regent = await director(ours, "regentd", { neighbor: theirs.address, source: ours.address });
      const other = await bird(theirs, `${ours.address} dev "eth0"`);
      await eventually("Up", isUp(other), UP_MS);
      await regent.waitFor("MASTER");
      const states = regent.states();
      const { since } = await other.session();
      await writeFile(join(runtimeDir(ours), "hook-bfd-throw"), "");
      await regent.waitForLog(/bfd thread died/);
      await eventually(true, async () => {
        const now = await other.session();
        return now.state === "Up" && now.since !== since;
      }, UP_MS);
      await sleep(6_000); // beyond the time that a session is given to come up again
      assert.deepEqual(regent.states(), states);
      assert.equal(await ours.holds(VIP), true);
      assert.equal(await regent.stop(), 0);
    }));
});

describe("beside keepalived's BFD process", () => {
  test("up from both sides, keepalived killed and back, our own death noticed, an orderly stop silent", () =>
    withLan(2, async ([ours, theirs]) => {
      assert.ok(ours && theirs);
      const watching = await capture(theirs);
      const toKeepalived = { neighbor: theirs.address, source: ours.address };
      // In one group of VRRP: a weight, because each would otherwise need the other to be there at all.
      const toRegent = { neighbor: ours.address, source: theirs.address, lines: ["min_rx 150", "min_tx 50"], weight: "weight 10" };
      const regent = await director(ours, "regentd", { ...toKeepalived, weight: "weight 20" });
      await regent.waitFor("MASTER");
      let keepalived = await director(theirs, "keepalived", toRegent);
      await keepalived.waitForLog(/\(B1\) Entering Up state/);
      await regent.waitForLog(/\(B1\) Entering Up state/);
      await regent.waitForLog(/VRRP_Instance\(VI_1\) Tracked BFD instance B1 is UP/);
      await regent.waitForLog(/\(VI_1\) Changing effective priority from 100 to 120/);
      await hasPace(watching, ours.address, 150_000); // keepalived's min_rx

      keepalived.crash();
      await keepalived.ended();
      await regent.waitForLog(/\(B1\) Expired after 1000 ms/);
      const last = watching.all(by(theirs.address)).at(-1)?.at ?? 0;
      const down = await watching.waitFor(downBy(ours.address), 2_000, last);
      const took = down.at - last; // 10 times max(our min_rx 100, its 50) ms
      assert.ok(took >= 1_000_000 - 5_000 && took < 1_000_000 + SLACK_US, `down ${took} us after keepalived's last packet`);
      await regent.waitForLog(/VRRP_Instance\(VI_1\) Tracked BFD instance B1 is DOWN/);

      const restarted = monotonicUs();
      keepalived = await director(theirs, "keepalived", toRegent);
      await keepalived.waitForLog(/\(B1\) Entering Up state/);
      await eventually(2, () => regent.logs().filter((line) => /\(B1\) Entering Up state/.test(line)).length, UP_MS);
      // Until the polls are answered its Detection Time is that of the slow rate.
      for (const source of [ours.address, theirs.address]) await watching.waitFor(which(source, ({ flags }) => flags.includes("F")), UP_MS, restarted);
      await watching.waitFor(which(ours.address, ({ state, flags }) => state === "Up" && flags === ""), UP_MS, monotonicUs());
      const before = monotonicUs();
      assert.equal(await regent.stop(), 0);
      const [, afterMs, overdueUs] = /after (\d+) ms \((\d+) usec overdue/.exec(await keepalived.waitForLog(/\(B1\) Expired after/, 3_000)) ?? [];
      assert.equal(Math.ceil(Number(afterMs) - Number(overdueUs) / 1_000), 1_500); // 10 x 150 ms
      assert.deepEqual(watching.all(by(ours.address), before).filter(({ state }) => state !== "Up"), [], "no AdminDown, as keepalived says none");
      await watching.stop();
      assert.equal(await keepalived.stop(), 0);
    }));

  test("the same packets are refused in the same words", () =>
    withLan(2, async ([ours, theirs]) => {
      assert.ok(ours && theirs);
      const said: string[][] = [];
      for (const kind of ["keepalived", "regentd"] as const) {
        const one = await director(ours, kind, { neighbor: theirs.address, source: ours.address });
        await one.waitForLog(/Received BFD event: instance B1 is in state Down/);
        await theirs.exec("python3", await theirs.write("refused.py", REFUSED_PY), ours.address);
        await one.waitForLog(/your discriminator field is 0x00000099/);
        // The date and, beside --log-console, no ident; 2.2.7 has two blanks in two of the lines.
        const refused = () => one.logs().flatMap((line) => line.match(/(?:Packet|Discarding) .*/)?.[0].replaceAll(/ +/g, " ") ?? []);
        await eventually(19, () => refused().length, 5_000);
        said.push(refused());
        assert.equal(one.state(), "FAULT");
        assert.equal(await one.stop(), 0);
      }
      assert.deepEqual(said[1], said[0]);
      assert.equal(said[0]?.length, 19);
    }));
});

/** One packet for each reason to refuse it, the TTL and the unknown session last. */
const REFUSED_PY = `
import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 50000))
def send(version=1, state=1, flags=0, mult=3, length=24, my=7, your=0, more=b"", ttl=255, cut=None):
    s.setsockopt(0, socket.IP_TTL, ttl)
    packet = struct.pack("!BBBBIIIII", version << 5, state << 6 | flags, mult, length, my, your, 1000000, 1000000, 0) + more
    s.sendto(packet[:cut], (sys.argv[1], 3784))
    time.sleep(0.02)
send(version=0)
send(length=23)
send(mult=0)
send(flags=0x01)
send(my=0)
send(state=2)
send(flags=0x04, length=28, more=bytes([1, 4, 0, 0]))
send(flags=0x30)
send(cut=3)
send(ttl=254)
send(your=0x99)
`;

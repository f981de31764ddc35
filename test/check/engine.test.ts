import { describe, expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { CheckConfig, SorryServer, VirtualServer } from "../../src/conf/model.ts";
import { checkConfig, misc, realServer, virtualServer } from "./support/build.ts";
import { CheckNode } from "./support/node.ts";

const FAIL = { type: "exited", code: 1 } as const;
const GOOD = { type: "exited", code: 0 } as const;
const SORRY: SorryServer = {
  address: ipAddress("192.0.2.9"),
  port: 80,
  forwarding: "NAT",
  inhibit: false,
  label: "[192.0.2.9]:tcp:80",
};
const VS = "[198.51.100.1]:tcp:80";

function one(over: Partial<VirtualServer>): CheckConfig {
  return checkConfig([virtualServer(1, over)]);
}

/** A step of a story: what changes, and exactly what the kernel and the outside are told within three seconds. */
interface StoryStep {
  readonly name: string;
  readonly exits?: Readonly<Record<string, number>>;
  readonly reload?: CheckConfig;
  readonly ops: readonly string[];
  readonly told: readonly string[];
}

async function tell(config: CheckConfig, story: readonly StoryStep[]): Promise<void> {
  const node = new CheckNode();
  let started = false;
  for (const { name, exits, reload, ops, told } of story) {
    for (const [program, code] of Object.entries(exits ?? {})) node.runner.exits.set(program, { type: "exited", code });
    if (!started) node.engine.start(config, []);
    if (reload !== undefined) node.engine.reload(reload);
    started = true;
    await node.clock.advance(3 * SECOND);
    expect({ name, ...node.take() }).toEqual({ name, ops, told });
  }
}

describe("stories", () => {
  test("two servers and a sorry server: additions always come first", () =>
    tell(one({ realServers: [realServer(1), realServer(2)], sorryServer: SORRY }), [
      {
        name: "start: both are in before any check",
        ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.1 w1", "add 192.0.2.2 w1"],
        told: [`${VS} UP: Starting with quorum up 1+0=1 <= 2`],
      },
      { name: "nothing happens", ops: [], told: [] },
      {
        name: "one fails",
        exits: { rs1: 1 },
        ops: ["delete 192.0.2.1"],
        told: ["[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service"],
      },
      {
        name: "all fail",
        exits: { rs2: 1 },
        ops: ["add 192.0.2.9 w1", "delete 192.0.2.2"],
        told: ["[192.0.2.2]:tcp:80 DOWN: MISC CHECK failed on service", `${VS} DOWN: Lost quorum 1+0=1 <= 0`],
      },
      {
        name: "one recovers",
        exits: { rs2: 0 },
        ops: ["add 192.0.2.2 w1", "delete 192.0.2.9"],
        told: ["[192.0.2.2]:tcp:80 UP: MISC CHECK succeeded on service", `${VS} UP: Gained quorum 1+0=1 <= 1`],
      },
      {
        name: "reload without a change",
        reload: one({ realServers: [realServer(1), realServer(2)], sorryServer: SORRY }),
        ops: [],
        told: [],
      },
      {
        name: "reload with a new weight",
        reload: one({ realServers: [realServer(1), realServer(2, { weight: 3 })], sorryServer: SORRY }),
        ops: ["set 192.0.2.2 w3"],
        told: [],
      },
      {
        name: "reload removes the healthy one",
        reload: one({ realServers: [realServer(1)], sorryServer: SORRY }),
        ops: ["add 192.0.2.9 w1", "delete 192.0.2.2"],
        told: ["[192.0.2.2]:tcp:80 DOWN: Removing", `${VS} DOWN: Lost quorum 1+0=1 <= 0`],
      },
      {
        name: "reload replaces the virtual server: the new one first",
        reload: checkConfig([virtualServer(2, { realServers: [realServer(3)] })]),
        ops: [
          ...["add service tcp 198.51.100.2 80", "add 192.0.2.3 w1"],
          ...["delete 192.0.2.9", "delete service tcp 198.51.100.1 80"],
        ],
        told: ["[198.51.100.2]:tcp:80 UP: Starting with quorum up 1+0=1 <= 1"],
      },
    ]));

  test("quorum 2 with hysteresis 1: lost at weight 0, gained at 3", () =>
    tell(
      one({ quorum: 2, hysteresis: 1, sorryServer: SORRY, realServers: [realServer(1, { weight: 2 }), realServer(2), realServer(3)] }),
      [
        {
          name: "start",
          ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.1 w2", "add 192.0.2.2 w1", "add 192.0.2.3 w1"],
          told: [`${VS} UP: Starting with quorum up 2+1=3 <= 4`],
        },
        {
          name: "weight 1 is within the hysteresis",
          exits: { rs1: 1, rs2: 1 },
          ops: ["delete 192.0.2.1", "delete 192.0.2.2"],
          told: ["[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service", "[192.0.2.2]:tcp:80 DOWN: MISC CHECK failed on service"],
        },
        {
          name: "none is left",
          exits: { rs3: 1 },
          ops: ["add 192.0.2.9 w1", "delete 192.0.2.3"],
          told: ["[192.0.2.3]:tcp:80 DOWN: MISC CHECK failed on service", `${VS} DOWN: Lost quorum 2+1=1 <= 0`],
        },
        {
          name: "weight 2 is not enough to gain it",
          exits: { rs2: 0, rs3: 0 },
          ops: [],
          told: ["[192.0.2.2]:tcp:80 UP: MISC CHECK succeeded on service", "[192.0.2.3]:tcp:80 UP: MISC CHECK succeeded on service"],
        },
        {
          name: "weight 4 is",
          exits: { rs1: 0 },
          ops: ["add 192.0.2.1 w2", "add 192.0.2.2 w1", "add 192.0.2.3 w1", "delete 192.0.2.9"],
          told: ["[192.0.2.1]:tcp:80 UP: MISC CHECK succeeded on service", `${VS} UP: Gained quorum 2+1=3 <= 4`],
        },
      ],
    ));

  test("inhibit_on_failure and sorry_server_inhibit keep the server with weight 0", () =>
    tell(one({ realServers: [realServer(1, { inhibitOnFailure: true })], sorryServer: { ...SORRY, inhibit: true } }), [
      {
        name: "start",
        ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.9 w0", "add 192.0.2.1 w1"],
        told: [`${VS} UP: Starting with quorum up 1+0=1 <= 1`],
      },
      {
        name: "fails: the sorry server is raised before the other is lowered",
        exits: { rs1: 1 },
        ops: ["set 192.0.2.9 w1", "set 192.0.2.1 w0"],
        told: ["[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service", `${VS} DOWN: Lost quorum 1+0=1 <= 0`],
      },
      {
        name: "recovers",
        exits: { rs1: 0 },
        ops: ["set 192.0.2.1 w1", "set 192.0.2.9 w0"],
        told: ["[192.0.2.1]:tcp:80 UP: MISC CHECK succeeded on service", `${VS} UP: Gained quorum 1+0=1 <= 1`],
      },
    ]));

  test("without a sorry server the last ones leave all the same, and nothing takes their place", () =>
    tell(one({ realServers: [realServer(1)] }), [
      { name: "start", ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.1 w1"], told: [`${VS} UP: Starting with quorum up 1+0=1 <= 1`] },
      {
        name: "fails",
        exits: { rs1: 1 },
        ops: ["delete 192.0.2.1"],
        told: ["[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service", `${VS} DOWN: Lost quorum 1+0=1 <= 0`],
      },
    ]));

  test("below the quorum without a sorry server, live servers stay in the pool", () =>
    tell(one({ quorum: 2, realServers: [realServer(1), realServer(2)] }), [
      {
        name: "start",
        ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.1 w1", "add 192.0.2.2 w1"],
        told: [`${VS} UP: Starting with quorum up 2+0=2 <= 2`],
      },
      {
        name: "one fails",
        exits: { rs1: 1 },
        ops: ["delete 192.0.2.1"],
        told: ["[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service", `${VS} DOWN: Lost quorum 2+0=2 <= 1`],
      },
    ]));

  test("alpha: absent until it passed; its first failure is told once", () =>
    tell(one({ sorryServer: SORRY, realServers: [realServer(1, { checkers: [misc("rs1", { alpha: true })] })] }), [
      {
        name: "start, failing",
        exits: { rs1: 1 },
        ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.9 w1"],
        told: [`${VS} DOWN: Starting with quorum down 1+0=1 <= 0`, "[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service"],
      },
      { name: "still failing", ops: [], told: [] },
      {
        name: "passes",
        exits: { rs1: 0 },
        ops: ["add 192.0.2.1 w1", "delete 192.0.2.9"],
        told: ["[192.0.2.1]:tcp:80 UP: MISC CHECK succeeded on service", `${VS} UP: Gained quorum 1+0=1 <= 1`],
      },
    ]));

  test("misc_dynamic: 2-255 set the weight, 0 restores it, 1 fails; weight 0 loses the quorum", () =>
    tell(one({ realServers: [realServer(1, { weight: 5, checkers: [misc("rs1", { dynamic: true, retry: 1 })] })] }), [
      { name: "start", ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.1 w5"], told: [`${VS} UP: Starting with quorum up 1+0=1 <= 5`] },
      { name: "12 is weight 10", exits: { rs1: 12 }, ops: ["set 192.0.2.1 w10"], told: [] },
      { name: "255 is weight 253", exits: { rs1: 255 }, ops: ["set 192.0.2.1 w253"], told: [] },
      { name: "2 is weight 0", exits: { rs1: 2 }, ops: ["set 192.0.2.1 w0"], told: [`${VS} DOWN: Lost quorum 1+0=1 <= 0`] },
      { name: "0 is the configured one", exits: { rs1: 0 }, ops: ["set 192.0.2.1 w5"], told: [`${VS} UP: Gained quorum 1+0=1 <= 5`] },
    ]));

  test("two checkers: down when one fails, told once; up when both pass", () =>
    tell(one({ realServers: [realServer(1, { checkers: [misc("a"), misc("b")] }), realServer(2)] }), [
      {
        name: "start",
        ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.1 w1", "add 192.0.2.2 w1"],
        told: [`${VS} UP: Starting with quorum up 1+0=1 <= 2`],
      },
      { name: "a fails", exits: { a: 1 }, ops: ["delete 192.0.2.1"], told: ["[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service"] },
      { name: "b fails too", exits: { b: 1 }, ops: [], told: [] },
      { name: "a passes", exits: { a: 0 }, ops: [], told: [] },
      { name: "b passes", exits: { b: 0 }, ops: ["add 192.0.2.1 w1"], told: ["[192.0.2.1]:tcp:80 UP: MISC CHECK succeeded on service"] },
    ]));

  test("a changed definition keeps the last verdict until its own first result", () =>
    tell(one({ realServers: [realServer(1), realServer(2)] }), [
      {
        name: "start, one down",
        exits: { rs1: 1 },
        ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.1 w1", "add 192.0.2.2 w1", "delete 192.0.2.1"],
        told: [`${VS} UP: Starting with quorum up 1+0=1 <= 2`, "[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service"],
      },
      {
        name: "another definition: still down, and still failing",
        reload: one({ realServers: [realServer(1, { checkers: [misc("rs1", { retry: 3 })] }), realServer(2)] }),
        ops: [],
        told: [],
      },
      { name: "passes", exits: { rs1: 0 }, ops: ["add 192.0.2.1 w1"], told: ["[192.0.2.1]:tcp:80 UP: MISC CHECK succeeded on service"] },
    ]));

  test("a reload that takes the failing checker away brings the server back", () =>
    tell(one({ realServers: [realServer(1), realServer(2)] }), [
      {
        name: "start, one down",
        exits: { rs1: 1 },
        ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.1 w1", "add 192.0.2.2 w1", "delete 192.0.2.1"],
        told: [`${VS} UP: Starting with quorum up 1+0=1 <= 2`, "[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service"],
      },
      {
        name: "no checker",
        reload: one({ realServers: [realServer(1, { checkers: [] }), realServer(2)] }),
        ops: ["add 192.0.2.1 w1"],
        told: ["[192.0.2.1]:tcp:80 UP: CHECK changed by reload"],
      },
    ]));

  test("services that differ in how they balance are edited in place", () =>
    tell(one({ realServers: [realServer(1)] }), [
      { name: "start", ops: ["add service tcp 198.51.100.1 80", "add 192.0.2.1 w1"], told: [`${VS} UP: Starting with quorum up 1+0=1 <= 1`] },
      {
        name: "scheduler, and the threshold that keepalived forgets",
        reload: one({ scheduler: "wlc", realServers: [realServer(1, { upperThreshold: 7 })] }),
        ops: ["set service tcp 198.51.100.1 80 wlc", "set 192.0.2.1 w1"],
        told: [],
      },
    ]));
});

describe("start, stop and death", () => {
  test("first checks begin after 1 s and a random part of warmup", async () => {
    const node = new CheckNode();
    node.engine.start(one({ realServers: [realServer(1, { checkers: [misc("rs1", { warmupUs: 4 * SECOND })] })] }), []);
    await node.clock.advance(3 * SECOND - 1);
    expect(node.runner.started).toEqual([]);
    await node.clock.advance(1); // 1 s + 0.5 * 4 s
    expect(node.runner.started).toEqual(["rs1"]);
  });

  test("omega tells what was up, once; every service is taken out of the kernel", async () => {
    const node = new CheckNode();
    node.runner.exits.set("rs2", FAIL);
    node.engine.start(one({ omega: true, realServers: [realServer(1), realServer(2)] }), []);
    await node.clock.advance(2 * SECOND);
    node.take();
    const stopped = node.engine.stop();
    await node.clock.advance(0);
    await stopped;
    expect(node.take()).toEqual({
      told: ["[192.0.2.1]:tcp:80 DOWN: Shutting down (stopping)", `${VS} DOWN: Shutting down (stopping)`],
      ops: ["delete 192.0.2.1", "delete service tcp 198.51.100.1 80"],
    });
    await node.clock.advance(60 * SECOND);
    expect(node.runner.started.length).toBe(2); // nothing is checked any more
  });

  for (const [flush, ops] of [
    ["services", ["delete service tcp 198.51.100.1 80"]],
    ["all", ["flush"]],
  ] as const) {
    test(`lvs_flush_on_stop: ${flush}`, async () => {
      const node = new CheckNode();
      node.engine.start(checkConfig([virtualServer(1, { realServers: [realServer(1)] })], { lvsFlushOnStop: flush }), []);
      await node.clock.advance(2 * SECOND);
      node.take();
      const stopped = node.engine.stop();
      await node.clock.advance(0);
      await stopped;
      expect(node.take()).toEqual({ told: [], ops });
    });
  }

  test("--dont-release-ipvs leaves the table; lvs_timeouts are set and put back", async () => {
    const node = new CheckNode();
    node.engine.start(checkConfig([virtualServer(1, { realServers: [realServer(1)] })], { lvsTimeouts: { tcpS: 100 } }), []);
    await node.clock.advance(SECOND);
    expect(node.ipvs.timeoutsNow).toEqual({ tcpS: 100, tcpFinS: 120, udpS: 300 });
    node.take();
    await node.engine.stop({ keepIpvs: true });
    expect(node.take()).toEqual({ told: [], ops: ["timeouts 900 120 300"] });
    expect(node.ipvs.services().length).toBe(1);
  });

  test("rs_init_notifies", async () => {
    const node = new CheckNode();
    node.engine.start(checkConfig([virtualServer(1, { realServers: [realServer(1)] })], { rsInitNotifies: true }), []);
    await node.clock.advance(0);
    expect(node.take().told).toEqual(["[192.0.2.1]:tcp:80 UP: Starting with service up", `${VS} UP: Starting with quorum up 1+0=1 <= 1`]);
  });

  test("a worker that died is replaced without a word, verdicts and table as they were", async () => {
    const first = new CheckNode();
    first.runner.exits.set("rs1", FAIL);
    const config = one({ sorryServer: SORRY, realServers: [realServer(1)] });
    first.engine.start(config, []);
    await first.clock.advance(3 * SECOND);
    first.take();

    const second = new CheckNode(first);
    second.runner.exits.set("rs1", FAIL);
    second.engine.start(config, second.known());
    await second.clock.advance(10 * SECOND);
    expect(second.take()).toEqual({ told: [], ops: [] });

    second.runner.exits.set("rs1", GOOD);
    await second.clock.advance(3 * SECOND);
    expect(second.take()).toEqual({
      told: ["[192.0.2.1]:tcp:80 UP: MISC CHECK succeeded on service", `${VS} UP: Gained quorum 1+0=1 <= 1`],
      ops: ["add 192.0.2.1 w1", "delete 192.0.2.9"],
    });
  });

  test("a service that a dead worker had still to remove is removed by its successor", async () => {
    const first = new CheckNode();
    first.engine.start(checkConfig([virtualServer(1, { realServers: [realServer(1)] }), virtualServer(2)]), []);
    await first.clock.advance(SECOND);
    first.take();
    const second = new CheckNode(first);
    second.engine.start(checkConfig([virtualServer(2)]), second.known());
    await second.clock.advance(SECOND);
    expect(second.take().ops).toEqual(["delete 192.0.2.1", "delete service tcp 198.51.100.1 80"]);
    expect(second.known().filter((verdict) => verdict.kind === "service").length).toBe(1);
  });

  test("leftovers of a crash under our own keys are corrected, foreign services left alone", async () => {
    const crashed = new CheckNode();
    crashed.engine.start(checkConfig([virtualServer(1, { scheduler: "wlc", realServers: [realServer(7), realServer(1)] }), virtualServer(99)]), []);
    await crashed.clock.advance(SECOND);

    const node = new CheckNode(undefined, { ipvs: crashed.ipvs });
    crashed.ipvs.take();
    node.engine.start(one({ realServers: [realServer(1), realServer(2)] }), []);
    await node.clock.advance(0);
    expect(node.take().ops).toEqual(["set service tcp 198.51.100.1 80 rr", "add 192.0.2.2 w1", "delete 192.0.2.7"]);
    expect(node.ipvs.services().length).toBe(2);
  });

  test("lvs_flush empties the table at the first start, not when a worker comes back", async () => {
    const config = checkConfig([virtualServer(1, { realServers: [realServer(1)] })], { lvsFlush: true });
    const first = new CheckNode();
    first.engine.start(config, []);
    await first.clock.advance(SECOND);
    expect(first.take().ops[0]).toBe("flush");
    const second = new CheckNode(first);
    second.engine.start(config, second.known());
    await second.clock.advance(SECOND);
    expect(second.take().ops).toEqual([]);
  });

  test("a kernel without IPVS: the checks go on", async () => {
    const node = new CheckNode(undefined, { ipvs: "none" });
    node.runner.exits.set("rs1", FAIL);
    node.engine.start(one({ realServers: [realServer(1)] }), []);
    await node.clock.advance(2 * SECOND);
    expect(node.take().told).toContain("[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service");
    await node.engine.stop();
    expect(node.engine.status().ipvs).toBe(false);
  });

  test("a script that hangs is stopped when its checker is removed, and its result counts for nothing", async () => {
    const node = new CheckNode();
    node.runner.exits.set("rs1", "hang");
    node.engine.start(one({ realServers: [realServer(1), realServer(2)] }), []);
    await node.clock.advance(2 * SECOND);
    node.take();
    node.engine.reload(one({ realServers: [realServer(2)] }));
    await node.clock.advance(30 * SECOND);
    expect(node.runner.stopped).toBe(1);
    expect(node.take().told).toEqual(["[192.0.2.1]:tcp:80 DOWN: Removing"]);
  });

  test("a reload leaves an unchanged checker's schedule and counters alone", async () => {
    const config = (other: number): CheckConfig =>
      checkConfig([virtualServer(1, { realServers: [realServer(1, { checkers: [misc("rs1", { retry: 2, delayLoopUs: 10 * SECOND })] })] }), virtualServer(other)]);
    const node = new CheckNode();
    node.engine.start(config(2), []);
    await node.clock.advance(2 * SECOND); // passed at 1 s
    node.runner.exits.set("rs1", FAIL);
    await node.clock.advance(9.5 * SECOND); // failed at 11 s, retry at 12 s
    node.engine.reload(config(3));
    await node.clock.advance(SECOND);
    expect(node.runner.started.length).toBe(3);
    await node.clock.advance(0.4 * SECOND);
    expect(node.take().told.at(-1)).not.toContain("DOWN");
    await node.clock.advance(0.2 * SECOND); // 13 s: the second retry
    expect(node.take().told).toEqual(["[192.0.2.1]:tcp:80 DOWN: MISC CHECK failed on service", `${VS} DOWN: Lost quorum 1+0=1 <= 0`]);
  });
});

test("programs that are slow to start do not hold the thread: one a turn, so that messages are answered between them", async () => {
  const node = new CheckNode();
  const startedInTurn: number[] = [];
  node.runner.cost = () => {
    node.clock.stall(500 * MILLISECOND);
    startedInTurn.push(node.clock.wakes);
  };
  node.engine.start(one({ realServers: [1, 2, 3, 4].map((host) => realServer(host, { checkers: [misc(`rs${host}`, { delayLoopUs: 60 * SECOND })] })) }), []);
  await node.clock.advance(5 * SECOND);
  expect(node.runner.started).toHaveLength(4);
  expect(new Set(startedInTurn).size).toBe(4);
});

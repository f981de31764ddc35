import assert from "node:assert/strict";
import { test } from "vitest";
import { KernelCapture } from "../bench/lib/kernel-capture.ts";
import { GLOBAL, instance, VRID } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { advertBy } from "./lib/frames.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { probed, type Resources, resourcesOf } from "./lib/resources.ts";
import { entries, fixed } from "./lib/routing.ts";

// SOAK_RELOADS reloads, one a second, of two configurations in turn that differ in every kind of thing: nothing remains open,
// and the instance that is in both is not late.

const RELOADS = Number(process.env["SOAK_RELOADS"] ?? "8");
/** The first ones open what is then kept. */
const WARM_UP = 4;
/** main, services, check. */
const JS_THREADS = 3;
const PERIOD_MS = 1_000;
const LOAD_MS = 15_000;
/** Of an interval of one second. */
const LATE_MS = 100;
/** What a JavaScript heap may have more, in MiB: code that is compiled by and by. */
const HEAP_GROWTH_MIB = 3;

const VIPS = ["192.0.2.101", "192.0.2.102"] as const;

function config(node: Node, which: 0 | 1): string {
  const vip = VIPS[which];
  const own = `203.0.113.${16 * (which + 1)}`;
  const tracked = (name: string): string => `vrrp_script ${name} {\n    script /bin/true\n    interval 1\n    weight 2\n}\n`;
  return (
    // What may be late is the director, not its turn on a busy machine.
    GLOBAL.replace("}", "    vrrp_rt_priority 50\n}") +
    fixed({ addresses: [`198.18.0.${which + 1}/32 dev eth0`], routes: [`${own}/29 dev eth0`], rules: [`from ${own} table 100 preference ${1_000 + which}`] }) +
    tracked(`script${which}`) +
    `track_file file${which} {\n    file ${node.dir}/tracked\n}\n` +
    instance({
      name: "VI_stays",
      vips: ["192.0.2.100/24", `${vip}/24`],
      more: [
        entries("virtual_routes", [`${own.replace(/\d+$/, (last) => String(Number(last) + 8))}/29 dev eth0`]),
        entries("track_script", [`script${which}`]),
        entries("track_file", [`file${which}`]),
        `notify "/bin/true ${which}"`,
      ],
    }) +
    // The one has a macvlan and answers nobody, the other is of IPv6; neither survives a reload.
    instance(which === 0 ? { name: "VI_0", vrid: 60, priority: 255, vips: ["192.0.2.110/24"], more: ["use_vmac", "no_accept"] } : { name: "VI_1", vrid: 61, priority: 255, vips: ["fe80::111/64", "2001:db8::111/64"] }) +
    `virtual_server 192.0.2.100 ${80 + which} {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.21 80 {
        MISC_CHECK {
            misc_path /bin/true
        }
    }
}
`
  );
}

test(`${RELOADS} reloads of two configurations in turn: descriptors, timers, threads and heaps stay, and no advert is late`, { timeout: 120_000 + RELOADS * 4 * PERIOD_MS }, () =>
  withLan(1, async ([node], observer) => {
    assert.ok(node);
    await node.write("tracked", "1");
    const director = await startDirector(node, "regentd", config(node, 0), { env: probed(node) });
    await director.waitFor("MASTER", undefined, "VI_stays");
    await eventually(true, () => node.holds(VIPS[0]), LOAD_MS);
    const reload = async (round: number): Promise<void> => {
      const [gone, here] = round % 2 === 0 ? VIPS : [VIPS[1], VIPS[0]];
      const next = sleep(PERIOD_MS);
      await director.reload(config(node, round % 2 === 0 ? 1 : 0));
      await eventually([true, false], async () => [await node.holds(here), await node.holds(gone)], LOAD_MS);
      await next;
    };
    for (let round = 0; round < WARM_UP; round++) await reload(round);
    const before = await resourcesOf(director, JS_THREADS);

    const capture = await KernelCapture.start(observer, { filter: "proto 112", snapshotLength: 256 });
    for (let round = WARM_UP; round < WARM_UP + RELOADS; round++) await reload(round);
    await sleep(2 * PERIOD_MS);
    const adverts = capture.all(advertBy(VRID, node.address));
    await capture.stop();

    const late = adverts.slice(1).map(({ at }, i) => (at - (adverts[i]?.at ?? 0)) / 1_000 - 1_000);
    assert.ok(late.length >= RELOADS, `${late.length} adverts`);
    const account = director.logs().filter((line) => /timers were \S+ late:|thread timer expired/.test(line));
    assert.ok(Math.max(...late) < LATE_MS, `the latest advert came ${Math.max(...late)} ms late; by the daemon's account:\n${account.join("\n")}`);
    const states = director.states("VI_stays");
    assert.deepEqual(states.slice(states.indexOf("MASTER")), ["MASTER"]);

    // A check's or a script's pipes come and go: what counts is what remains.
    let after = before;
    const grown = async (): Promise<string[]> => {
      after = await resourcesOf(director, JS_THREADS);
      return growth(before, after);
    };
    try {
      await eventually([], grown, 15_000);
    } finally {
      console.log(`${RELOADS} reloads, the latest advert ${Math.max(...late).toFixed(1)} ms late; before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
    }
    assert.equal(await director.stop(), 0);
  }),
);

/** What there is more of than before. */
function growth(before: Resources, after: Resources): string[] {
  const more = (name: string, [was, is]: readonly [readonly number[], readonly number[]], allowed: number): string[] =>
    was.length !== is.length || is.some((count, i) => count > (was[i] ?? 0) + allowed) ? [name] : [];
  return [
    ...more("descriptors", [before.descriptors, after.descriptors], 0),
    ...more("threads", [before.threads, after.threads], 0),
    ...more("timers", [before.timers, after.timers], 0),
    ...more("heaps", [before.heaps, after.heaps], HEAP_GROWTH_MIB),
  ];
}

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { director, GLOBAL, instance, VIP } from "./lib/configs.ts";
import { type Director, type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually, sleep } from "./lib/eventually.ts";
import { type Node, withLan } from "./lib/lan.ts";
import { KINDS } from "./lib/pairs.ts";
import { descriptors, processesIn, threads } from "./lib/processes.ts";

const RELOADS: Readonly<Record<DirectorKind, number>> = { regentd: 15, keepalived: 10 };

/** Tells where its descriptors lead. `ls` itself opens one more, the folder that it lists. */
const TELL = `#!/bin/sh
ls -l /proc/self/fd >"$1.new"
mv "$1.new" "$1.fds"
`;

interface Scripts {
  readonly dir: string;
  /** keepalived checks nothing on a kernel without IPVS. */
  readonly checks: boolean;
  readonly vip?: string;
}

function config({ dir, checks, vip = VIP }: Scripts): string {
  const check = `virtual_server ${VIP} 80 {
    delay_loop 1
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.21 80 {
        MISC_CHECK {
            misc_path "${dir}/tell.sh ${dir}/check"
        }
    }
}
`;
  return `${GLOBAL}vrrp_script tell {
    script "${dir}/tell.sh ${dir}/track"
    interval 1
    weight 2
}
${instance({
  vips: [`${vip}/24`],
  more: ["track_script {", "    tell", "}", `notify "${dir}/tell.sh ${dir}/notify"`, `notify_master "${dir}/tell.sh ${dir}/master"`, `notify_stop "${dir}/tell.sh ${dir}/stop"`],
})}${checks ? check : ""}`;
}

async function start(node: Node, kind: DirectorKind, text: string): Promise<Director> {
  await node.write("tell.sh", TELL, 0o755);
  const started = await startDirector(node, kind, text);
  await started.waitFor("MASTER", 15_000);
  return started;
}

/** IPv6's link-local addresses come by themselves, a little after the link. */
async function inet(node: Node): Promise<string[]> {
  return (await node.addresses()).filter(({ family }) => family === "inet").map(({ device, local }) => `${local} dev ${device}`);
}

/** What `ls -l /proc/self/fd` printed: target by descriptor. */
function told(text: string): Map<number, string> {
  return new Map([...text.matchAll(/ (\d+) -> (.*)$/gm)].map(([, fd, target = ""]) => [Number(fd), target]));
}

/** Every file below a folder, with its path from there. */
function files(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .sort();
}

/** How many descriptors and threads each process of a director has, in the order of the process tree. */
function held(started: Director): { fds: number; threads: number }[] {
  return started.processes().map((pid) => ({ fds: descriptors(pid).size, threads: threads(pid) }));
}

for (const kind of KINDS) {
  describe.concurrent(kind, () => {
    test("no descriptor of the daemon is open in a script", () =>
      withLan(1, async ([node]) => {
        assert.ok(node);
        const checks = kind === "regentd";
        // What every command started from here inherits is nobody's leak.
        const inherited = told(await node.exec("ls", "-l", "/proc/self/fd"));
        const started = await start(node, kind, config({ dir: node.dir, checks }));
        const scripts = ["notify", "master", "track", ...(checks ? ["check"] : [])];
        await eventually(scripts, () => scripts.filter((script) => existsSync(join(node.dir, `${script}.fds`))), 10_000);
        const own = new Set(started.processes().flatMap((pid) => [...descriptors(pid).values()]));
        for (const target of ["/dev/null", ...inherited.values()]) own.delete(target);
        // A script that runs at this moment is in the tree too, with the file that it writes.
        for (const target of own) if (target.startsWith(node.dir) && /\.(new|fds)$/.test(target)) own.delete(target);
        assert.ok(own.size > 3, "a daemon has descriptors");
        assert.equal(await started.stop(), 0);

        for (const script of [...scripts, "stop"]) {
          const text: string = readFileSync(join(node.dir, `${script}.fds`), "utf8");
          const targets: Map<number, string> = told(text);
          assert.deepEqual([...targets.keys()].filter((fd) => fd > 3 && !inherited.has(fd)), [], `${script}: ${text}`);
          assert.match(targets.get(3) ?? "", /^\/proc\/\d+\/fd$/, `${script}: ${text}`);
          assert.deepEqual([...targets.values()].filter((target) => own.has(target)), [], `${script}: ${text}`);
        }
      }));

    test("promiscuous mode is off while MASTER and while BACKUP", () =>
      withLan(2, async ([high, low]) => {
        assert.ok(high && low);
        const master = await startDirector(high, kind, director({ priority: 150 }));
        const backup = await startDirector(low, kind, director({ priority: 100 }));
        await master.waitFor("MASTER");
        await backup.waitFor("BACKUP");
        await sleep(1_500); // adverts were sent and heard
        assert.deepEqual([await high.promiscuity(), await low.promiscuity()], [0, 0]);
        await master.stop();
        await backup.waitFor("MASTER");
        await eventually(true, () => low.holds(VIP), 2_000);
        assert.equal(await low.promiscuity(), 0);
      }));

    test("a stop leaves no process, address or file behind", () =>
      withLan(1, async ([node]) => {
        assert.ok(node);
        const before = await inet(node);
        await node.write("stay.sh", "#!/bin/sh\nsleep 60 &\nwait\n", 0o755);
        const stay = config({ dir: node.dir, checks: kind === "regentd" }).replace("tell.sh", "stay.sh").replace("interval 1", "interval 1\n    timeout 50\n    init_fail");
        const started = await start(node, kind, stay);
        await eventually(true, () => node.holds(VIP), 2_000);
        await eventually(true, async () => (await node.exec("ip", "netns", "pids", node.name)).split("\n").length > started.processes().length, 5_000);

        assert.equal(await started.stop(), 0);

        assert.deepEqual(await inet(node), before);
        await eventually([], () => processesIn(node), 1_000);
        const mine = [/\.conf$/, /\.sh$/, /\.fds$/];
        assert.deepEqual(files(node.dir).filter((file) => !mine.some((pattern) => pattern.test(file))), []);
      }));

    test(`${RELOADS[kind]} reloads open no descriptor and no thread for good`, () =>
      withLan(1, async ([node]) => {
        assert.ok(node);
        const vips = ["192.0.2.101", "192.0.2.102"] as const;
        const text = (vip: string): string => config({ dir: node.dir, checks: kind === "regentd", vip });
        const started = await start(node, kind, text(vips[0]));
        const reload = async (round: number): Promise<void> => {
          const [gone, here] = round % 2 === 0 ? vips : [vips[1], vips[0]];
          await started.reload(text(here));
          await eventually([true, false], async () => [await node.holds(here), await node.holds(gone)], 10_000);
        };
        // The first ones open what is then kept.
        for (let round = 0; round < 4; round++) await reload(round);
        await sleep(1_000);
        const before = held(started).slice(0, 2);
        for (let round = 0; round < RELOADS[kind]; round++) await reload(round);

        // A track script's pipes come and go, and the parser's thread with them: what counts is what remains.
        const within = (): boolean => held(started).slice(0, 2).every((now, i) => now.fds <= (before[i]?.fds ?? 0) && now.threads <= (before[i]?.threads ?? 0));
        try {
          await eventually(true, within, 5_000);
        } catch (error) {
          throw new Error(`before ${JSON.stringify(before)}, now ${JSON.stringify(held(started))}`, { cause: error });
        }
        assert.equal(started.running, true);
      }));
  });
}

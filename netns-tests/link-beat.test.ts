import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { director, GLOBAL } from "./lib/configs.ts";
import { startDirector } from "./lib/director.ts";
import type { DirectorKind } from "./lib/director.ts";
import { withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";

// A veth's driver knows ethtool and no MII. Dormant, an interface has its carrier and is not running.

const DORMANT = ["link set eth0 mode dormant", "link set eth0 state dormant"];
const AWAKE = ["link set eth0 mode default", "link set eth0 state up"];
const ABOUT_LINKS = /linkbeat type|Linkbeat reports|Netlink reports|Turning off linkbeat/;

async function observed(kind: DirectorKind, linkbeat: string): Promise<{ states: string[]; lines: string[] }> {
  const seen = { states: [] as string[], lines: [] as string[] };
  await withLan(1, async ([node]) => {
    assert.ok(node);
    const one = await startDirector(node, kind, director().replace(GLOBAL, GLOBAL + linkbeat));
    const ip = async (commands: readonly string[]): Promise<void> => {
      for (const command of commands) await node.exec("ip", ...command.split(" "));
    };
    const until = (state: string) => one.waitFor(state);
    await until("MASTER");
    await ip(DORMANT);
    await until("FAULT");
    await ip(AWAKE);
    await until("MASTER");
    await node.carrierDown();
    await until("FAULT");
    await node.carrierUp();
    await until("MASTER");
    seen.states.push(...one.states().filter((state, i, all) => state !== all[i - 1]));
    seen.lines.push(...one.logs().flatMap((line) => (ABOUT_LINKS.test(line) ? [line.slice(line.search(/\(eth0\)|Linkbeat|Netlink|Turning/))] : [])));
  });
  return seen;
}

describe.concurrent("linkbeat", () => {
  for (const subject of SUBJECTS) {
    for (const [name, linkbeat, lines] of [
      ["linkbeat_interfaces", "linkbeat_interfaces {\n    eth0 MII\n    lo\n}\n", ["(eth0): Configured linkbeat type MII not supported, using ETHTOOL", "Turning off linkbeat for lo since not used for tracking"]],
      ["linkbeat_use_polling", "linkbeat_use_polling\n", []],
    ] as const) {
      test(`${name}: ups and downs are found by polling, and told so, as keepalived does (${subject})`, async () => {
        const [theirs, ours] = await beside(subject, (kind) => observed(kind, linkbeat));
        assert.deepEqual(ours.states, ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER"]);
        assert.deepEqual(ours.states, theirs.states);
        const told = ["Linkbeat reports eth0 down", "Linkbeat reports eth0 up"];
        assert.deepEqual(ours.lines.toSorted(), [...lines, ...told, ...told].toSorted());
        assert.deepEqual(ours.lines.toSorted(), theirs.lines.toSorted());
      });
    }

    test(`without it netlink tells them (${subject})`, async () => {
      const [theirs, ours] = await beside(subject, (kind) => observed(kind, ""));
      assert.deepEqual(ours.states, theirs.states);
      assert.deepEqual(ours.lines, theirs.lines);
      assert.equal(ours.lines.length, 4);
    });
  }
});

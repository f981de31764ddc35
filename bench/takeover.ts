// How fast a backup takes over, regentd and keepalived in turn against the same master (keepalived), as a third host's
// captured frames and the kernel's address events show it. Zero is the deadline that the protocol sets: the last advert
// plus Master_Down_Interval, or the advert with priority 0 plus Skew_Time (RFC 3768 section 6.1, RFC 9568 section 6.1).
// The backup is MASTER of another virtual router all the while.
//
// --short is one round of 1 and 1,008 IPv4 addresses.
//
//   takeover.ts [--short] [--rounds N] [--vips N] [--family 4|6]
import { GLOBAL, instance, masterDownMs, skewMs, VIP, VRID } from "../netns-tests/lib/configs.ts";
import type { Director, DirectorKind } from "../netns-tests/lib/director.ts";
import { eventually, sleep } from "../netns-tests/lib/eventually.ts";
import { announcementOf, expanded } from "../netns-tests/lib/frames.ts";
import { type Node, withLan } from "../netns-tests/lib/lan.ts";
import { KINDS } from "../netns-tests/lib/pairs.ts";
import { type VrrpFrame, vrrpFrameOf } from "../netns-tests/lib/vrrp-frames.ts";
import { AddressMonitor } from "./lib/address-monitor.ts";
import { KernelCapture } from "./lib/kernel-capture.ts";
import { conditions, flagOption, numberOption, progress, table } from "./lib/report.ts";
import { startQuietly } from "./lib/start.ts";
import { gapsByVrid, median, spread } from "./lib/statistics.ts";

const MASTER_PRIORITY = 150;
const BACKUP_PRIORITY = 100;
const MANY = 1_008;
const VERY_MANY = 4_000;
const COMPLETE_MS = 60_000;
const START_MS = 120_000;
/** So many adverts of the master, without a pause. */
const STEADY = 6;
/** The other virtual router's: its adverts are watched from the last word of the master to the last announcement. */
const OTHER_VRID = 60;
const OTHER_MS = 100;
const OTHER = instance({ name: "VI_2", vrid: OTHER_VRID, priority: 200, vips: ["192.0.2.160/32"], more: ["version 3", `advert_int ${OTHER_MS / 1_000}`] });

type Manner = "KILL" | "TERM";

interface Case {
  readonly family: 4 | 6;
  readonly count: number;
  readonly manner: Manner;
}

/** Milliseconds after the deadline; of the other router's adverts, how late the latest was. */
interface Takeover {
  readonly firstAdvert: number;
  readonly lastAddress: number;
  readonly lastAnnouncement: number;
  readonly otherLate: number;
}

const FIGURES: readonly { readonly key: keyof Takeover; readonly name: string }[] = [
  { key: "firstAdvert", name: "first advert" },
  { key: "lastAddress", name: "last address up" },
  { key: "lastAnnouncement", name: "last first announcement" },
  { key: "otherLate", name: "other router's latest advert" },
];

/** One address in the adverts, the others beside them: an advert holds 255 addresses at most. */
function addresses({ family, count }: Case): string[] {
  const others = [...Array(count - 1).keys()];
  if (family === 4) return [VIP, ...others.map((i) => `198.18.${i >> 8}.${i & 255}`)];
  return ["fe80::100", ...others.map((i) => `2001:db8:1::${(i + 1).toString(16)}`)];
}

function config(priority: number, family: 4 | 6, [first = "", ...excluded]: readonly string[]): string {
  const length = family === 4 ? 32 : 128;
  const beside = excluded.map((address) => `    ${address}/${length}`);
  const more = [...(family === 6 ? ["version 3"] : []), ...(beside.length === 0 ? [] : ["virtual_ipaddress_excluded {", ...beside, "}"])];
  return GLOBAL + instance({ priority, vips: [`${first}/${length}`], more });
}

async function end(master: Director, manner: Manner): Promise<void> {
  if (manner === "KILL") master.crash();
  else await master.stop();
}

/** The advert that the deadline counts from. */
function lastWord(adverts: readonly VrrpFrame[], manner: Manner): VrrpFrame {
  const advert = manner === "KILL" ? adverts.at(-1) : adverts.find(({ priority }) => priority === 0);
  if (advert === undefined) throw new Error(`the master's last word was not captured (${manner})`);
  return advert;
}

/** A director that finds no link-local address yet may start otherwise. */
async function linkLocal(node: Node): Promise<void> {
  const ready = async (): Promise<boolean> => (await node.addresses()).some(({ local, flags }) => local.startsWith("fe80:") && !flags.includes("tentative"));
  await eventually(true, ready, 10_000);
}

/** Every process is new, so that no round profits from an earlier one. */
function measure(kind: DirectorKind, test: Case): Promise<Takeover> {
  const { family, count, manner } = test;
  const vips = addresses(test);
  return withLan(2, async ([high, low], observer) => {
    if (high === undefined || low === undefined) throw new Error("two nodes were asked for");
    for (const node of [high, low]) await linkLocal(node);
    const { director: master } = await startQuietly(high, "keepalived", config(MASTER_PRIORITY, family, vips));
    await master.waitFor("MASTER");
    const { director: backup } = await startQuietly(low, kind, config(BACKUP_PRIORITY, family, vips) + OTHER);
    await backup.waitFor("BACKUP");
    await backup.waitFor("MASTER", undefined, "VI_2");
    const capture = await KernelCapture.start(observer, { filter: "proto 112 or arp or (icmp6 and ip6[40] = 136)", snapshotLength: 256 });
    const monitor = await AddressMonitor.start(low);
    const [theirs, mac] = [await high.mac(), await low.mac()];
    const by = (from: string, vrid: number): VrrpFrame[] => capture.all(vrrpFrameOf).filter((one) => one.vrid === vrid && one.sourceMac === from.replaceAll(":", ""));
    // Thousands of addresses, and their announcement again after five seconds, keep a new master from speaking for seconds.
    const steady = (): boolean => {
      const gaps = gapsByVrid(by(theirs, VRID).slice(-STEADY));
      return gaps.length === STEADY - 1 && gaps.every((gap) => gap < 2_500);
    };
    await eventually([true, "BACKUP"], () => [steady(), backup.state()], START_MS);
    // At any moment between two adverts, after some that both have heard.
    await sleep(2_500 + Math.random() * 1_000);

    await end(master, manner);

    const wait = manner === "KILL" ? masterDownMs(BACKUP_PRIORITY) : skewMs(BACKUP_PRIORITY);
    // Nothing is parsed while it happens.
    await sleep(wait + 300 + count / 2);
    const last = lastWord(by(theirs, VRID), manner);
    const announced = (): Map<string, number> => firstAnnouncements(capture, mac, vips, last.at);
    const deadline = performance.now() + COMPLETE_MS;
    while (announced().size < count) {
      if (performance.now() > deadline) throw new Error(`${announced().size} of ${count} addresses were announced\n${backup.logs().slice(-20).join("\n")}`);
      await sleep(1_000);
    }
    const after = (at: number): number => (at - last.at) / 1e3 - wait;
    const lastAnnouncement = Math.max(...announced().values());
    const wanted = new Set(vips);
    const up = monitor.events().filter((event) => event.added && event.at > last.at && wanted.has(event.address));
    if (new Set(up.map(({ address }) => address)).size !== count) throw new Error(`${up.length} of ${count} addresses came up`);
    const advert = by(mac, VRID).find(({ at }) => at > last.at);
    if (advert === undefined) throw new Error("no advert of the new master");
    const gaps = gapsByVrid(by(mac, OTHER_VRID).filter(({ at }) => at > last.at && at < lastAnnouncement + 1e6));
    monitor.stop();
    await capture.stop();
    return {
      firstAdvert: after(advert.at),
      lastAddress: after(Math.max(...up.map(({ at }) => at))),
      lastAnnouncement: after(lastAnnouncement),
      otherLate: Math.max(...gaps) - OTHER_MS,
    };
  });
}

/** When each of the addresses was first announced by this station, since then. */
function firstAnnouncements(capture: KernelCapture, station: string, addresses: readonly string[], since: number): Map<string, number> {
  const [first, wanted] = [new Map<string, number>(), new Set(addresses.map(expanded))];
  for (const { at, mac, address } of capture.all(announcementOf)) {
    if (at > since && mac === station && wanted.has(address) && !first.has(address)) first.set(address, at);
  }
  return first;
}

async function main(): Promise<void> {
  const short = flagOption("short");
  const rounds = numberOption("rounds", short ? 1 : 5);
  const only = numberOption("vips", 0);
  const counts = only === 0 ? [1, MANY, ...(short ? [] : [VERY_MANY])] : [only];
  const family = numberOption("family", short ? 4 : 0);
  const families = ([4, 6] as const).filter((one) => family === 0 || one === family);
  const cases = counts.flatMap((count) => families.flatMap((family) => (["KILL", "TERM"] as const).map((manner): Case => ({ family, count, manner }))));
  const rows: string[][] = [];
  for (const test of cases) {
    const { family, count, manner } = test;
    const results = new Map<DirectorKind, Takeover[]>(KINDS.map((kind) => [kind, []]));
    for (let round = 1; round <= rounds; round++) {
      for (const [kind, takeovers] of results) {
        const takeover = await measure(kind, test);
        takeovers.push(takeover);
        progress(`IPv${family}, ${count} VIPs, ${manner}, round ${round}, ${kind}: ${FIGURES.map(({ key, name }) => `${name} ${takeover[key].toFixed(2)} ms`).join(", ")}`);
      }
    }
    for (const { key, name } of FIGURES) {
      const of = (kind: DirectorKind): number[] => results.get(kind)?.map((takeover) => takeover[key]) ?? [];
      const [ours, theirs] = [of("regentd"), of("keepalived")];
      const ratio = ours.length > 0 && theirs.length > 0 ? (median(ours) / median(theirs)).toFixed(2) : "-";
      rows.push([`${count}, IPv${family}`, manner, name, ...[ours, theirs].map((values) => (values.length > 0 ? spread(values, 2) : "-")), ratio]);
    }
  }
  console.log(`## Takeover

Milliseconds after the protocol's deadline, median (min .. max) of ${rounds} rounds, every process new in each round; the master is keepalived. All addresses but one are excluded ones. The backup is MASTER of another router with an interval of ${OTHER_MS} ms: by how much its latest advert exceeded that, from the master's last word to a second after the last first announcement.
${await conditions()}.

${table(["VIPs", "master ends by", "figure", "regentd", "keepalived", "ratio"], rows)}
`);
}

await main();

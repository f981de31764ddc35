// How fast a backup takes over, regentd and keepalived in turn against the same master (keepalived), as a third host's
// captured frames and the kernel's address events show it. Zero is the deadline that the protocol sets: the last advert
// plus Master_Down_Interval, or the advert with priority 0 plus Skew_Time (RFC 3768 section 6.1).
//
//   takeover.ts [--short] [--rounds N] [--vips N]
import { GLOBAL, masterDownMs, skewMs, VIP, VRID } from "../netns-tests/lib/configs.ts";
import type { Director, DirectorKind } from "../netns-tests/lib/director.ts";
import { sleep } from "../netns-tests/lib/eventually.ts";
import { type AdvertFrame, advertBy, gratuitousArpOf } from "../netns-tests/lib/frames.ts";
import { withLan } from "../netns-tests/lib/lan.ts";
import { KINDS } from "../netns-tests/lib/pairs.ts";
import { AddressMonitor } from "./lib/address-monitor.ts";
import { KernelCapture } from "./lib/kernel-capture.ts";
import { conditions, flagOption, numberOption, progress, table } from "./lib/report.ts";
import { startQuietly } from "./lib/start.ts";
import { median, spread } from "./lib/statistics.ts";

const MASTER_PRIORITY = 150;
const BACKUP_PRIORITY = 100;
const MANY = 1_008;
const COMPLETE_MS = 10_000;

type Manner = "KILL" | "TERM";

/** Milliseconds after the deadline. */
interface Takeover {
  readonly firstAdvert: number;
  readonly lastAddress: number;
  readonly lastArp: number;
}

const FIGURES: readonly { readonly key: keyof Takeover; readonly name: string }[] = [
  { key: "firstAdvert", name: "first advert" },
  { key: "lastAddress", name: "last address up" },
  { key: "lastArp", name: "last first-ARP" },
];

/** One address in the adverts, the others beside them: an advert holds 255 addresses at most. */
function addresses(count: number): string[] {
  const excluded = [...Array(count - 1).keys()].map((i) => `198.18.${i >> 8}.${i & 255}`);
  return [VIP, ...excluded];
}

function config(priority: number, vips: readonly string[]): string {
  const [first, ...excluded] = vips;
  return `${GLOBAL}vrrp_instance VI_1 {
    state ${priority === MASTER_PRIORITY ? "MASTER" : "BACKUP"}
    interface eth0
    virtual_router_id ${VRID}
    priority ${priority}
    advert_int 1
    virtual_ipaddress {
        ${first ?? ""}/32
    }
    virtual_ipaddress_excluded {
        ${excluded.map((address) => `${address}/32`).join("\n        ")}
    }
}
`;
}

async function end(master: Director, manner: Manner): Promise<void> {
  if (manner === "KILL") master.crash();
  else await master.stop();
}

/** The advert that the deadline counts from. */
function lastWord(adverts: readonly AdvertFrame[], manner: Manner): AdvertFrame {
  const advert = manner === "KILL" ? adverts.at(-1) : adverts.find(({ priority }) => priority === 0);
  if (advert === undefined) throw new Error(`the master's last word was not captured (${manner})`);
  return advert;
}

/** Every process is new, so that no round profits from an earlier one. */
async function measure(kind: DirectorKind, count: number, manner: Manner): Promise<Takeover> {
  const vips = addresses(count);
  let result: Takeover | undefined;
  await withLan(2, async ([high, low], observer) => {
    if (high === undefined || low === undefined) throw new Error("two nodes were asked for");
    const { director: master } = await startQuietly(high, "keepalived", config(MASTER_PRIORITY, vips));
    await master.waitFor("MASTER");
    const { director: backup } = await startQuietly(low, kind, config(BACKUP_PRIORITY, vips));
    await backup.waitFor("BACKUP");
    const capture = await KernelCapture.start(observer);
    const monitor = await AddressMonitor.start(low);
    // At any moment between two adverts, after some that both have heard.
    await sleep(2_500 + Math.random() * 1_000);

    await end(master, manner);

    const wait = manner === "KILL" ? masterDownMs(BACKUP_PRIORITY) : skewMs(BACKUP_PRIORITY);
    await sleep(wait + 300);
    const mac = await low.mac();
    await complete(capture, mac, count);
    const last = lastWord(capture.all(advertBy(VRID, high.address)), manner);
    const after = (at: number): number => (at - last.at) / 1e3 - wait;
    const arps = firstArps(capture, mac);
    const wanted = new Set(vips);
    const up = monitor.events().filter((event) => event.added && wanted.has(event.address));
    if (new Set(up.map(({ address }) => address)).size !== count) throw new Error(`${up.length} of ${count} addresses came up`);
    const advert = capture.all(advertBy(VRID, low.address)).find(({ at }) => at > last.at);
    if (advert === undefined) throw new Error("no advert of the new master");
    result = { firstAdvert: after(advert.at), lastAddress: after(Math.max(...up.map(({ at }) => at))), lastArp: after(Math.max(...arps.values())) };
    monitor.stop();
    await capture.stop();
  });
  if (result === undefined) throw new Error("the story ended without a result");
  return result;
}

/** When each address was first announced by this station. */
function firstArps(capture: KernelCapture, mac: string): Map<string, number> {
  const first = new Map<string, number>();
  for (const arp of capture.all(gratuitousArpOf)) {
    if (arp.senderMac === mac && !first.has(arp.senderIp)) first.set(arp.senderIp, arp.at);
  }
  return first;
}

async function complete(capture: KernelCapture, mac: string, count: number): Promise<void> {
  const deadline = performance.now() + COMPLETE_MS;
  for (;;) {
    const { size } = firstArps(capture, mac);
    if (size === count) return;
    if (performance.now() > deadline) throw new Error(`${size} of ${count} addresses were announced`);
    await sleep(100);
  }
}

async function main(): Promise<void> {
  const short = flagOption("short");
  const rounds = numberOption("rounds", short ? 1 : 5);
  const counts = short ? [1] : [1, numberOption("vips", MANY)];
  const rows: string[][] = [];
  for (const count of counts) {
    for (const manner of ["KILL", "TERM"] as const) {
      const results = new Map<DirectorKind, Takeover[]>(KINDS.map((kind) => [kind, []]));
      for (let round = 1; round <= rounds; round++) {
        for (const [kind, takeovers] of results) {
          const takeover = await measure(kind, count, manner);
          takeovers.push(takeover);
          progress(`${count} VIPs, ${manner}, round ${round}, ${kind}: ${FIGURES.map(({ key, name }) => `${name} ${takeover[key].toFixed(2)} ms`).join(", ")}`);
        }
      }
      for (const { key, name } of FIGURES) {
        const of = (kind: DirectorKind): number[] => results.get(kind)?.map((takeover) => takeover[key]) ?? [];
        const [ours, theirs] = [of("regentd"), of("keepalived")];
        const ratio = ours.length > 0 && theirs.length > 0 ? (median(ours) / median(theirs)).toFixed(2) : "-";
        rows.push([String(count), manner, name, ...[ours, theirs].map((values) => (values.length > 0 ? spread(values, 2) : "-")), ratio]);
      }
    }
  }
  console.log(`## Takeover

Milliseconds after the protocol's deadline, median (min .. max) of ${rounds} rounds, every process new in each round; the master is keepalived.
${await conditions()}.

${table(["VIPs", "master ends by", "figure", "regentd", "keepalived", "ratio"], rows)}
`);
}

await main();

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "../lib/eventually.ts";
import { type IpvsCommand, ipvsCommands } from "./ipvs-commands.ts";
import { directorKind, LabDirector } from "./lab-director.ts";
import { CHANGED_WEIGHT, DIRECTOR, EVERY_MS, FIRST, longConnectionConfig, LONG_PORT, OTHER_SERVICE, SECOND, SERVICE, THIRD, type Version } from "./long-connection-config.ts";
import { type Echo, type HungUp, Machine } from "./machine.ts";
import { endShell, run } from "./shell.ts";
import { Wire } from "./wire.ts";
import { buildWorld, INNER_VIP, on, OUTER_VIP, REAL_PORT, REAL_SERVERS, SERVICE_PORT } from "./world.ts";

// Inside the lab: a TCP connection through a virtual server (LVS-NAT) on which lines go and come back all the time, while
// its director is told to reload.   node long-connection.js keepalived|regentd
// Writes $LAB_SCRATCH/long-connection.json: LongConnectionReport.

/** One look at the director's kernel: the lines of three ipvsadm commands. `at` is Unix time in milliseconds. */
export interface Sample {
  readonly at: number;
  /** `ipvsadm -Sn`, in the kernel's order. */
  readonly rules: readonly string[];
  /** `ipvsadm -Ln --stats --exact`. */
  readonly counters: readonly string[];
  /** `ipvsadm -Lnc`. */
  readonly connections: readonly string[];
}

export interface Phase {
  readonly name: string;
  readonly since: number;
  readonly until: number;
  /** Whether the reload, or the start, had been seen to be over. */
  readonly done: boolean;
}

export interface LongConnectionReport {
  readonly phases: readonly Phase[];
  /** Since before the long connection was made until it was hung up. */
  readonly samples: readonly Sample[];
  readonly echoes: readonly Echo[];
  /** Of the long connection, before it was hung up. */
  readonly hungUp: readonly HungUp[];
  /** Segments that the client's kernel had to send twice on it; undefined when there was no such connection any more. */
  readonly sentTwice: number | undefined;
  readonly commands: readonly IpvsCommand[];
  readonly ended: number | string | undefined;
  readonly log: string;
}

const CLIENT = "192.0.2.10";
const SHORT_PORTS = [40_001, 40_002, 40_003, 40_004] as const;
const POLL_MS = 200;
/** For a start or a reload, with the lab's one processor shared with a whole test run. */
const DONE_MS = 60_000;
/** What is watched after each reload, and how often at least. */
const HOLD_MS = 3_000;
const LOOKS = 5;
const LOG_LINES = 200;

const scratch = process.env["LAB_SCRATCH"];
if (scratch === undefined) throw new Error("runs inside the lab only");
const director = new LabDirector(DIRECTOR, directorKind(process.argv[2] ?? ""), "/run/long", scratch);
await buildWorld(["client", DIRECTOR, ...Object.keys(REAL_SERVERS)]);
await run(["ip", "-n", DIRECTOR, "-batch", "-"], "link add nlmon0 type nlmon\nlink set nlmon0 up");
const netlink = await Wire.start({ namespace: DIRECTOR, device: "nlmon0" }, join(scratch, "netlink.pcap"));
const client = new Machine("client");
const servers = Object.entries(REAL_SERVERS).map(([name, address]) => ({ machine: new Machine(name), address }));
for (const { machine, address } of servers) await machine.echo(address, REAL_PORT);

const samples: Sample[] = [];
const phases: Phase[] = [];
let watching = true;

await director.configure(longConnectionConfig(FIRST));
const begun = Date.now();
director.start();
const started = await until(async () => (await sample()).rules.filter((rule) => rule.startsWith("-a")).length === 4 && (await reachable()));
if (!started) throw new Error(`the director does not balance:\n${director.log(LOG_LINES)}`);
phases.push({ name: "start", since: begun, until: Date.now(), done: started });
// Short ones first, so that every real server's counters have something to lose.
for (const port of SHORT_PORTS) {
  await talk(port);
  await until(() => client.echoes.some(({ fromPort }) => fromPort === port));
  await client.hangUp(port);
}
await talk(LONG_PORT);
const watch = watched();
await phase("established", () => undefined, counted);
await phase("a reload without a change", () => director.kill("SIGHUP"), reloaded);
await phase("a reload that changes another service", () => reload(SECOND), () => rules().some((rule) => rule === `-A -t ${OTHER_SERVICE} -s ${SECOND.scheduler}`));
await phase("a reload that changes a weight", () => reload(THIRD), () => rules().some((rule) => rule.endsWith(` -w ${CHANGED_WEIGHT}`)));
watching = false;
await watch;
const hungUp = client.hungUp.filter(({ fromPort }) => fromPort === LONG_PORT);
const sentTwice = await retransmissions();
await client.hangUp(LONG_PORT);
director.kill("SIGTERM");
await until(() => !director.running);
netlink.stop();

const report: LongConnectionReport = {
  phases,
  samples,
  echoes: client.echoes.filter(({ fromPort }) => fromPort === LONG_PORT),
  hungUp,
  sentTwice,
  commands: ipvsCommands(netlink.all((frame) => frame)),
  ended: director.ended,
  log: director.log(LOG_LINES),
};
writeFileSync(join(scratch, "long-connection.json"), JSON.stringify(report));
if (director.running) director.crash();
for (const { machine } of [...servers, { machine: client }]) await machine.terminate();
endShell();

function talk(fromPort: number): Promise<void> {
  return client.talk({ from: CLIENT, fromPort, address: OUTER_VIP, port: SERVICE_PORT, everyMs: EVERY_MS });
}

/** Whether the director holds both VIPs: the way there and the way back. */
async function reachable(): Promise<boolean> {
  const addresses = await on(DIRECTOR, "ip", "-4", "-o", "addr", "show");
  return [OUTER_VIP, INNER_VIP].every((vip) => addresses.includes(` ${vip}/24 `));
}

async function sample(): Promise<Sample> {
  const at = Date.now();
  const output = await on(DIRECTOR, "sh", "-c", "ipvsadm -Sn && echo === && ipvsadm -Ln --stats --exact && echo === && ipvsadm -Lnc");
  const [table = [], counters = [], connections = []] = output.split("===\n").map((part) => part.split("\n").map((line) => line.trimEnd()).filter((line) => line !== ""));
  return { at, rules: table, counters, connections };
}

async function watched(): Promise<void> {
  while (watching) {
    samples.push(await sample());
    await sleep(POLL_MS);
  }
}

/** As ss tells it: "retrans:UNACKNOWLEDGED/ALL", left out when there was none. */
async function retransmissions(): Promise<number | undefined> {
  const said = await on("client", "ss", "-tinH", "state", "established", "sport", "=", `:${LONG_PORT}`);
  return said.includes("bytes_acked:") ? Number(/ retrans:\d+\/(\d+)/.exec(said)?.[1] ?? 0) : undefined;
}

function rules(): readonly string[] {
  return samples.at(-1)?.rules ?? [];
}

async function reload(version: Version): Promise<void> {
  await director.configure(longConnectionConfig(version));
  director.kill("SIGHUP");
}

/** Both daemons say so when they are through with a reload. */
function reloaded(): boolean {
  return director.log(LOG_LINES).includes("Reload complete");
}

/** Whether each real server of the service has been counted: the kernel sums up every two seconds. */
function counted(): boolean {
  const counters = samples.at(-1)?.counters ?? [];
  const from = counters.findIndex((line) => line.includes(` ${SERVICE} `));
  return from >= 0 && counters.slice(from, from + 3).every((line) => Number(line.trim().split(/\s+/).at(-5)) > 0);
}

/** One event, what it does, and what follows for a while. */
async function phase(name: string, event: () => void | Promise<void>, done: () => boolean): Promise<void> {
  const since = Date.now();
  await event();
  const seen = await until(done);
  const tookMs = Date.now() - since;
  const looked = samples.length;
  await sleep(HOLD_MS);
  await until(() => samples.length >= looked + LOOKS);
  phases.push({ name, since, until: Date.now(), done: seen });
  console.log(`${name}: ${seen ? "done" : "not done"} after ${tookMs} ms`);
}

async function until(probe: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const deadline = Date.now() + DONE_MS; Date.now() < deadline; await sleep(POLL_MS)) if (await probe()) return true;
  return false;
}

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "../lib/eventually.ts";
import { endShell, run } from "./shell.ts";
import { CHECK_PORT, CHECKED, type Checked, FIRST_DEATHS, FOREIGN, ipvsConfig, lifeOf } from "./ipvs-config.ts";
import { Machine } from "./machine.ts";
import { missing, type PhaseExpectation, PHASES } from "./ipvs-phases.ts";
import { directorKind, LabDirector } from "./lab-director.ts";

// Inside the lab: two directors, each in a namespace of its own, are given the same configurations and the same events at
// the same time, and their kernel tables are read after each.   node ipvs-table.js keepalived|regentd keepalived|regentd
// Writes $LAB_SCRATCH/tables.json: IpvsReport.

/** One event and what both tables held once they had settled: sorted lines of `ipvsadm -Sn`. */
export interface IpvsPhase {
  readonly name: string;
  readonly reference: readonly string[];
  readonly subject: readonly string[];
}

export interface IpvsReport {
  readonly phases: readonly IpvsPhase[];
  /** Exit statuses after SIGTERM, reference and subject. */
  readonly ended: readonly (number | string)[];
  readonly logs: { readonly reference: string; readonly subject: string };
}

/** The lab's one processor may be shared with a whole test run. */
const SETTLE_MS = 60_000;
/** Between two reads that must agree. */
const POLL_MS = 700;
const END_MS = 10_000;
const LOG_LINES = 200;

class Side {
  readonly director: LabDirector;
  readonly #alive = new Set<Checked>();
  #machine: Machine | undefined;

  constructor(name: string, kind: string, scratch: string) {
    this.director = new LabDirector(name, directorKind(kind), `/run/ipvs/${name}`, scratch);
  }

  async prepare(): Promise<void> {
    await run(["ip", "netns", "add", this.director.namespace]);
    await run(["ip", "-n", this.director.namespace, "link", "set", "lo", "up"]);
    await run(["ip", "netns", "exec", this.director.namespace, "ipvsadm", "-R"], `${FOREIGN.join("\n")}\n`);
    this.#machine = new Machine(this.director.namespace);
    for (const server of CHECKED) if (server !== "alpha-2") await this.raise(server);
    await this.configure(1);
  }

  async configure(version: 1 | 2): Promise<void> {
    await this.director.configure(ipvsConfig(version));
  }

  /** The server's port is listened on; nothing changes for one that lives. */
  async raise(server: Checked): Promise<void> {
    if (this.#alive.has(server)) return;
    this.#alive.add(server);
    await this.#machine?.serve(lifeOf(server), CHECK_PORT, server);
  }

  async slay(server: Checked): Promise<void> {
    if (this.#alive.delete(server)) await this.#machine?.stopServing(lifeOf(server));
  }

  async table(): Promise<string[]> {
    const rules = await run(["ip", "netns", "exec", this.director.namespace, "ipvsadm", "-Sn"]);
    return rules.split("\n").map((line) => line.trim()).filter((line) => line !== "").sort();
  }

  /** Waits until the director has ended, for a while. */
  async ended(): Promise<void> {
    for (const deadline = Date.now() + END_MS; this.director.running && Date.now() < deadline; ) await sleep(POLL_MS);
  }

  async end(): Promise<void> {
    await this.ended();
    if (this.director.running) this.director.crash();
    await this.#machine?.terminate();
  }
}

const scratch = process.env["LAB_SCRATCH"];
if (scratch === undefined) throw new Error("runs inside the lab only");
const reference = new Side("reference", process.argv[2] ?? "", scratch);
const subject = new Side("subject", process.argv[3] ?? "", scratch);
const sides = [reference, subject] as const;
const phases: IpvsPhase[] = [];

for (const side of sides) await side.prepare();
const EVENTS: Readonly<Record<string, (side: Side) => void | Promise<void>>> = {
  "before the start": () => undefined,
  start: (side) => side.director.start(),
  "one real server of each service dies": (side) => each(FIRST_DEATHS, (server) => side.slay(server)),
  "all real servers die": (side) => each(CHECKED, (server) => side.slay(server)),
  "a reload while they are dead": (side) => side.configure(2).then(() => side.director.kill("SIGHUP")),
  "all live, the late one too": (side) => each(CHECKED, (server) => side.raise(server)),
  "a reload back": (side) => side.configure(1).then(() => side.director.kill("SIGHUP")),
  "a reload without a change": (side) => side.director.kill("SIGHUP"),
  stop: (side) => side.director.kill("SIGTERM"),
};

for (const expectation of PHASES) {
  const event = EVENTS[expectation.name];
  if (event === undefined) throw new Error(`nobody knows how to make happen: ${expectation.name}`);
  for (const side of sides) await event(side);
  await settle(expectation);
}
for (const side of sides) await side.ended();

const report: IpvsReport = {
  phases,
  ended: sides.map((side) => side.director.ended ?? "still running"),
  logs: { reference: reference.director.log(LOG_LINES), subject: subject.director.log(LOG_LINES) },
};
writeFileSync(join(scratch, "tables.json"), JSON.stringify(report));
for (const side of sides) await side.end();
endShell();

async function each(servers: readonly Checked[], act: (server: Checked) => Promise<void>): Promise<void> {
  for (const server of servers) await act(server);
}

/**
 * Reads both tables until two reads in a row find the reference's as expected and the subject's equal to it, or the time
 * is over; what was read last is reported either way.
 */
async function settle(expectation: PhaseExpectation): Promise<void> {
  const from = Date.now();
  for (let agreed = 0; ; ) {
    await sleep(POLL_MS);
    const [a, b] = [await reference.table(), await subject.table()];
    agreed = missing(expectation, a) === undefined && a.join() === b.join() ? agreed + 1 : 0;
    const took = Date.now() - from;
    if (agreed < 2 && took < SETTLE_MS) continue;
    console.log(`${expectation.name}: ${a.length} and ${b.length} lines after ${took} ms${agreed < 2 ? ", not the same" : ""}`);
    phases.push({ name: expectation.name, reference: a, subject: b });
    return;
  }
}

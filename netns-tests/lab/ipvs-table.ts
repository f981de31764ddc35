import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sleep } from "../lib/eventually.ts";
import { run } from "../lib/run.ts";
import { CHECKED, FIRST_DEATHS, FOREIGN, ipvsConfig } from "./ipvs-config.ts";
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
  readonly #dir: string;

  constructor(name: string, kind: string, scratch: string) {
    this.#dir = `/run/ipvs/${name}`;
    mkdirSync(this.#dir, { recursive: true, mode: 0o755 });
    this.director = new LabDirector(name, directorKind(kind), `${this.#dir}/director`, scratch);
  }

  async prepare(): Promise<void> {
    await run(["ip", "netns", "add", this.director.namespace]);
    await run(["ip", "-n", this.director.namespace, "link", "set", "lo", "up"]);
    await run(["ip", "netns", "exec", this.director.namespace, "ipvsadm", "-R"], `${FOREIGN.join("\n")}\n`);
    for (const server of CHECKED) if (server !== "alpha-2") this.raise(server);
    await this.configure(1);
  }

  async configure(version: 1 | 2): Promise<void> {
    await this.director.configure(ipvsConfig(version, (server) => this.#life(server)));
  }

  raise(server: string): void {
    writeFileSync(this.#life(server), "");
  }

  slay(server: string): void {
    rmSync(this.#life(server));
  }

  async table(): Promise<string[]> {
    const rules = await run(["ip", "netns", "exec", this.director.namespace, "ipvsadm", "-Sn"]);
    return rules.split("\n").map((line) => line.trim()).filter((line) => line !== "").sort();
  }

  /** Waits until the director has ended, for a while. */
  async ended(): Promise<void> {
    for (const deadline = Date.now() + END_MS; this.director.running && Date.now() < deadline; ) await sleep(POLL_MS);
  }

  #life(server: string): string {
    return join(this.#dir, server);
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
  "one real server of each service dies": (side) => FIRST_DEATHS.forEach((server) => side.slay(server)),
  "all real servers die": (side) => CHECKED.filter((server) => server !== "alpha-2" && !includes(FIRST_DEATHS, server)).forEach((server) => side.slay(server)),
  "a reload while they are dead": (side) => side.configure(2).then(() => side.director.kill("SIGHUP")),
  "all live, the late one too": (side) => CHECKED.forEach((server) => side.raise(server)),
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
for (const side of sides) if (side.director.running) side.director.crash();

function includes(words: readonly string[], word: string): boolean {
  return words.includes(word);
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

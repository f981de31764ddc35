import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { advertOf, type AdvertFrame, gratuitousArpOf } from "../lib/frames.ts";
import { directorConfig, VRIDS, writeScripts } from "./demo-config.ts";
import { type DirectorKind, LabDirector } from "./lab-director.ts";
import { type Answer, Machine, type Mail } from "./machine.ts";
import { look, type Look, type Story } from "./story.ts";
import {
  buildWorld, CLIENT_SOURCES, type DirectorName, DIRECTORS, INNER_VIP, macOf, MAIL, on, OUTER_VIP, poolOf, REAL_PORT, REAL_SERVERS,
  type RealServerName, SERVICE_PORT, type Side, SORRY, vipsOf,
} from "./world.ts";
import { Wire } from "./wire.ts";

export const SIDES: readonly Side[] = ["outer", "inner"];
const VIPS: Readonly<Record<Side, string>> = { outer: OUTER_VIP, inner: INNER_VIP };

/** What the client itself answers to whoever asks it: with which address it was asked. */
const MIRROR_PAGE = "asked by {from}";

/** RFC 3768 section 6.1, in milliseconds. */
export function skewMs(name: DirectorName): number {
  return ((256 - DIRECTORS[name].priority) * 1_000) / 256;
}

export function pageOf(server: string): string {
  return `${server}\n`;
}

/** Everything on stage: the machines, both directors, and the two captures. The chapters look at it through this. */
export class Scene {
  readonly story: Story;
  readonly kind: DirectorKind;
  readonly a: LabDirector;
  readonly b: LabDirector;
  readonly client = new Machine("client");
  readonly mail = new Machine("mail");
  readonly sorry = new Machine("sorry");
  readonly realServers: Readonly<Record<RealServerName, Machine>> = { rs1: new Machine("rs1"), rs2: new Machine("rs2"), rs3: new Machine("rs3") };
  readonly #wires: Readonly<Record<Side, Wire>>;
  #sourcesUsed = 0;

  /** Builds the networks, starts everything but the directors. @param logDir for the directors' logs */
  static async build(story: Story, kind: DirectorKind, logDir: string): Promise<Scene> {
    mkdirSync("/run/demo", { mode: 0o755 });
    await buildWorld(); // before there are threads: starting the shell is cheaper
    const listen = (side: Side): Promise<Wire> => Wire.start({ namespace: "wire", device: side, filter: "ip proto 112 or arp" }, join(logDir, `${side}.pcap`));
    const wires = { outer: await listen("outer"), inner: await listen("inner") };
    const scene = new Scene(story, kind, logDir, wires);
    await scene.#startMachines();
    for (const name of ["director-a", "director-b"] as const) {
      await writeScripts(name);
      await scene.director(name).configure(directorConfig(name, createHash("md5").update(pageOf("rs1")).digest("hex")));
    }
    return scene;
  }

  private constructor(story: Story, kind: DirectorKind, logDir: string, wires: Readonly<Record<Side, Wire>>) {
    this.story = story;
    this.kind = kind;
    this.a = new LabDirector("director-a", kind, "/run/demo", logDir);
    this.b = new LabDirector("director-b", kind, "/run/demo", logDir);
    this.#wires = wires;
  }

  director(name: DirectorName): LabDirector {
    return name === "director-a" ? this.a : this.b;
  }

  async #startMachines(): Promise<void> {
    await Promise.all([
      this.client.serve("192.0.2.10", REAL_PORT, MIRROR_PAGE),
      this.mail.receiveMail(MAIL, 25),
      this.sorry.serve(SORRY, REAL_PORT, pageOf("sorry")),
      ...Object.entries(this.realServers).map(([name, machine]) => machine.serve(REAL_SERVERS[name as RealServerName], REAL_PORT, pageOf(name))),
    ]);
  }

  /** The adverts of a director on one side since a moment, oldest first; its own VRID's and well-formed ones only. */
  adverts(side: Side, name: DirectorName, sinceMs: number): AdvertFrame[] {
    return this.#wires[side]
      .all(advertOf, sinceMs)
      .filter((advert) => advert.source === DIRECTORS[name][side] && advert.vrid === VRIDS[side] && advert.checksumGood && advert.ttl === 255);
  }

  /** Whether a director, and it alone, holds both VIPs in the kernel. */
  async holdsBoth(name: DirectorName): Promise<Look> {
    const other = name === "director-a" ? "director-b" : "director-a";
    const [its, others] = await Promise.all([vipsOf(name), vipsOf(other)]);
    return look(its.length === 2 && others.length === 0, `${name} holds ${list(its)}, ${other} holds ${list(others)}`);
  }

  /** Whether the VIPs were announced by gratuitous ARP from a director's own interfaces, on both networks. */
  async announced(name: DirectorName, sinceMs: number): Promise<Look> {
    const seen: string[] = [];
    for (const side of SIDES) {
      const mac = await macOf(name, side);
      const arps = this.#wires[side].all(gratuitousArpOf, sinceMs).filter((arp) => arp.senderMac === mac && arp.senderIp === VIPS[side]);
      if (arps.length > 0) seen.push(`${VIPS[side]} is at ${mac} (${arps.length} frames)`);
    }
    return look(seen.length === SIDES.length, seen.join(", ") || "no gratuitous ARP");
  }

  /** Whether the rule set of the role is loaded in a director: notify scripts ran. */
  async firewall(name: DirectorName, role: "master" | "backup"): Promise<Look> {
    const rules = (await on(name, "iptables-legacy", "-t", "nat", "-S")).split("\n");
    const loaded = rules.flatMap((rule) => /^-N role-(\w+)$/.exec(rule)?.[1] ?? []);
    const snat = rules.some((rule) => rule.includes(`-j SNAT --to-source ${OUTER_VIP}`));
    return look(loaded.join() === role && snat === (role === "master"), `${name} has the rule set of ${list(loaded)}, ${snat ? "with" : "without"} SNAT`);
  }

  /** Whether the kernel's table holds exactly these real servers ("198.51.100.11 weight 2"). */
  async pool(name: DirectorName, want: readonly string[]): Promise<Look> {
    const pool = await poolOf(name);
    return look(pool.join() === [...want].sort().join(), `${name}: ${list(pool)}`);
  }

  /** Asks the virtual server once from each of `count` addresses that never asked before. */
  async askFromFreshAddresses(count: number): Promise<Answer[]> {
    const sources = CLIENT_SOURCES.slice(this.#sourcesUsed, this.#sourcesUsed + count);
    if (sources.length < count) throw new Error("the client has no fresh addresses left");
    this.#sourcesUsed += count;
    const answers: Answer[] = [];
    for (const source of sources) answers.push(await this.client.ask(source, OUTER_VIP, SERVICE_PORT));
    return answers;
  }

  /** Whether a mail arrived since a moment whose subject matches. */
  mailed(sinceMs: number, subject: RegExp): Look {
    const mails = this.mail.mails.filter((mail: Mail) => mail.at >= sinceMs);
    const found = mails.find((mail) => subject.test(mail.subject));
    return look(found !== undefined, found === undefined ? `${mails.length} mails: ${list(mails.map((mail) => mail.subject))}` : `"${found.subject}"`);
  }

  async printTable(name: DirectorName): Promise<void> {
    this.story.say(`${name}# ipvsadm -Ln`);
    this.story.say(await on(name, "ipvsadm", "-Ln"));
  }

  async end(): Promise<void> {
    for (const wire of Object.values(this.#wires)) wire.stop();
    for (const machine of [this.client, this.mail, this.sorry, ...Object.values(this.realServers)]) await machine.terminate();
  }
}

/** "rs1 4, rs2 2": who answered how often. */
export function tally(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers) {
    const who = answer.error ?? answer.body;
    counts.set(who, (counts.get(who) ?? 0) + 1);
  }
  return [...counts].sort().map(([who, count]) => `${who} ${count}`).join(", ");
}

export function list(words: readonly string[]): string {
  return words.length === 0 ? "nothing" : words.join(", ");
}

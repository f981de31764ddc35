import type { Log } from "../base/log.ts";
import type { Notification } from "../base/notification.ts";
import type { RealServer, VirtualServer } from "../conf/model.ts";
import type { CheckerRun } from "./checker-run.ts";
import type { PoolHealth } from "./pool.ts";
import type { QuorumInputs } from "./quorum.ts";
import { gainedText, lostMailText, lostText, quorumUp } from "./quorum.ts";
import { miscAdjustment, realServerWeight } from "./weight.ts";

/** One real server of one virtual server, with what its checkers say. */
export interface Member {
  rs: RealServer;
  /** What identifies it within its virtual server. */
  readonly key: string;
  runs: CheckerRun[];
  /** Every checker is up. */
  up: boolean;
  /** Effective weight while up. */
  weight: number;
  /** The outside was told that it is down, and not since that it is up. */
  toldDown: boolean;
}

export interface ServiceHost {
  readonly log: Log;
  notify(n: Notification): void;
  /** The quorum was gained or lost, or decided for the first time. */
  quorumDecided(service: PooledService): void;
  /** What the kernel ought to hold may have changed. */
  touched(service: PooledService): void;
}

/** A virtual server at work: its members' verdicts, its quorum, and what is said about them. */
export class PooledService {
  readonly #host: ServiceHost;
  vs: VirtualServer;
  members: Member[];
  quorumUp = false;

  constructor(host: ServiceHost, vs: VirtualServer, members: Member[]) {
    this.#host = host;
    this.vs = vs;
    this.members = members;
  }

  /** At start, or when a reload brought this virtual server. `known`: as it was before this worker. */
  open(known: boolean | undefined, initNotifies: boolean): void {
    for (const member of this.members) refresh(member);
    if (known !== undefined) {
      this.quorumUp = known;
      return this.reconsider();
    }
    const { log } = this.#host;
    const { vs } = this;
    const inputs = this.#inputs();
    this.quorumUp = quorumUp(false, inputs);
    if (initNotifies) {
      for (const member of this.members) if (member.up) this.#tellMember(member, true, "Starting with service up", false);
    }
    if (this.quorumUp) {
      log.info(`Gained quorum ${gainedText(inputs)} for VS ${vs.label}`);
      this.#tellQuorum(true, `Starting with quorum up ${gainedText(inputs)}`, false);
    } else if (vs.sorryServer !== undefined) {
      log.info(`Starting with quorum down ${lostText(inputs)} for VS ${vs.label}`);
      this.#logSorryServes();
      this.#tellQuorum(false, `Starting with quorum down ${lostMailText(inputs)}`, false);
    }
    this.#host.quorumDecided(this);
    this.#host.touched(this);
  }

  /**
   * A checker of `member` has a new verdict or another weight.
   *
   * @param failed the verdict was that of a failed check, as `reason` says
   */
  memberJudged(member: Member, failed: boolean, reason: string): void {
    this.#update(member, failed, reason);
    this.reconsider();
  }

  /** Says what changed about `member` itself; the quorum is the caller's. */
  #update(member: Member, failed: boolean, reason: string): void {
    const before = { up: member.up, weight: member.weight };
    refresh(member);
    if (member.weight !== before.weight && before.up === member.up) this.#logWeight(member, before.weight);
    if (member.up !== before.up) {
      this.#host.log.info(changeText(member, this.vs.label));
      this.#tellMember(member, member.up, reason, false);
    } else if (failed && !member.up && !member.toldDown) {
      this.#tellMember(member, false, reason, false); // alpha: found down by its first check, never announced as up
    }
  }

  /** Decides the quorum anew and has the kernel's table compared. */
  reconsider(): void {
    const { log } = this.#host;
    const inputs = this.#inputs();
    const up = quorumUp(this.quorumUp, inputs);
    if (up !== this.quorumUp) {
      this.quorumUp = up;
      const { label, sorryServer } = this.vs;
      if (up) {
        log.info(`Gained quorum ${gainedText(inputs)} for VS ${label}`);
        if (sorryServer !== undefined) {
          log.info(`${sorryServer.inhibit ? "Disabling" : "Removing"} sorry server ${sorryServer.label} from VS ${label}`);
          log.info(`Adding alive servers to the pool for VS ${label}`);
        }
        this.#tellQuorum(true, `Gained quorum ${gainedText(inputs)}`, false);
      } else {
        log.info(`Lost quorum ${lostText(inputs)} for VS ${label}`);
        this.#logSorryServes();
        this.#tellQuorum(false, `Lost quorum ${lostMailText(inputs)}`, false);
      }
      this.#host.quorumDecided(this);
    }
    this.#host.touched(this);
  }

  /** A reload gave this virtual server another definition; `members` carries over the state of those that stay. */
  reconfigure(vs: VirtualServer, members: Member[]): void {
    const staying = new Set(members);
    for (const member of this.members) {
      if (staying.has(member)) continue;
      this.#host.log.info(`service ${member.rs.label} no longer exist`);
      this.#removeMember(member);
    }
    const known = new Set(this.members);
    this.vs = vs;
    this.members = members;
    for (const member of members) {
      if (known.has(member)) this.#update(member, false, "CHECK changed by reload");
      else refresh(member);
    }
    this.reconsider();
  }

  /** A reload removed this virtual server. */
  remove(): void {
    this.#host.log.info(`Removing Virtual Server ${this.vs.label}`);
    for (const member of this.members) this.#removeMember(member);
    if (this.quorumUp) this.#tellQuorum(false, `Lost quorum ${lostMailText({ ...this.#inputs(), weight: 0 })}`, false);
    this.members = [];
    this.quorumUp = false;
    this.#host.touched(this);
  }

  /** The daemon stops: `omega` tells what was up that it no longer is. */
  shutDown(): void {
    for (const member of this.members) {
      const inhibited = member.rs.inhibitOnFailure && !member.up ? "(inhibited) " : "";
      this.#host.log.info(`Shutting down ${inhibited}service ${member.rs.label} from VS ${this.vs.label}`);
      if (this.vs.omega && member.up) this.#tellMember(member, false, "Shutting down", true);
    }
    if (this.vs.omega && this.quorumUp) this.#tellQuorum(false, "Shutting down", true);
  }

  health(): PoolHealth {
    return { quorumUp: this.quorumUp, members: this.members };
  }

  /** Sum of the weights of the live members, and the limits. */
  #inputs(): QuorumInputs {
    const live = this.members.filter((member) => member.up);
    const weight = live.reduce((sum, member) => sum + member.weight, 0);
    return { quorum: this.vs.quorum, hysteresis: this.vs.hysteresis, weight, alive: live.length };
  }

  #removeMember(member: Member): void {
    const inhibited = member.rs.inhibitOnFailure && !member.up ? "(inhibited) " : "";
    this.#host.log.info(`Removing ${inhibited}service ${member.rs.label} from VS ${this.vs.label}`);
    if (member.up) this.#tellMember(member, false, "Removing", false);
  }

  #logSorryServes(): void {
    const { sorryServer, label } = this.vs;
    if (sorryServer === undefined) return;
    this.#host.log.info(`${sorryServer.inhibit ? "Enabling" : "Adding"} sorry server ${sorryServer.label} to VS ${label}`);
    this.#host.log.info(`Removing alive servers from the pool for VS ${label}`);
  }

  #logWeight(member: Member, before: number): void {
    const state = member.up ? "active" : "inactive";
    this.#host.log.info(`Changing weight from ${before} to ${member.weight} for ${state} service ${member.rs.label} of VS ${this.vs.label}`);
  }

  #tellMember(member: Member, up: boolean, reason: string, stopping: boolean): void {
    member.toldDown = !up;
    this.#host.notify({ type: "realServer", virtualServer: this.vs.label, realServer: member.rs.label, up, reason, stopping });
  }

  #tellQuorum(up: boolean, reason: string, stopping: boolean): void {
    this.#host.notify({ type: "quorum", virtualServer: this.vs.label, up, reason, stopping });
  }
}

/** keepalived's line for a real server that came up or went down. */
function changeText({ rs, up }: Member, virtualServer: string): string {
  if (rs.inhibitOnFailure) return `${up ? "Enabling" : "Disabling"} service ${rs.label} of VS ${virtualServer}`;
  return up ? `Adding service ${rs.label} to VS ${virtualServer}` : `Removing service ${rs.label} from VS ${virtualServer}`;
}

/** Brings `up` and `weight` in line with what the checkers say now. */
export function refresh(member: Member): void {
  member.up = member.runs.every((run) => run.state.up);
  const { weight: configured } = member.rs;
  member.weight = realServerWeight({ configured, adjustments: member.runs.map((run) => miscAdjustment(configured, run.exitWeight)) });
}

import type { Firewall } from "../base/firewall.ts";
import type { InterfaceAddress, Link } from "../base/network.ts";
import type { Log } from "../base/log.ts";
import type { FrameSocket, HostNetwork, InstalledRecord } from "../base/ports.ts";
import type { Alarm, Clock, Micros } from "../base/time.ts";
import type { TrackResult } from "../base/tracking.ts";
import type { VrrpConfig } from "../conf/model.ts";
import { VrrpEngine } from "./engine.ts";

/** V8 compiles a function at its first call and better after a few: the third performance is fluent. */
const PERFORMANCES = 3;
/** A configuration that does not come to its end (an interface is missing) is given up after so many wake-ups. */
const MOST_WAKES = 5_000;

/** The kernel counts from 1. */
const FIRST_MADE = 0x7000_0000;

/** What the play acts on; nothing of it may reach anybody. */
export interface Stage {
  readonly network: Pick<HostNetwork, "prepare" | "addAddresses" | "deleteAddresses" | "addRoutes" | "deleteRoutes" | "addRules" | "deleteRules">;
  readonly frames: FrameSocket;
  readonly record: InstalledRecord;
  readonly firewall: Pick<Firewall, "change">;
}

const BARE_STAGE: Stage = {
  network: {
    prepare: () => undefined,
    addAddresses: (added) => added.map(() => undefined),
    deleteAddresses: (deleted) => deleted.map(() => undefined),
    addRoutes: (added) => added.map(() => undefined),
    deleteRoutes: (deleted) => deleted.map(() => undefined),
    addRules: (added) => added.map(() => undefined),
    deleteRules: (deleted) => deleted.map(() => undefined),
  },
  frames: { sendAll: () => [], close: () => undefined },
  record: { read: () => ({ rules: [], routes: [], addresses: [], links: [], settings: [], tables: [] }), write: () => undefined, prepare: () => undefined },
  firewall: { change: () => undefined },
};

/**
 * Plays this configuration's takeover against nothing, so that the code of the real one is compiled when it is needed: the
 * first takeover of a process otherwise starts a millisecond late and spends twenty on compiling. Nothing outside is touched.
 *
 * @param links the interfaces as they are; those that are down are played as up
 * @param stage the code behind it is compiled too
 * @returns whether every instance came to be MASTER with all its addresses
 */
export function rehearse(config: VrrpConfig, links: readonly Link[], addresses: readonly InterfaceAddress[], stage: Stage = BARE_STAGE): boolean {
  let complete = false;
  for (let i = 0; i < PERFORMANCES; i++) {
    const clock = new StageClock();
    const made: Link[] = [];
    const engine = new VrrpEngine({
      clock,
      log: SILENT,
      network: {
        links: () => [...links.map((link) => ({ ...link, up: true })), ...made],
        link: (name) => [...links, ...made].find((link) => link.name === name),
        addLink: ({ name, stacked, hardwareAddress = new Uint8Array(6) }) => void made.push({ index: FIRST_MADE + made.length, name, up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress, stacked }),
        raiseLink: () => undefined,
        setLinkGroup: () => undefined,
        deleteLinks: (names) => names.map(() => undefined),
        addresses: () => [...addresses],
        prepare: (prepared) => stage.network.prepare(prepared),
        addAddresses: (added) => stage.network.addAddresses(added),
        deleteAddresses: (deleted) => stage.network.deleteAddresses(deleted),
        linkBeat: () => undefined,
        routes: () => [],
        rules: () => [],
        addRoutes: (added) => stage.network.addRoutes(added),
        deleteRoutes: (deleted) => stage.network.deleteRoutes(deleted),
        addRules: (added) => stage.network.addRules(added),
        deleteRules: (deleted) => stage.network.deleteRules(deleted),
        readSetting: () => undefined,
        writeSetting: () => undefined,
      },
      frames: stage.frames,
      record: stage.record,
      firewall: { change: (before, after) => stage.firewall.change(before, after), remove: () => undefined, generation: () => 0, contents: () => [] },
      openLinkMonitor: () => ({ receive: () => undefined, close: () => undefined }),
      openAdvertSocket: () => ({ receive: () => undefined, send: () => undefined, close: () => undefined }),
      openFrameWatch: () => ({ receive: () => undefined, close: () => undefined }),
      notify: () => undefined,
      track: () => undefined,
      wallClockMs: () => 0,
      schedule: () => undefined,
      wokenLate: () => undefined,
      isIpv6Router: () => false,
    });
    engine.start({ ...config, startupDelayUs: 0 });
    for (const { name } of config.scripts) engine.scriptResult(name, { type: "exited", code: 0 });
    for (const result of goodResults(config)) engine.trackResult(result);
    for (const { trackBfds } of [...config.instances, ...config.syncGroups]) for (const { name, reverse } of trackBfds) engine.bfdResult(name, !reverse);
    complete = clock.playUntil(() => isMaster(engine));
    engine.stop();
  }
  return complete;
}

/** Whatever keeps no instance from being MASTER: 0 is good for a file unless `reverse` makes it a FAULT. */
function goodResults({ instances, syncGroups, trackFiles, trackProcesses }: VrrpConfig): TrackResult[] {
  const trackers = [...instances, ...syncGroups];
  const reversed = (name: string, list: "trackFiles" | "trackProcesses"): boolean =>
    trackers.some((tracker) => tracker[list].some((tracked) => tracked.name === name && tracked.reverse && tracked.weight === 0));
  return [
    ...trackFiles.map(({ name }) => ({ type: "file", name, value: reversed(name, "trackFiles") ? 1 : 0 }) as const),
    ...trackProcesses.map(({ name }) => ({ type: "process", name, up: !reversed(name, "trackProcesses") }) as const),
  ];
}

function isMaster(engine: VrrpEngine): boolean {
  return engine.status().instances.every(
    ({ state, addressesWanted, addressesInstalled }) => state === "MASTER" && addressesInstalled === addressesWanted.length,
  );
}

/** Jumps from alarm to alarm. */
class StageClock implements Clock {
  #now: Micros = 0;
  #alarms: { readonly at: Micros; readonly wake: () => void }[] = [];

  now(): Micros {
    return this.#now;
  }

  alarm(at: Micros, wake: () => void): Alarm {
    const alarm = { at, wake };
    this.#alarms.push(alarm);
    return { cancel: () => void (this.#alarms = this.#alarms.filter((one) => one !== alarm)) };
  }

  /** @returns whether it came to that */
  playUntil(done: () => boolean): boolean {
    for (let wakes = 0; wakes < MOST_WAKES; wakes++) {
      if (done()) return true;
      const next = this.#earliest();
      if (next === undefined) return false;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
    return false;
  }

  #earliest(): { readonly at: Micros; readonly wake: () => void } | undefined {
    return this.#alarms.reduce<{ readonly at: Micros; readonly wake: () => void } | undefined>(
      (first, alarm) => (first === undefined || alarm.at < first.at ? alarm : first),
      undefined,
    );
  }
}

const SILENT: Log = {
  write: () => undefined,
  info: () => undefined,
  warning: () => undefined,
  error: () => undefined,
  detail: () => undefined,
  detailed: false,
};

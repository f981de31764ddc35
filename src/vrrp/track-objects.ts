import type { ScriptExit } from "../base/ports.ts";
import type { TrackResult } from "../base/tracking.ts";
import type { TrackFile, TrackProcess, VrrpConfig } from "../conf/model.ts";
import { carryScripts } from "./scripts.ts";
import type { KnownScript } from "./scripts.ts";
import { judgeScript, scriptIsUp } from "./track.ts";
import type { FileValue } from "./track.ts";

interface Known<Config, Value> {
  readonly config: Config;
  /** Undefined: not heard of yet. */
  readonly value: Value | undefined;
}

/** What the tracked scripts, files and processes last said. It survives a reload: a new result comes when there is one. */
export class TrackedObjects {
  #scripts = new Map<string, KnownScript>();
  #files = new Map<string, Known<TrackFile, FileValue>>();
  #processes = new Map<string, Known<TrackProcess, boolean>>();
  /** Told anew after every configuration. */
  readonly #bfds = new Map<string, boolean>();

  /** @returns log lines */
  configure({ scripts, trackFiles, trackProcesses }: VrrpConfig): readonly string[] {
    const carried = carryScripts(this.#scripts, scripts);
    this.#scripts = carried.scripts;
    this.#files = carry(this.#files, trackFiles, (file) => file.file);
    this.#processes = carry(this.#processes, trackProcesses, identity);
    return carried.lines;
  }

  /** One run of a track script has ended. @returns log lines; undefined when nobody knows it */
  scriptResult(name: string, exit: ScriptExit): readonly string[] | undefined {
    const script = this.#scripts.get(name);
    if (script === undefined) return undefined;
    const { state, lines } = judgeScript(script.config, script.state, exit);
    this.#scripts.set(name, { config: script.config, state });
    return lines;
  }

  /** @returns whether it is known */
  take(result: TrackResult): boolean {
    if (result.type === "file") return learn(this.#files, result.name, result.value ?? "absent");
    return learn(this.#processes, result.name, result.up);
  }

  /** @returns whether that is new */
  bfdResult(name: string, up: boolean): boolean {
    const before = this.bfdUp(name);
    this.#bfds.set(name, up);
    return before !== up;
  }

  bfdUp(name: string): boolean {
    return this.#bfds.get(name) ?? false;
  }

  /** Undefined: it has not run. */
  scriptUp(name: string): boolean | undefined {
    const script = this.#scripts.get(name);
    // A weighted script that has not run counts as down; `hasRun` matters to unweighted ones, which wait in INIT.
    return script?.state.hasRun === true ? scriptIsUp(script.config, script.state) : undefined;
  }

  fileValue(name: string): FileValue | undefined {
    return this.#files.get(name)?.value;
  }

  processUp(name: string): boolean | undefined {
    return this.#processes.get(name)?.value;
  }
}

function carry<Config extends { readonly name: string }, Value>(
  before: ReadonlyMap<string, Known<Config, Value>>,
  next: readonly Config[],
  identityOf: (config: Config) => string,
): Map<string, Known<Config, Value>> {
  const values = new Map([...before.values()].map(({ config, value }) => [identityOf(config), value]));
  return new Map(next.map((config) => [config.name, { config, value: values.get(identityOf(config)) }]));
}

/** Everything that decides what counts as this process; delays do not. */
function identity({ process, parameters, paramMatch, quorum, quorumMax, fullCommand }: TrackProcess): string {
  return JSON.stringify([process, parameters, paramMatch, quorum, quorumMax, fullCommand]);
}

function learn<Config, Value>(known: Map<string, Known<Config, Value>>, name: string, value: Value): boolean {
  const one = known.get(name);
  if (one !== undefined) known.set(name, { config: one.config, value });
  return one !== undefined;
}

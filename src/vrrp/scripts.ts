import type { TrackScript } from "../conf/model.ts";
import { newScriptState, scriptIsUp } from "./track.ts";
import type { ScriptState } from "./track.ts";

export interface KnownScript {
  readonly config: TrackScript;
  readonly state: ScriptState;
}

export interface ScriptsAfterReload {
  readonly scripts: Map<string, KnownScript>;
  readonly lines: readonly string[];
}

/** The scripts of a new configuration; one with the same command line keeps what it last said. */
export function carryScripts(before: ReadonlyMap<string, KnownScript>, next: readonly TrackScript[]): ScriptsAfterReload {
  const scripts = new Map<string, KnownScript>();
  const lines: string[] = [];
  const known = [...before.values()];
  for (const config of next) {
    const old = known.find((script) => commandLine(script.config) === commandLine(config));
    if (old === undefined || !old.state.hasRun) {
      scripts.set(config.name, { config, state: newScriptState(config) });
      continue;
    }
    const up = scriptIsUp(old.config, old.state);
    // rise and fall may have changed: a counter at its limit says the same with any of them.
    const same = old.config.rise === config.rise && old.config.fall === config.fall;
    const counter = same ? old.state.counter : up ? config.rise + config.fall - 1 : 0;
    scripts.set(config.name, { config, state: { ...old.state, counter } });
    lines.push(`VRRP_Script(${config.name}) considered ${up ? "successful" : "unsuccessful"} on reload`);
  }
  return { scripts, lines };
}

function commandLine({ script }: TrackScript): string {
  return JSON.stringify(script.argv);
}

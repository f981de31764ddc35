import { Worker } from "node:worker_threads";
import type { LoadRequest, LoadResult } from "../conf/load.ts";
import type { BfdConfig, GlobalConfig, VrrpConfig } from "../conf/model.ts";
import { unbound } from "../sys/cpu-affinity.ts";
import type { OpaquePart } from "./messages.ts";

/** What main needs of a configuration; the parts of the other threads stay serialised. */
export interface ConfigParts {
  readonly global: GlobalConfig;
  readonly vrrp: VrrpConfig;
  readonly bfd: BfdConfig;
  readonly hasVirtualServers: boolean;
  readonly check: OpaquePart;
  readonly notify: OpaquePart;
}

export type LoadedConfig = Omit<LoadResult, "config"> & { readonly parts: ConfigParts | undefined };

/** Loads a configuration in a worker of its own. Rejects when the loader itself fails: no descriptor or memory for a thread, a bug. */
export function loadInWorker(request: LoadRequest): Promise<LoadedConfig> {
  return new Promise((resolve, reject) => {
    const worker = unbound(() => new Worker(new URL("./parser-thread.js", import.meta.url), { workerData: request, name: "parser" }));
    let answer: LoadedConfig | undefined;
    worker.once("message", (message: LoadedConfig) => void (answer = message));
    worker.once("error", reject);
    worker.once("exit", () => {
      if (answer !== undefined) resolve(answer);
      else reject(new Error("the configuration loader ended without an answer"));
    });
  });
}

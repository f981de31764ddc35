import { serialize } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { loadConfig } from "../conf/load.ts";
import type { LoadRequest } from "../conf/load.ts";
import { loadEnvironment } from "./load-environment.ts";
import type { LoadedConfig } from "./loading.ts";

// A short-lived worker: the heap that loading takes goes away with it, and main's beat is not disturbed.

const { config, ...rest } = loadConfig(loadEnvironment(), workerData as LoadRequest);
const parts = config && {
  global: config.global,
  vrrp: config.vrrp,
  bfd: config.bfd,
  hasVirtualServers: config.check.virtualServers.length > 0,
  check: serialize(config.check),
  notify: serialize(config.notify),
};
const answer: LoadedConfig = { ...rest, parts };
// Handed over, not copied: a large pool is megabytes, and main has adverts to send.
parentPort?.postMessage(answer, parts === undefined ? [] : [parts.check.buffer, parts.notify.buffer]);

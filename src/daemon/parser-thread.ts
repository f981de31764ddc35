import { hostname } from "node:os";
import { readdirSync } from "node:fs";
import { serialize } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { loadConfig } from "../conf/load.ts";
import type { LoadRequest } from "../conf/load.ts";
import { accounts } from "../sys/accounts.ts";
import { files } from "../sys/files.ts";
import type { LoadedConfig } from "./loading.ts";

// A short-lived worker: chevrotain's heap, a quarter of the process, goes away with it.

const request = workerData as LoadRequest;

const loaded = loadConfig(
  {
    files,
    accounts,
    interfaceNames: readdirSync("/sys/class/net"),
    hostName: hostname(),
    env: process.env,
    random: (min, max) => min + Math.floor(Math.random() * (max - min + 1)),
  },
  request,
);
const { config, ...rest } = loaded;
const answer: LoadedConfig = {
  ...rest,
  parts:
    config === undefined
      ? undefined
      : {
          global: config.global,
          vrrp: config.vrrp,
          hasVirtualServers: config.check.virtualServers.length > 0,
          check: serialize(config.check),
          notify: serialize(config.notify),
        },
};
parentPort?.postMessage(answer);

import { hostname } from "node:os";
import { serialize } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { loadConfig } from "../conf/load.ts";
import type { LoadRequest } from "../conf/load.ts";
import { accounts } from "../sys/accounts.ts";
import { NETLINK_ROUTE } from "../net/linux-netlink.ts";
import { files } from "../sys/files.ts";
import { KernelHostNetwork } from "../sys/host-network.ts";
import { KernelNetlinkClient } from "../sys/netlink-client.ts";
import type { LoadedConfig } from "./loading.ts";

// A short-lived worker: chevrotain's heap, a quarter of the process, goes away with it.

/** Of this thread's network namespace; /sys shows whichever one it was mounted in. */
function interfaceNames(): string[] {
  const netlink = KernelNetlinkClient.open(NETLINK_ROUTE);
  try {
    return new KernelHostNetwork(netlink).links().map(({ name }) => name);
  } finally {
    netlink.close();
  }
}

const request = workerData as LoadRequest;

const loaded = loadConfig(
  {
    files,
    accounts,
    interfaceNames: interfaceNames(),
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

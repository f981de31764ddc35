import { hostname } from "node:os";
import type { LoadEnvironment } from "../conf/environment.ts";
import { accounts } from "../sys/accounts.ts";
import { files } from "../sys/files.ts";
import { interfaceMtu } from "../sys/interface-mtu.ts";
import { interfaceNames } from "../sys/interface-names.ts";

/** What loading depends on, of this machine and of the calling thread's network namespace. */
export function loadEnvironment(): LoadEnvironment {
  return {
    files,
    accounts,
    interfaceNames: interfaceNames(),
    interfaceMtu,
    hostName: hostname(),
    env: process.env,
    random: (min, max) => min + Math.floor(Math.random() * (max - min + 1)),
  };
}

import { hostname } from "node:os";
import type { LoadEnvironment } from "../conf/environment.ts";
import { KernelError } from "../base/errors.ts";
import { accounts } from "../sys/accounts.ts";
import { files } from "../sys/files.ts";
import { interfaceMtu } from "../sys/interface-mtu.ts";
import { interfaceNames } from "../sys/interface-names.ts";
import { enterNetworkNamespace, networkNamespacePath } from "../sys/network-namespace.ts";

function tryEntering(name: string): string | undefined {
  try {
    enterNetworkNamespace(networkNamespacePath(name));
    return undefined;
  } catch (error) {
    if (error instanceof KernelError) return error.message;
    throw error;
  }
}

/** What loading depends on, of this machine and of the calling thread's network namespace. */
export function loadEnvironment(): LoadEnvironment {
  return {
    files,
    accounts,
    enterNetworkNamespace: tryEntering,
    interfaceNames,
    interfaceMtu,
    hostName: hostname(),
    env: process.env,
    random: (min, max) => min + Math.floor(Math.random() * (max - min + 1)),
  };
}

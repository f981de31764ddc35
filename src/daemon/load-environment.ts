import { hostname } from "node:os";
import type { LoadEnvironment } from "../conf/environment.ts";
import { KernelError } from "../base/errors.ts";
import { accounts } from "../sys/accounts.ts";
import { files } from "../sys/files.ts";
import { interfaceMtu } from "../sys/interface-mtu.ts";
import { interfaceNames } from "../sys/interface-names.ts";
import { networkNamespacePath, withinNetworkNamespace } from "../sys/network-namespace.ts";

function within<T>(namespace: string | undefined, look: () => T): T {
  return namespace === undefined ? look() : withinNetworkNamespace(networkNamespacePath(namespace), look);
}

function mtuWithin(name: string, namespace: string | undefined): number | undefined {
  try {
    return within(namespace, () => interfaceMtu(name));
  } catch (error) {
    if (error instanceof KernelError) return undefined;
    throw error;
  }
}

/** What loading depends on, of this machine. The calling thread is afterwards in the network namespace that it was in. */
export function loadEnvironment(): LoadEnvironment {
  return {
    files,
    accounts,
    interfaceNames: (namespace) => within(namespace, interfaceNames),
    interfaceMtu: mtuWithin,
    hostName: hostname(),
    env: process.env,
    random: (min, max) => min + Math.floor(Math.random() * (max - min + 1)),
  };
}

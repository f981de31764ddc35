import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { KernelError } from "../base/errors.ts";
import { networkNamespacePath } from "../sys/network-namespace.ts";
import type { Log } from "../base/log.ts";
import type { GlobalConfig } from "../conf/model.ts";

type Identity = Pick<GlobalConfig, "instance" | "netNamespace" | "netNamespaceIpvs">;

/** Of the log's idents, as keepalived appends it: "_NAMESPACE", "_INSTANCE", or both. Empty without. */
export function identSuffix({ netNamespace, instance }: Identity): string {
  return [netNamespace, instance].map((part) => (part === undefined ? "" : `_${part}`)).join("");
}

/**
 * Path of the network namespace of the IPVS table; undefined: the one that the daemon lives in.
 *
 * @param home the namespace that it was started in, as a path that holds after it has moved
 */
export function ipvsNamespace({ netNamespace, netNamespaceIpvs }: Identity, home: () => string): string | undefined {
  if (netNamespaceIpvs !== undefined && netNamespaceIpvs !== "") return networkNamespacePath(netNamespaceIpvs);
  return netNamespaceIpvs === "" && netNamespace !== undefined ? home() : undefined;
}

/** What to do about an IPVS table that cannot be used. @param namespace of `ipvsNamespace` */
export function ipvsRemedy({ code, operation }: KernelError, namespace: string | undefined): string {
  if (code === "EPERM") return "run as root or with CAP_NET_ADMIN";
  if (operation === `open ${namespace}`) return "net_namespace_ipvs names a network namespace that is not there: make it before the daemon starts";
  return "this kernel has no IPVS: load the module ip_vs, or use a kernel that has it";
}

/** Where the guardian finds the namespace in which the recorded things are (native/guardian.c). */
function namespaceFile(recordPath: string): string {
  return `${recordPath}.netns`;
}

/**
 * What a life that was killed has recorded in another namespace than `netNamespace` goes: nobody else will look for it there.
 *
 * @param release undoes what stands in a record, in its own namespace; called before the daemon moves to another one
 */
export function releaseElsewhere(recordPath: string, netNamespace: string | undefined, release: (recordPath: string) => void, log: Log): void {
  const noted = existsSync(namespaceFile(recordPath)) ? readFileSync(namespaceFile(recordPath), "utf8") : undefined;
  if (!existsSync(recordPath) || noted === (netNamespace === undefined ? undefined : networkNamespacePath(netNamespace))) return;
  log.info("Releasing what the last run has left in another network namespace");
  try {
    release(recordPath);
  } catch (error) {
    log.error(`cannot release what stands in ${recordPath}: ${error instanceof Error ? error.message : String(error)}`);
  }
  forgetRecord(recordPath);
}

/** Before anything is recorded. @throws Error as writing a file */
export function noteNamespace(recordPath: string, netNamespace: string | undefined): void {
  if (netNamespace === undefined) rmSync(namespaceFile(recordPath), { force: true });
  else writeFileSync(namespaceFile(recordPath), networkNamespacePath(netNamespace), { mode: 0o644 });
}

/** After an orderly end there is nothing left to undo. */
export function forgetRecord(recordPath: string): void {
  for (const path of [recordPath, namespaceFile(recordPath)]) rmSync(path, { force: true });
}

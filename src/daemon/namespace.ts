import { rmSync, writeFileSync } from "node:fs";
import { networkNamespacePath } from "../sys/network-namespace.ts";
import type { GlobalConfig } from "../conf/model.ts";

type Identity = Pick<GlobalConfig, "instance" | "netNamespace" | "netNamespaceIpvs">;

/** Of the log's idents, as keepalived appends it: "_NAMESPACE", "_INSTANCE", or both. Empty without. */
export function identSuffix({ netNamespace, instance }: Identity): string {
  return [netNamespace, instance].map((part) => (part === undefined ? "" : `_${part}`)).join("");
}

/** Why a running daemon cannot take this configuration over: what it is called and where it lives is settled at start. */
export function immovable(running: Identity, wanted: Identity): string | undefined {
  const changed = (key: keyof Identity): boolean => running[key] !== wanted[key];
  const what = changed("netNamespace") ? "network namespace" : changed("netNamespaceIpvs") ? "IPVS network namespace" : changed("instance") ? "instance name" : undefined;
  return what === undefined ? undefined : `Cannot change ${what} at a reload - please restart keepalived`;
}

/** Where the guardian finds the namespace in which the recorded things are (native/guardian.c). */
function namespaceFile(recordPath: string): string {
  return `${recordPath}.netns`;
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

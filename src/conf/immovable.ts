import type { GlobalConfig } from "./model.ts";

type Identity = Pick<GlobalConfig, "instance" | "netNamespace" | "netNamespaceIpvs">;

/** Why a running daemon cannot take this configuration over: what it is called and where it lives is settled at start. */
export function immovable(running: Identity, wanted: Identity): string | undefined {
  const changed = (key: keyof Identity): boolean => running[key] !== wanted[key];
  const what = changed("netNamespace") ? "network namespace" : changed("netNamespaceIpvs") ? "IPVS network namespace" : changed("instance") ? "instance name" : undefined;
  return what === undefined ? undefined : `Cannot change ${what} at a reload - please restart keepalived`;
}

import type { CheckConfig, CheckerConfig, GroupReference, ServiceKey } from "../conf/model.ts";

// What this engine can run. The loader refuses everything else by name, so that none of it comes here; should it come
// nevertheless, it ends in an error and never in a real server that nobody checks.

export type RunnableChecker = Extract<CheckerConfig, { readonly type: "TCP_CHECK" | "HTTP_GET" | "MISC_CHECK" }>;

/** @throws Error when the engine has no such checker */
export function runnable(config: CheckerConfig): RunnableChecker {
  switch (config.type) {
    case "TCP_CHECK":
    case "HTTP_GET":
    case "MISC_CHECK":
      return config;
    default:
      throw new Error(`the check engine has no ${config.type}`);
  }
}

/** @throws Error for a virtual_server_group, which the engine does not resolve into services */
export function kernelService(key: ServiceKey | GroupReference): ServiceKey {
  if (key.type === "group") throw new Error(`the check engine has no virtual_server_group (${key.group})`);
  return key;
}

/** Before anything is touched. @throws Error as `runnable` and `kernelService` do, and for tunnels other than IP in IP */
export function assertRunnable({ virtualServers }: CheckConfig): void {
  for (const { key, label, tunnel, sorryServer, realServers } of virtualServers) {
    kernelService(key);
    if (tunnel !== undefined || sorryServer?.tunnel !== undefined || realServers.some((rs) => rs.tunnel !== undefined)) {
      throw new Error(`the check engine has no tunnels but IP in IP (${label})`);
    }
    for (const { checkers } of realServers) checkers.forEach(runnable);
  }
}

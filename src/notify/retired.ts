import type { NotifyConfig } from "../conf/model.ts";

/**
 * `config`, and in addition the targets that only `before` had: what a reload removes is told of its removal after the new
 * configuration has come (`notify_deleted`, quorum down). FIFOs and mail are the new ones'.
 */
export function withRetired(config: NotifyConfig, before: NotifyConfig): NotifyConfig {
  return {
    ...config,
    instances: { ...before.instances, ...config.instances },
    groups: { ...before.groups, ...config.groups },
    virtualServers: {
      ...before.virtualServers,
      ...Object.fromEntries(
        Object.entries(config.virtualServers).map(([label, target]) => {
          const old = Object.hasOwn(before.virtualServers, label) ? before.virtualServers[label] : undefined;
          return [label, { ...target, realServers: { ...old?.realServers, ...target.realServers } }];
        }),
      ),
    },
  };
}

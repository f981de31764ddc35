import type { NotifyConfig } from "../conf/model.ts";

/**
 * `config`, and in addition the targets that only `before` had: what a reload removes is told of its removal after the new
 * configuration has come (`notify_deleted`, quorum down). FIFOs and mail are the new ones'.
 */
export function withRetired(config: NotifyConfig, before: NotifyConfig): NotifyConfig {
  return {
    ...config,
    instances: new Map([...before.instances, ...config.instances]),
    groups: new Map([...before.groups, ...config.groups]),
    virtualServers: new Map([
      ...before.virtualServers,
      ...[...config.virtualServers].map(([label, target]) => {
        const old = before.virtualServers.get(label)?.realServers ?? [];
        return [label, { ...target, realServers: new Map([...old, ...target.realServers]) }] as const;
      }),
    ]),
  };
}

import type { CheckStatus, CheckerStatus, RealServerStatus, VirtualServerStatus } from "../check/status.ts";
import type { CheckConfig, CheckerConfig, RealServer, VirtualServer } from "../conf/model.ts";

// What dumps and the control socket show of the checkers: configuration and state side by side, as plain data.
// (VRRP's status carries its configuration already.)

export interface VirtualServerView {
  readonly config: VirtualServer;
  readonly status: VirtualServerStatus;
  readonly realServers: readonly RealServerView[];
}

export interface RealServerView {
  readonly config: RealServer;
  readonly status: RealServerStatus;
  /** It is a destination in the kernel's table, if only with weight 0. */
  readonly installed: boolean;
  readonly checkers: readonly CheckerView[];
}

export interface CheckerView {
  readonly config: CheckerConfig;
  readonly status: CheckerStatus;
}

/** Joins by label, in the configuration's order; what only one side knows (a reload is under way) is left out. */
export function checkViews(status: CheckStatus, config: CheckConfig): VirtualServerView[] {
  return config.virtualServers.flatMap((vs) => {
    const of = status.virtualServers.find(({ label }) => label === vs.label);
    if (of === undefined) return [];
    const realServers = vs.realServers.flatMap((rs, i) => {
      const own = labelled(of.realServers, rs.label, i);
      return own === undefined ? [] : [realServerView(rs, own, of, status.ipvs)];
    });
    return [{ config: vs, status: of, realServers }];
  });
}

/** Two real servers of a service may have one label; then the position decides. */
function labelled(servers: readonly RealServerStatus[], label: string, index: number): RealServerStatus | undefined {
  const there = servers[index];
  return there?.label === label ? there : servers.find((server) => server.label === label);
}

function realServerView(config: RealServer, status: RealServerStatus, of: VirtualServerStatus, ipvs: boolean): RealServerView {
  const serves = status.up && !of.sorryServerServes;
  const checkers = config.checkers.flatMap((checker, i) => {
    const own = status.checkers[i];
    return own === undefined ? [] : [{ config: checker, status: own }];
  });
  return { config, status, installed: ipvs && (serves || config.inhibitOnFailure), checkers };
}

import type { VrrpInstance } from "../conf/model.ts";
import { PRIORITY_OWNER } from "./advert.ts";
import type { Elector } from "./elector.ts";
import { masterDownInterval } from "./fsm-state.ts";
import { nextExtra } from "./garp.ts";
import type { VrrpHost } from "./host.ts";
import { routerOf } from "./instance.ts";
import type { Instance } from "./instance.ts";
import { addressesOf } from "./placement.ts";
import { samePlainData } from "./reload.ts";

/**
 * Gives a running instance a new configuration: state and statistics stay, running deadlines follow the new intervals
 * (never later than they would have been for a MASTER), addresses, routes and rules follow by difference.
 */
export function applyChange(instance: Instance, next: VrrpInstance, elector: Elector, host: VrrpHost): void {
  const old = instance.config;
  const { state } = instance;
  const downInterval = () => masterDownInterval(routerOf(instance), instance.priority.priority, state.name === "BACKUP" ? state.masterIntervalUs : undefined);
  const downBefore = downInterval();
  instance.config = next;
  if (state.name === "BACKUP") {
    const shift = downInterval() - downBefore;
    instance.state = { ...state, masterDownAt: state.masterDownAt + shift, preemptAt: next.preempt ? state.preemptAt : undefined };
  }
  if (state.name !== "MASTER") return;
  instance.state = { ...state, advertAt: Math.min(state.advertAt, host.clock.now() + next.advertIntervalUs) };
  if (!samePlainData(old.garpExtraIf, next.garpExtraIf)) instance.garp = { ...instance.garp, extraAt: nextExtra(next.garpExtraIf, host.clock.now()) };
  if (!samePlainData(old.garpExtra, next.garpExtra)) elector.announceExtra(instance);
  if (samePlainData(network(old), network(next))) return;
  for (const vip of addressesOf(old)) {
    if (addressesOf(next).some((kept) => kept.address === vip.address && kept.interface === vip.interface)) continue;
    host.log.info(`(${next.name}) ip address ${vip.address}/${vip.prefixLength} dev ${vip.interface}, no longer exist`);
  }
  elector.installNetwork(instance);
}

function network(config: VrrpInstance): unknown {
  return [addressesOf(config), config.virtualRoutes, config.virtualRules, config.accept, config.priority === PRIORITY_OWNER, config.vmac, config.useVmacAddr];
}

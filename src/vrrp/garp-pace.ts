import type { Micros } from "../base/time.ts";
import type { VrrpConfig } from "../conf/model.ts";

/** The distance that announcements keep, on one interface or on all of a `garp_group` together. 0: none. */
export interface Pace {
  readonly arpGapUs: Micros;
  readonly naGapUs: Micros;
  /** No ARP, and no neighbour advertisement, leaves before. */
  arpAt: Micros;
  naAt: Micros;
}

export type PaceConfig = Pick<VrrpConfig, "garpIntervalUs" | "gnaIntervalUs" | "garpGroups">;

/** `vrrp_garp_interval` and `vrrp_gna_interval`, and what a `garp_group` sets for its interfaces, which share it. */
export class Paces {
  #config: PaceConfig = { garpIntervalUs: 0, gnaIntervalUs: 0, garpGroups: [] };
  readonly #byInterface = new Map<string, Pace>();

  configure(config: PaceConfig): void {
    this.#config = config;
    this.#byInterface.clear();
    for (const { interfaces, garpIntervalUs, gnaIntervalUs } of config.garpGroups) {
      const pace = this.#pace(garpIntervalUs, gnaIntervalUs);
      for (const name of interfaces) this.#byInterface.set(name, pace);
    }
  }

  of(interfaceName: string): Pace {
    const known = this.#byInterface.get(interfaceName);
    if (known !== undefined) return known;
    const pace = this.#pace(undefined, undefined);
    this.#byInterface.set(interfaceName, pace);
    return pace;
  }

  #pace(arpGapUs = this.#config.garpIntervalUs, naGapUs = this.#config.gnaIntervalUs): Pace {
    return { arpGapUs, naGapUs, arpAt: 0, naAt: 0 };
  }
}

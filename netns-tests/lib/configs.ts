export const VIP = "192.0.2.100";
export const VRID = 51;

export interface InstanceOptions {
  readonly name?: string;
  readonly interface?: string;
  readonly vrid?: number;
  readonly priority?: number;
  readonly vips?: readonly string[];
  /** Further lines of the block, e.g. "nopreempt". */
  readonly more?: readonly string[];
}

/** What stands before the instances: no mail, scripts as root (the tests' scratch folders are root's). */
export const GLOBAL = `global_defs {
    router_id TEST
    script_user root
    enable_script_security
}
`;

/** One vrrp_instance with a one second interval. */
export function instance(options: InstanceOptions = {}): string {
  return `vrrp_instance ${options.name ?? "VI_1"} {
    state BACKUP
    interface ${options.interface ?? "eth0"}
    virtual_router_id ${options.vrid ?? VRID}
    priority ${options.priority ?? 100}
    advert_int 1
    virtual_ipaddress {
        ${(options.vips ?? [`${VIP}/24`]).join("\n        ")}
    }
    ${(options.more ?? []).join("\n    ")}
}
`;
}

/** A whole configuration of one instance. */
export function director(options: InstanceOptions = {}): string {
  return GLOBAL + instance(options);
}

/** RFC 3768 section 6.1, in milliseconds: Skew_Time and Master_Down_Interval at advert_int 1. */
export function skewMs(priority: number): number {
  return ((256 - priority) * 1_000) / 256;
}

export function masterDownMs(priority: number): number {
  return 3_000 + skewMs(priority);
}

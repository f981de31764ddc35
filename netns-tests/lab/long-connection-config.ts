import { INNER_VIP, OUTER_VIP, REAL_PORT, REAL_SERVERS, SERVICE_PORT } from "./world.ts";

// The configuration of the director that a long connection goes through, in the three versions of its reloads.

export const DIRECTOR = "director-a";
/** The client's port of the long connection. */
export const LONG_PORT = 40_000;
/** A line is sent on it so often. */
export const EVERY_MS = 50;
/** The service of the long connection, and another one. */
export const SERVICE = `${OUTER_VIP}:${SERVICE_PORT}`;
const OTHER_PORT = 81;
export const OTHER_SERVICE = `${OUTER_VIP}:${OTHER_PORT}`;

/** What the reloads change. */
export interface Version {
  /** Of rs1 in the service of the long connection. */
  readonly weight: number;
  /** Of the other service. */
  readonly scheduler: string;
  readonly otherServers: readonly string[];
}

const { rs1, rs2, rs3 } = REAL_SERVERS;
/** Of rs1, in the third version. */
export const CHANGED_WEIGHT = 5;
export const FIRST: Version = { weight: 2, scheduler: "rr", otherServers: [rs2, rs3] };
/** The other service is another one. */
export const SECOND: Version = { ...FIRST, scheduler: "wlc", otherServers: [rs1, rs3] };
export const THIRD: Version = { ...SECOND, weight: CHANGED_WEIGHT };

export function longConnectionConfig({ weight, scheduler, otherServers }: Version): string {
  return [
    "global_defs {\n    router_id LAB\n}\n",
    instance("outer", 51, OUTER_VIP),
    instance("inner", 52, INNER_VIP),
    service(SERVICE_PORT, "wrr", [realServer(rs1, weight), realServer(rs2, 1)]),
    service(OTHER_PORT, scheduler, otherServers.map((address) => realServer(address, 1))),
  ].join("");
}

/** MASTER at once: it is alone. */
function instance(side: string, vrid: number, vip: string): string {
  return `vrrp_instance ${side} {
    state MASTER
    interface ${side}
    virtual_router_id ${vrid}
    priority 255
    virtual_ipaddress {
        ${vip}/24
    }
}
`;
}

function service(port: number, scheduler: string, realServers: readonly string[]): string {
  return `virtual_server ${OUTER_VIP} ${port} {
    delay_loop 2
    lb_algo ${scheduler}
    lb_kind NAT
    protocol TCP
${realServers.join("")}}
`;
}

function realServer(address: string, weight: number): string {
  return `    real_server ${address} ${REAL_PORT} {
        weight ${weight}
        TCP_CHECK {
            connect_timeout 5
            retry 1
            delay_before_retry 1
        }
    }
`;
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GLOBAL, VIP, VRID } from "./configs.ts";
import type { Node } from "./lan.ts";

/** What a director is burdened with beside its one instance (of one second). */
export interface Load {
  /** Real servers whose closed port is tried ten times a second each. */
  readonly busyServers: number;
  /** Scripts that are run once a second each: half as track scripts, half as MISC_CHECKs (all as track scripts without checks). */
  readonly scripts: number;
  /** Real servers that are only there to be read: checked once an hour. */
  readonly idleServers: number;
}

export const NO_LOAD: Load = { busyServers: 0, scripts: 0, idleServers: 0 };

const SERVERS_PER_SERVICE = 100;

/** Gives the node its scripts, and all of 198.18.0.0/15 as addresses of its own: closed ports that answer at once. */
export async function prepareLoad(node: Node): Promise<void> {
  await node.exec("ip", "route", "add", "local", "198.18.0.0/15", "dev", "lo");
  await node.write("count.sh", `#!/bin/sh\necho >>"${node.dir}/runs"\n`, 0o755);
}

/** How many scripts have been run so far. */
export function scriptRuns(node: Node): number {
  const file = join(node.dir, "runs");
  return existsSync(file) ? readFileSync(file, "latin1").length : 0;
}

/** How many TCP connections have been tried so far in the node's namespace. */
export async function connectionsTried(node: Node): Promise<number> {
  const [names, values] = (await node.exec("cat", "/proc/net/snmp")).split("\n").filter((line) => line.startsWith("Tcp:")).map((line) => line.split(" "));
  return Number(values?.[names?.indexOf("ActiveOpens") ?? -1]);
}

export interface LoadedDirector {
  readonly priority: number;
  /** A second address, which no advert names: changed by a reload, it shows that the reload was applied. */
  readonly marker: string;
  readonly load: Load;
  /** keepalived checks nothing on a kernel without IPVS. */
  readonly checks: boolean;
  /** Of the idle real servers: another value makes another configuration. */
  readonly weight: number;
}

export function loadedConfig(node: Node, { priority, marker, load, checks, weight }: LoadedDirector): string {
  const miscChecks = checks ? Math.floor(load.scripts / 2) : 0;
  const tracked = [...Array(load.scripts - miscChecks).keys()].map((i) => `t${i}`);
  const script = (name: string): string => `vrrp_script ${name} {
    script "${node.dir}/count.sh"
    interval 1
    weight 1
}
`;
  return `${GLOBAL}${tracked.map(script).join("")}vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id ${VRID}
    priority ${priority}
    advert_int 1
    virtual_ipaddress {
        ${VIP}/24
    }
    virtual_ipaddress_excluded {
        ${marker}/24
    }
    ${tracked.length > 0 ? `track_script {\n        ${tracked.join("\n        ")}\n    }` : ""}
}
${services(1_000, load.busyServers, 0.1, weight, "TCP_CHECK {\n            connect_timeout 1\n            retry 0\n            delay_before_retry 0.1\n        }")}
${services(2_000, miscChecks, 1, weight, `MISC_CHECK {\n            misc_path "${node.dir}/count.sh"\n        }`)}
${services(3_000, load.idleServers, 3_600, weight, "TCP_CHECK {\n            connect_timeout 1\n        }")}`;
}

/** Virtual servers of a hundred real servers each; addresses and ports are told apart by `base`. */
function services(base: number, count: number, delayLoop: number, weight: number, check: string): string {
  const blocks: string[] = [];
  for (let from = 0; from < count; from += SERVERS_PER_SERVICE) {
    const servers = [...Array(Math.min(SERVERS_PER_SERVICE, count - from)).keys()].map((i) => {
      const number = from + i;
      return `    real_server 198.18.${number >> 8}.${number & 255} ${base} {
        weight ${weight}
        ${check}
    }
`;
    });
    blocks.push(`virtual_server 192.0.2.250 ${base + 1 + from / SERVERS_PER_SERVICE} {
    delay_loop ${delayLoop}
    lb_algo rr
    lb_kind NAT
    protocol TCP
${servers.join("")}}
`);
  }
  return blocks.join("");
}

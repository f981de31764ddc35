// The configuration of the table comparison: every scheduler, every forwarding method, services by address and by mark,
// TCP and UDP, persistence, and services whose real servers are checked. Two versions: before and after the reload.

export const SCHEDULERS = ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq"] as const;
const METHODS = ["NAT", "DR", "TUN"] as const;

/** Somebody else's service, which stands in the table before the director starts and must stay as it is. */
export const FOREIGN: readonly string[] = ["-A -t 203.0.113.250:99 -s rr", "-a -t 203.0.113.250:99 -r 198.51.100.250:99 -g -w 7"];

interface RealServer {
  readonly address: string;
  readonly port?: number;
  readonly weight?: number;
  readonly lines?: readonly string[];
}

function realServer({ address, port = 8080, weight = 1, lines = [] }: RealServer): string {
  return `    real_server ${address} ${port} {\n        weight ${weight}\n${lines.map((line) => `        ${line}\n`).join("")}    }\n`;
}

function service(name: string, settings: readonly string[], servers: readonly RealServer[]): string {
  return `virtual_server ${name} {\n${settings.map((line) => `    ${line}\n`).join("")}${servers.map(realServer).join("")}}\n`;
}

/** The names of all checked servers. */
export const CHECKED = ["plain-1", "plain-2", "inhibit-1", "inhibit-2", "quorum-1", "quorum-2", "quorum-3", "marked-1", "marked-2", "alpha-1", "alpha-2"] as const;

export type Checked = (typeof CHECKED)[number];

export const CHECK_PORT = 8080;

/** Where a server's life is: whether somebody listens there. An address of the director's own, to be without a network. */
export function lifeOf(server: Checked): string {
  return `127.0.1.${1 + CHECKED.indexOf(server)}`;
}

function checked(server: Checked): readonly string[] {
  return ["TCP_CHECK {", `    connect_ip ${lifeOf(server)}`, `    connect_port ${CHECK_PORT}`, "    connect_timeout 5", "    retry 1", "    delay_before_retry 1", "}"];
}

/** What dies first; of "plain" and the others one stays. */
export const FIRST_DEATHS = ["plain-1", "inhibit-1", "quorum-1", "marked-1"] as const;

/** @param version 1 before the reload, 2 after it */
export function ipvsConfig(version: 1 | 2): string {
  const second = version === 2;
  const unchecked = ["delay_loop 1", "protocol TCP"];
  const schedulers = SCHEDULERS.filter((scheduler) => !second || scheduler !== "lblc").map((scheduler, i) => {
    // After the reload lblc is gone, and with it the method of every later service changes; the first ones change a scheduler, a weight, a server.
    const method = METHODS[(i + (second && scheduler === "rr" ? 1 : 0)) % METHODS.length] ?? "NAT";
    const algorithm = second && scheduler === "rr" ? "wlc" : scheduler;
    const port = method === "NAT" ? 8080 : 80;
    const servers = [{ address: "198.51.100.11", port, weight: 1 }, { address: "198.51.100.12", port, weight: second && scheduler === "wrr" ? 9 : 2 }];
    if (second && scheduler === "lc") servers.shift();
    if (second && scheduler === "wlc") servers.push({ address: "198.51.100.13", port, weight: 3 });
    return service(`203.0.113.${10 + SCHEDULERS.indexOf(scheduler)} 80`, [...unchecked, `lb_algo ${algorithm}`, `lb_kind ${method}`], servers);
  });
  const two = [{ address: "198.51.100.21" }, { address: "198.51.100.22", weight: 0 }];
  const others = [
    ...METHODS.map((method, i) => service(`fwmark ${101 + i}`, ["delay_loop 1", "lb_algo wlc", `lb_kind ${method}`, ...(i === 1 ? ["persistence_timeout 90"] : [])], two)),
    service("203.0.113.40 53", ["delay_loop 1", "lb_algo wrr", "lb_kind NAT", "protocol UDP"], [{ address: "198.51.100.31", port: 5353, weight: 4 }]),
    service("203.0.113.41 443", [...unchecked, "lb_algo rr", "lb_kind DR", `persistence_timeout ${second ? 600 : 120}`], [{ address: "198.51.100.32", port: 443 }]),
    service("203.0.113.42 443", [...unchecked, "lb_algo rr", "lb_kind NAT", "persistence_timeout"], [{ address: "198.51.100.32", port: 443 }]),
    service("203.0.113.43 0", [...unchecked, "lb_algo rr", "lb_kind NAT", "persistence_timeout 50"], [{ address: "198.51.100.33", port: 0 }]),
    ...(second ? [service("203.0.113.44 25", [...unchecked, "lb_algo sed", "lb_kind NAT"], [{ address: "198.51.100.34", port: 2525, weight: 5 }])] : []),
  ];
  return `global_defs {\n    router_id LAB\n    script_user root\n    enable_script_security\n}\n${[...schedulers, ...others, ...checkedServices(second)].join("")}`;
}

function checkedServices(second: boolean): string[] {
  const base = ["delay_loop 2", "lb_algo wrr", "lb_kind NAT", "protocol TCP"];
  const sorry = "sorry_server 198.51.100.99 8080";
  const server = (name: Checked, last: number, weight = 1, lines: readonly string[] = []): RealServer => ({ address: `198.51.100.${last}`, weight, lines: [...lines, ...checked(name)] });
  return [
    service("203.0.113.60 80", [...base, sorry], [server("plain-1", 41), server("plain-2", 42, second ? 6 : 1)]),
    service("203.0.113.61 80", base, [server("inhibit-1", 43, 3, ["inhibit_on_failure"]), server("inhibit-2", 44, 2, ["inhibit_on_failure"])]),
    service("203.0.113.62 80", [...base, sorry, "quorum 4", "hysteresis 1"], [server("quorum-1", 45, 3), server("quorum-2", 46, 2), server("quorum-3", 47, 2)]),
    service("fwmark 200", ["delay_loop 2", "lb_algo rr", "lb_kind DR", "sorry_server 198.51.100.98"], [
      { ...server("marked-1", 48), port: 80 },
      { ...server("marked-2", 49), port: 80 },
    ]),
    service("203.0.113.63 80", [...base, "alpha", "omega"], [server("alpha-1", 50, 2), server("alpha-2", 51, 2)]),
  ];
}

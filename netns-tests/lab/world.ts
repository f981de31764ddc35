import { run } from "./shell.ts";

// The machines of the demo. Each is a network namespace inside the lab's kernel; the two networks are bridges in "wire",
// where frames are captured as a third host sees them.
//
//   client 192.0.2.10 ──┐                                          ┌── rs1 .11  rs2 .12  rs3 .13
//                       ├ outer 192.0.2.0/24   198.51.100.0/24 inner ┤── sorry .20
//   director-a .1 ──────┤   VIP .100                VIP .1     ├──────── mail .25
//   director-b .2 ──────┴──────────── both directors ──────────┘

export const OUTER_VIP = "192.0.2.100";
export const INNER_VIP = "198.51.100.1";
export const SERVICE_PORT = 80;
export const REAL_PORT = 8080;
export const SORRY = "198.51.100.20";
export const MAIL = "198.51.100.25";

/** The addresses that the client asks from: persistence pins each of them to one real server. */
export const CLIENT_SOURCES: readonly string[] = [...Array(64).keys()].map((i) => `192.0.2.${128 + i}`);

export type Side = "outer" | "inner";

interface Machine {
  readonly name: string;
  readonly outer?: string;
  readonly inner?: string;
}

export const DIRECTORS = {
  "director-a": { outer: "192.0.2.1", inner: "198.51.100.2", priority: 150 },
  "director-b": { outer: "192.0.2.2", inner: "198.51.100.3", priority: 100 },
} as const;

export type DirectorName = keyof typeof DIRECTORS;

export const REAL_SERVERS = { rs1: "198.51.100.11", rs2: "198.51.100.12", rs3: "198.51.100.13" } as const;

export type RealServerName = keyof typeof REAL_SERVERS;

const MACHINES: readonly Machine[] = [
  { name: "client", outer: "192.0.2.10" },
  { name: "director-a", ...DIRECTORS["director-a"] },
  { name: "director-b", ...DIRECTORS["director-b"] },
  ...Object.entries(REAL_SERVERS).map(([name, inner]) => ({ name, inner })),
  { name: "sorry", inner: SORRY },
  { name: "mail", inner: MAIL },
];

/** Runs a command on one machine and returns what it printed. @throws CommandError when its status is not 0 */
export function on(machine: string, ...argv: string[]): Promise<string> {
  return run(["ip", "netns", "exec", machine, ...argv]);
}

/**
 * Builds both networks and all machines, or the named ones alone. Only ever inside the lab's kernel: the names are plain.
 */
export async function buildWorld(names: readonly string[] = MACHINES.map(({ name }) => name)): Promise<void> {
  await run(["ip", "netns", "add", "wire"]);
  const bridges = (["outer", "inner"] as const).map((side) => `link add ${side} type bridge stp_state 0 mcast_snooping 0\nlink set ${side} up`);
  await run(["ip", "-n", "wire", "-batch", "-"], bridges.join("\n"));
  for (const machine of MACHINES) if (names.includes(machine.name)) await plugIn(machine);
  if (names.includes("client")) await run(["ip", "-n", "client", "-batch", "-"], CLIENT_SOURCES.map((address) => `addr add ${address}/24 dev outer`).join("\n"));
  for (const director of Object.keys(DIRECTORS)) if (names.includes(director)) await on(director, "sysctl", "-qw", "net.ipv4.ip_forward=1");
}

async function plugIn(machine: Machine): Promise<void> {
  await run(["ip", "netns", "add", machine.name]);
  const cables: string[] = [];
  const interfaces = ["link set lo up"];
  for (const side of ["outer", "inner"] as const) {
    const address = machine[side];
    if (address === undefined) continue;
    const port = portOf(machine.name, side);
    cables.push(`link add ${port} type veth peer name ${side} netns ${machine.name}`, `link set ${port} master ${side}`, `link set ${port} up`);
    interfaces.push(`addr add ${address}/24 dev ${side}`, `link set ${side} up`);
  }
  // Whoever lives on the inner network only answers through whichever director holds the inner VIP.
  if (machine.outer === undefined) interfaces.push(`route add default via ${INNER_VIP}`);
  await run(["ip", "-n", "wire", "-batch", "-"], cables.join("\n"));
  await run(["ip", "-n", machine.name, "-batch", "-"], interfaces.join("\n"));
}

function portOf(machine: string, side: Side): string {
  return `${machine}-${side[0] ?? ""}`;
}

/** Both cables of a director pulled out, or plugged in again. */
export async function setCables(director: DirectorName, state: "up" | "down"): Promise<void> {
  for (const side of ["outer", "inner"] as const) await run(["ip", "-n", "wire", "link", "set", portOf(director, side), state]);
}

/** Which of the two VIPs the kernel of a director holds. */
export async function vipsOf(director: DirectorName): Promise<string[]> {
  const links = JSON.parse(await run(["ip", "-n", director, "-j", "-4", "addr", "show"])) as readonly { readonly addr_info?: readonly { readonly local?: string }[] }[];
  const held = links.flatMap((link) => link.addr_info ?? []).flatMap((info) => info.local ?? []);
  return [OUTER_VIP, INNER_VIP].filter((vip) => held.includes(vip));
}

/** MAC address of a director's interface. */
export async function macOf(director: DirectorName, side: Side): Promise<string> {
  const links = JSON.parse(await run(["ip", "-n", director, "-j", "link", "show", "dev", side])) as readonly { readonly address?: string }[];
  return links[0]?.address ?? "";
}

/** The IPVS table in the form that ipvsadm reads back, without the service's line's beginning: real servers only, sorted. */
export async function poolOf(director: DirectorName): Promise<string[]> {
  const rules = (await on(director, "ipvsadm", "-Sn")).split("\n");
  return rules.flatMap((rule) => /^-a -t \S+ -r (\S+):\d+ -m -w (\d+)/.exec(rule)?.slice(1, 3).join(" weight ") ?? []).sort();
}

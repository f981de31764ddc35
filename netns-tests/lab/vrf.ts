import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually, sleep } from "../lib/eventually.ts";
import { type DirectorKind, directorKind, LabDirector } from "./lab-director.ts";
import { endShell, run } from "./shell.ts";

// Inside the lab, whose kernel has VRF: a pair of unicast instances that name a VRF and no interface.
//   node vrf.js keepalived|regentd keepalived|regentd
// Writes $LAB_SCRATCH/vrf.json: VrfReport. The first is to win.

/** Who holds the address: "high", "low", "high low", "". */
export interface VrfReport {
  readonly alone: string;
  readonly both: string;
  /** The same, five seconds later. */
  readonly later: string;
  readonly afterStop: string;
}

const VIP = "192.0.2.100";
/** The lab's one processor may be shared with a whole test run. */
const START_MS = 90_000;
const END_MS = 20_000;

/** keepalived 2.2.7 demands an interface; 2.4.3, and the subject, do not. */
const config = (kind: DirectorKind, priority: number, own: string, other: string): string => `vrrp_instance V {
    ${kind === "keepalived" ? "interface eth0" : "vrf red"}
    virtual_router_id 51
    priority ${priority}
    unicast_src_ip ${own}
    track_src_ip
    unicast_peer {
        ${other}
    }
    virtual_ipaddress {
        ${VIP}/24 dev eth0
    }
}
`;

/** Its one way to the others is in the VRF's table; 192.0.2.0/24 of the main table leads nowhere. */
async function place(director: LabDirector, own: string): Promise<void> {
  const ip = (line: string) => run(["ip", "-n", director.namespace, ...line.split(" ")]);
  for (const line of ["link set lo up", "link add red type vrf table 77", "link set red up", "link set eth0 master red", "link set eth0 up", `addr add ${own}/24 dev eth0`, "route add blackhole 192.0.2.0/24 table 254"]) await ip(line);
}

const [, , first = "", second = ""] = process.argv;
const scratch = process.env["LAB_SCRATCH"] ?? "";
const high = new LabDirector("high", directorKind(first), "/run/vrf/high", scratch);
const low = new LabDirector("low", directorKind(second), "/run/vrf/low", scratch);

async function holders(): Promise<string> {
  const held: string[] = [];
  for (const { namespace } of [high, low]) if ((await run(["ip", "-n", namespace, "addr", "show", "dev", "eth0"])).includes(`${VIP}/`)) held.push(namespace);
  return held.join(" ");
}

for (const { namespace } of [high, low]) await run(["ip", "netns", "add", namespace]);
await run(["ip", "link", "add", "eth0", "netns", "high", "type", "veth", "peer", "name", "eth0", "netns", "low"]);
await place(high, "192.0.2.11");
await place(low, "192.0.2.12");
await high.configure(config(high.kind, 200, "192.0.2.11", "192.0.2.12"));
await low.configure(config(low.kind, 100, "192.0.2.12", "192.0.2.11"));

low.start();
await eventually("low", holders, START_MS);
const alone = await holders();
high.start();
await eventually("high", holders, START_MS);
const both = await holders();
await sleep(5_000);
const later = await holders();
high.kill("SIGTERM");
await eventually("low", holders, END_MS);
const afterStop = await holders();
low.kill("SIGTERM");
await eventually(false, () => high.running || low.running, END_MS);
writeFileSync(join(scratch, "vrf.json"), JSON.stringify({ alone, both, later, afterStop } satisfies VrfReport));
endShell();

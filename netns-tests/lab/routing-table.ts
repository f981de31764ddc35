import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../lib/eventually.ts";
import { directorKind, LabDirector } from "./lab-director.ts";
import { endShell, run } from "./shell.ts";

// Inside the lab, whose kernel has VRF and MPLS: two directors, each in a namespace of its own, with the same routes and rules.
//   node routing-table.js keepalived|regentd keepalived|regentd
// Writes $LAB_SCRATCH/routing.json: RoutingReport.

/** Lines of `ip -d route` and `ip -d rule` that carry keepalived's mark, as MASTER and after the stop. */
export interface RoutingReport {
  readonly reference: { readonly master: readonly string[]; readonly stopped: readonly string[] };
  readonly subject: { readonly master: readonly string[]; readonly stopped: readonly string[] };
}

const ROUTES = ["203.0.113.0/28 dev eth1 vrf red", "203.0.113.16/28 via 198.51.100.254 dev eth1 vrf red metric 5", "203.0.113.32/28 dev eth0 encap mpls 100/200"];
const RULES = ["l3mdev preference 1003", "from 203.0.113.0/28 table 77 preference 1004"];
const CONFIG = `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 255
    virtual_ipaddress {
        192.0.2.100/24
    }
    virtual_routes {
        ${ROUTES.join("\n        ")}
    }
    virtual_rules {
        ${RULES.join("\n        ")}
    }
}
`;
const DEVICES = [
  "link add eth0 type veth peer name far0", "link set far0 up", "link set eth0 up", "addr add 192.0.2.11/24 dev eth0",
  "link add red type vrf table 77", "link set red up",
  "link add eth1 type veth peer name far1", "link set far1 up", "link set eth1 master red", "link set eth1 up", "addr add 198.51.100.11/24 dev eth1",
];
/** The lab's one processor may be shared with a whole test run. */
const START_MS = 90_000;
const END_MS = 20_000;

async function told(director: LabDirector): Promise<RoutingReport["reference"]> {
  const ip = (line: string) => run(["ip", "-n", director.namespace, ...line.split(" ")]);
  const shown = async () => {
    const text = (await ip("-d route show table all proto 18")) + (await ip("-d rule"));
    return text.split("\n").map((line) => line.replace(/\s+/g, " ").trim()).filter((line) => /^unicast|keepalived/.test(line));
  };
  await run(["ip", "netns", "add", director.namespace]);
  await ip("link set lo up");
  for (const line of DEVICES) await ip(line);
  await director.configure(CONFIG);
  director.start();
  await eventually(ROUTES.length + RULES.length, async () => (await shown()).length, START_MS);
  const master = await shown();
  director.kill("SIGTERM");
  await eventually(false, () => director.running, END_MS);
  return { master, stopped: await shown() };
}

const [, , reference = "", subject = ""] = process.argv;
const scratch = process.env["LAB_SCRATCH"] ?? "";
const report: RoutingReport = {
  reference: await told(new LabDirector("reference", directorKind(reference), "/run/routing/reference", scratch)),
  subject: await told(new LabDirector("subject", directorKind(subject), "/run/routing/subject", scratch)),
};
writeFileSync(join(scratch, "routing.json"), JSON.stringify(report));
endShell();

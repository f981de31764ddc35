import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../lib/eventually.ts";
import { directorKind, LabDirector } from "./lab-director.ts";
import { endShell, run } from "./shell.ts";

// Inside the lab, whose kernel has ipvlan: two directors, each in a namespace of its own, with the same instances.
//   node ipvlan.js keepalived|regentd keepalived|regentd
// Writes $LAB_SCRATCH/ipvlan.json: IpvlanReport.

interface Seen {
  /** "ipv.51 on eth0 l2 bridge up", with the interface's own MAC address, as MASTER and after the stop. */
  readonly links: readonly string[];
  readonly linksAfter: readonly string[];
  /** "192.0.2.51/24 dev ipv.51 global", what the kernel makes of a MAC address left out. */
  readonly addresses: readonly string[];
  readonly addressesAfter: readonly string[];
  /** Groups that are listened to, by interface. */
  readonly groups: readonly string[];
}

export interface IpvlanReport {
  readonly reference: Seen;
  readonly subject: Seen;
}

const instance = (name: string, vrid: number, line: string, vips: readonly string[]): string => `vrrp_instance ${name} {
    interface eth0
    virtual_router_id ${vrid}
    priority 255
    ${line}
    virtual_ipaddress {
        ${vips.join("\n        ")}
    }
}
`;
const CONFIG = [
  instance("A", 51, "use_ipvlan ipv.51 192.0.2.51/24", ["192.0.2.100/24", "198.51.100.7/24"]),
  instance("B", 52, "use_ipvlan ipv.52 192.0.2.52 bridge", ["192.0.2.101/24"]),
  instance("C", 53, "use_ipvlan ipv.53 fe80::53", ["fe80::153/64", "2001:db8::53/64"]),
  instance("D", 54, "use_ipvlan ipv.54", ["fe80::154/64"]),
  instance("E", 55, "use_ipvlan ipv.55", ["192.0.2.105/24"]), // without an address: FAULT
].join("");
const VIPS = 6;
const DEVICES = ["link set lo up", "link add eth0 type veth peer name far0", "link set far0 up", "link set eth0 up", "addr add 192.0.2.11/24 dev eth0"];
/** The lab's one processor may be shared with a whole test run. */
const START_MS = 90_000;
const END_MS = 20_000;

interface IpAddress {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string; readonly deprecated?: boolean }[];
}

async function told(director: LabDirector): Promise<Seen> {
  const ip = (line: string) => run(["ip", "-n", director.namespace, ...line.split(" ")]);
  const links = async () => {
    const blocks = (await ip("-d link")).split(/^(?=\d+: )/m); // with -j this ip(8) leaves the mode's flags out
    const macOf = (text = "") => /link\/ether (\S+)/.exec(text)?.[1];
    const below = macOf(blocks.find((text) => / eth0@/.test(text)));
    return blocks.flatMap((text) => {
      const [, name, base, flags = ""] = /^\d+: (\S+)@(\S+): <(\S+)>/.exec(text) ?? [];
      const [, mode] = /ipvlan +mode (\S+ \S+)/.exec(text) ?? [];
      return mode === undefined ? [] : [`${name} on ${base} ${mode} ${macOf(text) === below ? "its MAC" : macOf(text)} ${flags.split(",").includes("UP") ? "up" : "down"}`];
    }).sort();
  };
  const addresses = async () => {
    const all = JSON.parse(await ip("-j addr")) as IpAddress[];
    const seen = all.flatMap(({ ifname, addr_info }) => addr_info.map(({ local, prefixlen, scope, deprecated }) => `${local}/${prefixlen} dev ${ifname} ${scope}${deprecated === true ? " deprecated" : ""}`));
    return seen.filter((one) => !/^fe80:.*(ff:fe|00:[0-9]*ce|:[0-9a-f]+:[0-9a-f]+:[0-9a-f]+)\S*\/64|dev lo|192\.0\.2\.11\/|dev far0/.test(one)).sort();
  };
  await run(["ip", "netns", "add", director.namespace]);
  for (const line of DEVICES) await ip(line);
  await eventually(true, async () => /inet6 fe80\S+ scope link\s*\n/.test(await ip("addr show dev eth0")), END_MS);
  await director.configure(CONFIG);
  director.start();
  await eventually(VIPS, async () => (await addresses()).filter((one) => one.includes("dev eth0")).length, START_MS);
  const groups = (await ip("maddr")).split(/^\d+:\s*/m).flatMap((text) => {
    const [name = "", ...rest] = text.split(/\s+/);
    return rest.filter((word) => word === "224.0.0.18" || word === "ff02::12").map((group) => `${group} on ${name}`);
  });
  const during = { links: await links(), addresses: await addresses(), groups: [...new Set(groups)].sort() };
  director.kill("SIGTERM");
  await eventually(false, () => director.running, END_MS);
  return { ...during, linksAfter: await links(), addressesAfter: await addresses() };
}

const [, , reference = "", subject = ""] = process.argv;
const scratch = process.env["LAB_SCRATCH"] ?? "";
const report: IpvlanReport = {
  reference: await told(new LabDirector("reference", directorKind(reference), "/run/ipvlan/reference", scratch)),
  subject: await told(new LabDirector("subject", directorKind(subject), "/run/ipvlan/subject", scratch)),
};
writeFileSync(join(scratch, "ipvlan.json"), JSON.stringify(report));
endShell();

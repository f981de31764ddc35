// Runs inside the lab: fills, changes and empties the kernel's IPVS table, and prints one
// JSON object: what ipvsadm shows after each step, and what the table says itself.

import { execFileSync } from "node:child_process";
import { ipAddress } from "../../src/base/ip.ts";
import type { IpvsDestination, IpvsService, IpvsServiceKey } from "../../src/base/ipvs.ts";
import { KernelError } from "../../src/base/errors.ts";
import { KernelIpvsTable } from "../../src/sys/ipvs-table.ts";

const run = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: "utf8" });
const saved = () => run("ipvsadm", "-Sn").trimEnd().split("\n").map((line) => line.trimEnd());

const thresholdList = () => run("ipvsadm", "-Ln", "--thresholds").split("\n");

const web: IpvsServiceKey = { type: "address", family: 4, protocol: "tcp", address: ipAddress("192.0.2.10"), port: 80 };
const web6: IpvsServiceKey = { type: "address", family: 6, protocol: "udp", address: ipAddress("2001:db8::10"), port: 5_353 };
const sctp: IpvsServiceKey = { type: "address", family: 4, protocol: "sctp", address: ipAddress("192.0.2.11"), port: 36_412 };
const marked: IpvsServiceKey = { type: "fwmark", family: 4, fwmark: 4_000_000_001 };
const marked6: IpvsServiceKey = { type: "fwmark", family: 6, fwmark: 7 };

function service(key: IpvsServiceKey, more: Partial<IpvsService> = {}): IpvsService {
  const prefixLength = key.family === 4 ? 32 : 128;
  return { key, scheduler: "wrr", persistent: false, onePacket: false, schedFlags: 0, timeoutS: 0, prefixLength, persistenceEngine: undefined, ...more };
}

function destination(address: string, port: number, more: Partial<IpvsDestination> = {}): IpvsDestination {
  const family = address.includes(":") ? 6 : 4;
  return { address: ipAddress(address), family, port, forwarding: "NAT", weight: 1, upperThreshold: 0, lowerThreshold: 0, ...more };
}

function refusal(act: () => void): string {
  try {
    act();
    return "none";
  } catch (error) {
    if (error instanceof KernelError) return error.code;
    throw error;
  }
}

const table = new KernelIpvsTable();
const version = table.version();
const [, versionWords = ""] = /version ([0-9.]+)/.exec(run("ipvsadm", "-Ln")) ?? [];
table.flush();

table.addService(service(web, { persistent: true, timeoutS: 300, prefixLength: 24 }));
table.addService(service(web6, { scheduler: "sh", schedFlags: 0x08 | 0x10, onePacket: true }));
table.addService(service(sctp, { scheduler: "rr" }));
table.addService(service(marked, { scheduler: "lc" }));
table.addService(service(marked6, { scheduler: "mh", persistent: true, timeoutS: 60, prefixLength: 64 }));
table.addDestination(web, destination("198.51.100.1", 8_080, { weight: 3 }));
table.addDestination(web, destination("198.51.100.2", 80, { forwarding: "DR", weight: 0, upperThreshold: 100, lowerThreshold: 50 }));
table.addDestination(web, destination("198.51.100.3", 80, { forwarding: "TUN", weight: 65_535 }));
table.addDestination(web6, destination("2001:db8:1::1", 5_353, { weight: 2 }));
table.addDestination(marked, destination("198.51.100.4", 0, { forwarding: "DR" }));
table.addDestination(marked, destination("2001:db8:1::4", 0, { forwarding: "TUN" }));
const built = saved();
const thresholds = thresholdList();
const services = table.services();
const destinations = Object.fromEntries(services.map(({ key }) => [key.type === "fwmark" ? key.fwmark : key.address, table.destinations(key)]));

const refusals = {
  serviceTwice: refusal(() => table.addService(service(web))),
  destinationTwice: refusal(() => table.addDestination(web, destination("198.51.100.1", 8_080))),
  noService: refusal(() => table.deleteService({ ...web, port: 81 })),
  destinationsOfNoService: refusal(() => table.destinations({ ...web, port: 81 })),
  noDestination: refusal(() => table.deleteDestination(web, destination("198.51.100.77", 1))),
  noScheduler: refusal(() => table.addService(service({ ...web, port: 82 }, { scheduler: "nonesuch" }))),
  thresholds: refusal(() => table.setDestination(web, destination("198.51.100.1", 8_080, { upperThreshold: 5, lowerThreshold: 9 }))),
};

table.setService(service(web, { scheduler: "wlc" }));
table.setDestination(web, destination("198.51.100.1", 8_080, { weight: 9, upperThreshold: 20, lowerThreshold: 10 }));
table.deleteDestination(web, destination("198.51.100.3", 80));
table.deleteService(web6);
table.deleteService(marked6);
const changed = saved();
const thresholdsChanged = thresholdList();

const timeoutsBefore = table.timeouts();
table.setTimeouts({ tcpS: 0, tcpFinS: 31, udpS: 77 });
const timeouts = { before: timeoutsBefore, after: table.timeouts(), shown: run("ipvsadm", "-L", "--timeout").trim() };

const many = Array.from(Array(2_000).keys(), (i) => destination(`198.18.${i >> 8}.${i & 255}`, 80));
const started = performance.now();
for (const each of many) table.addDestination(sctp, each);
const addedInMs = performance.now() - started;
const counted = table.destinations(sctp).length;

// The kernel refuses to synchronise while a service of one family has a destination of the other.
table.deleteDestination(marked, destination("2001:db8:1::4", 0));
run("ip", "link", "add", "eth9", "type", "dummy");
run("ip", "addr", "add", "203.0.113.9/24", "dev", "eth9");
run("ip", "link", "set", "eth9", "up");
table.startSyncDaemon({ role: "master", interfaceName: "eth9", syncId: 5, maxLength: 1_200, group: ipAddress("224.0.0.81"), port: 8_850, ttl: 3 });
const daemons = run("ipvsadm", "-L", "--daemon").trim();
const daemonTwice = refusal(() => table.startSyncDaemon({ role: "master", interfaceName: "eth9", syncId: 5 }));
table.stopSyncDaemon("master");
const daemonStopped = [run("ipvsadm", "-L", "--daemon").trim(), refusal(() => table.stopSyncDaemon("master"))];

table.flush();
const flushed = [saved(), table.services()];
table.close();

process.stdout.write(
  JSON.stringify({ version, versionWords, built, services, destinations, refusals, changed, thresholds, thresholdsChanged, timeouts, counted, addedInMs, daemons, daemonTwice, daemonStopped, flushed }) + "\n",
);

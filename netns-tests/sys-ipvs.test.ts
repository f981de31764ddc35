// The IPVS table on a kernel that has one: the user-mode Linux lab. What ipvsadm shows is what counts.

import { execFileSync, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { KernelError } from "../src/base/errors.ts";
import type { IpvsDestination, IpvsService } from "../src/base/ipvs.ts";
import { KernelIpvsTable } from "../src/sys/ipvs-table.ts";

const OUT = `build/sys-ipvs-${process.pid}`;

interface Report {
  readonly version: string;
  readonly versionWords: string;
  readonly built: string[];
  readonly services: IpvsService[];
  readonly destinations: Record<string, IpvsDestination[]>;
  readonly refusals: Record<string, string>;
  readonly changed: string[];
  readonly thresholds: string[];
  readonly thresholdsChanged: string[];
  readonly timeouts: { readonly before: unknown; readonly after: unknown; readonly shown: string };
  readonly counted: number;
  readonly addedInMs: number;
  readonly daemons: string;
  readonly daemonTwice: string;
  readonly daemonStopped: [string, string];
  readonly flushed: [string[], unknown[]];
}

let report: Report;

beforeAll(() => {
  // Node inside runs JavaScript: the program and what it imports are compiled to a folder that it can read.
  const settings = ["--noEmit", "false", "--outDir", OUT, "--rootDir", ".", "--sourceMap", "false"];
  const common = ["--target", "es2022", "--module", "nodenext", "--rewriteRelativeImportExtensions", "--skipLibCheck", "--types", "node"];
  execFileSync("node_modules/.bin/tsc", [...common, ...settings, "netns-tests/sys-programs/ipvs.ts", "src/sys/types/raw-socket.d.ts"]);
  const command = ["-m", "512M", "-t", "100", process.execPath, `${OUT}/netns-tests/sys-programs/ipvs.js`];
  const { stdout: output, stderr } = spawnSync("netns-tests/lab/boot.sh", command, { encoding: "utf8", maxBuffer: 1 << 24 });
  const line = output.split("\n").find((each) => each.startsWith("{"));
  if (line === undefined) throw new Error(`the program in the lab said: ${output}${stderr}`);
  report = JSON.parse(line) as Report;
}, 150_000);

afterAll(() => rmSync(OUT, { recursive: true, force: true }));

test("version and absence", () => {
  expect(report.version).toMatch(/^\d+\.\d+\.\d+$/);
  expect(report.version).toBe(report.versionWords);
});

// ipvsadm prints fwmarks signed, and saves no thresholds: those are in its list.
test("services and destinations are what ipvsadm saves", () => {
  expect([...report.built].sort()).toEqual(
    [
      "-A -t 192.0.2.10:80 -s wrr -p 300 -M 255.255.255.0",
      "-a -t 192.0.2.10:80 -r 198.51.100.1:8080 -m -w 3",
      "-a -t 192.0.2.10:80 -r 198.51.100.2:80 -g -w 0",
      "-a -t 192.0.2.10:80 -r 198.51.100.3:80 -i -w 65535 --tun-type ipip",
      "-A -u [2001:db8::10]:5353 -s sh -o -b sh-fallback,sh-port",
      "-a -u [2001:db8::10]:5353 -r [2001:db8:1::1]:5353 -m -w 2",
      "-A --sctp-service 192.0.2.11:36412 -s rr",
      "-A -f -294967295 -s lc",
      "-a -f -294967295 -r 198.51.100.4:0 -g -w 1",
      "-a -f -294967295 -r [2001:db8:1::4]:0 -i -w 1 --tun-type ipip",
      "-A -f 7 -6 -s mh -p 60 -M 64",
    ].sort(),
  );
});

test("thresholds are what ipvsadm lists", () => {
  expect(report.thresholds.find((line) => line.includes("198.51.100.2:80"))).toMatch(/ 100 +50 /);
  expect(report.thresholdsChanged.find((line) => line.includes("198.51.100.1:8080"))).toMatch(/ 20 +10 /);
});

test("what the table reports is what it was told", () => {
  expect(report.services).toHaveLength(5);
  expect(report.services).toContainEqual({
    key: { type: "address", family: 4, protocol: "tcp", address: "192.0.2.10", port: 80 },
    scheduler: "wrr",
    persistent: true,
    hashed: true,
    onePacket: false,
    schedFlags: 0,
    timeoutS: 300,
    prefixLength: 24,
  });
  expect(report.services).toContainEqual(
    expect.objectContaining({ key: { type: "fwmark", family: 6, fwmark: 7 }, scheduler: "mh", persistent: true, prefixLength: 64 }),
  );
  expect(report.services).toContainEqual(expect.objectContaining({ scheduler: "sh", schedFlags: 0x18, onePacket: true, prefixLength: 128 }));
  const web = report.destinations["192.0.2.10"] ?? [];
  expect(web).toHaveLength(3);
  expect(web).toContainEqual({
    address: "198.51.100.2",
    family: 4,
    port: 80,
    forwarding: "DR",
    weight: 0,
    upperThreshold: 100,
    lowerThreshold: 50,
    activeConnections: 0,
    inactiveConnections: 0,
  });
  expect(report.destinations["4000000001"]).toContainEqual(expect.objectContaining({ address: "2001:db8:1::4", family: 6, forwarding: "TUN" }));
});

test("refusals are KernelErrors with the kernel's code", () => {
  expect(report.refusals).toEqual({
    serviceTwice: "EEXIST",
    destinationTwice: "EEXIST",
    noService: "ESRCH",
    destinationsOfNoService: "none",
    noDestination: "ENOENT",
    noScheduler: "ENOENT",
    thresholds: "ERANGE",
  });
});

test("changes and removals", () => {
  expect([...report.changed].sort()).toEqual(
    [
      "-A -t 192.0.2.10:80 -s wlc",
      "-a -t 192.0.2.10:80 -r 198.51.100.1:8080 -m -w 9",
      "-a -t 192.0.2.10:80 -r 198.51.100.2:80 -g -w 0",
      "-A --sctp-service 192.0.2.11:36412 -s rr",
      "-A -f -294967295 -s lc",
      "-a -f -294967295 -r 198.51.100.4:0 -g -w 1",
      "-a -f -294967295 -r [2001:db8:1::4]:0 -i -w 1 --tun-type ipip",
    ].sort(),
  );
  expect(report.counted, "a destination dump larger than one datagram").toBe(2_000);
  expect(report.flushed).toEqual([[""], []]);
});

test("timeouts: 0 leaves one as it is", () => {
  expect(report.timeouts.before).toEqual({ tcpS: 900, tcpFinS: 120, udpS: 300 });
  expect(report.timeouts.after).toEqual({ tcpS: 900, tcpFinS: 31, udpS: 77 });
  expect(report.timeouts.shown).toBe("Timeout (tcp tcpfin udp): 900 31 77");
});

test("synchronisation daemons", () => {
  expect(report.daemons).toMatch(/^master sync daemon \(mcast=eth9, syncid=5, maxlen=1200, group=224\.0\.0\.81, port=8850, ttl=3\)$/);
  expect(report.daemonTwice).toBe("EEXIST");
  expect(report.daemonStopped).toEqual(["", "ESRCH"]);
});

test("a kernel without IPVS refuses with ENOENT", () => {
  // This machine's has none; where it has, that is for the lab's tests to say, and there is nothing to refuse here.
  const table = new KernelIpvsTable();
  try {
    expect(table.version()).toMatch(/^\d/);
  } catch (error) {
    expect(error).toMatchObject({ name: "KernelError", code: "ENOENT", operation: "CTRL_CMD_GETFAMILY IPVS" });
    expect(error).toBeInstanceOf(KernelError);
  } finally {
    table.close();
  }
});

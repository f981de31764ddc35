// What this process may do to its own main thread as root: scheduling, namespaces. A process of its own, by vitest.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { afterAll, expect, test } from "vitest";
import { KernelError } from "../src/base/errors.ts";
import { SCHED_OTHER, SCHED_RR, killGroup, scheduler, setNice, setRealtime, setTimerSlack, setUmask } from "../src/sys/libc.ts";
import { NETLINK_ROUTE } from "../src/net/linux-netlink.ts";
import { KernelHostNetwork } from "../src/sys/host-network.ts";
import { KernelNetlinkClient } from "../src/sys/netlink-client.ts";
import { enterNetworkNamespace, withinNetworkNamespace } from "../src/sys/network-namespace.ts";

const NAMESPACE = `regent-sys-t-${process.pid}`;

afterAll(() => {
  spawnSync("ip", ["netns", "del", NAMESPACE]);
});

/** Nice value and scheduling policy (sched_setscheduler's number) of a thread: fields 19 and 41 of proc_pid_stat(5). */
function scheduling(stat: string): { nice: number; policy: number } {
  const fields = stat.replace(/^.*\) /, "").split(" ");
  return { nice: Number(fields[16]), policy: Number(fields[38]) };
}

test("nice value, umask and timer slack", () => {
  setNice(5);
  expect(scheduling(readFileSync("/proc/thread-self/stat", "utf8")).nice).toBe(5);
  const before = setUmask(0o077);
  expect(setUmask(before)).toBe(0o077);
  setTimerSlack(1_000);
  expect(readFileSync("/proc/self/timerslack_ns", "utf8")).toBe("1000\n");
});

// A realtime thread has no timer slack, so this comes after the test of that.
test("realtime holds for this thread alone: workers and children are ordinary", async () => {
  expect(scheduler()).toBe(SCHED_OTHER);
  setRealtime(7);
  expect(scheduler()).toBe(SCHED_RR);
  expect(scheduling(readFileSync("/proc/thread-self/stat", "utf8")).policy).toBe(SCHED_RR);
  const child = execFileSync("cat", ["/proc/self/stat"], { encoding: "utf8" });
  expect(scheduling(child).policy).toBe(SCHED_OTHER);
  const code = `require("node:worker_threads").parentPort.postMessage(require("node:fs").readFileSync("/proc/thread-self/stat", "utf8"))`;
  const worker = new Worker(code, { eval: true });
  const stat = await new Promise<string>((resolve) => worker.once("message", resolve));
  expect(scheduling(stat).policy).toBe(SCHED_OTHER);
  expect(() => setRealtime(1_000)).toThrow(expect.objectContaining({ name: "KernelError", code: "EINVAL" }));
});

test("signals go to the group asked for, never to ours or to everyone", () => {
  for (const group of [0, 1, -1, 1.5, Number.NaN]) expect(() => killGroup(group, 15)).toThrow(RangeError);
  expect(killGroup(4_194_303, 15), "no such group").toBe(false);
});

test("the thread enters a network namespace, and says what it could not enter", () => {
  execFileSync("ip", ["netns", "add", NAMESPACE]);
  enterNetworkNamespace(`/run/netns/${NAMESPACE}`);
  expect(execFileSync("ip", ["-o", "link"], { encoding: "utf8" }).trim().split("\n")).toHaveLength(1);
  expect(() => enterNetworkNamespace("/run/netns/no-such-namespace")).toThrow(expect.objectContaining({ code: "ENOENT" }));
  expect(() => enterNetworkNamespace("/etc/passwd")).toThrow(KernelError);
});

test("what is opened within another namespace is of that one, and the thread is back where it was", () => {
  const other = `${NAMESPACE}-o`;
  execFileSync("ip", ["netns", "add", other]);
  try {
    execFileSync("ip", ["-n", other, "link", "add", "there0", "type", "veth", "peer", "name", "there1"]);
    const links = (netlink: KernelNetlinkClient) => new KernelHostNetwork(netlink).links().map(({ name }) => name).filter((name) => name.startsWith("there"));
    const there = withinNetworkNamespace(`/run/netns/${other}`, () => KernelNetlinkClient.open(NETLINK_ROUTE));
    const here = KernelNetlinkClient.open(NETLINK_ROUTE);
    expect([links(there).length, links(here).length]).toEqual([2, 0]);
    expect(() => withinNetworkNamespace("/run/netns/no-such-namespace", () => undefined)).toThrow(expect.objectContaining({ code: "ENOENT" }));
    expect(() => withinNetworkNamespace(`/run/netns/${other}`, () => execFileSync("false"))).toThrow();
    const again = KernelNetlinkClient.open(NETLINK_ROUTE);
    expect(links(again)).toEqual([]);
    for (const one of [there, here, again]) one.close();
  } finally {
    execFileSync("ip", ["netns", "del", other]);
  }
});

import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { interfaceMtu } from "../../src/sys/interface-mtu.ts";
import { checked, libcFunction } from "../../src/sys/libc.ts";
import { linkBeat } from "../../src/sys/link-beat.ts";
import { forwardsIpv6, readSysctl } from "../../src/sys/sysctl.ts";
import { threadSchedule } from "../../src/sys/thread-schedule.ts";

const RLIMIT_NOFILE = 7;
/** Standard input, output and error are open: no other one can be. */
const ALL_TAKEN = 3n;
const getLimit = libcFunction<(resource: number, limit: BigUint64Array) => number>("int getrlimit(int resource, _Out_ void *limit)");
const setLimit = libcFunction<(resource: number, limit: BigUint64Array) => number>("int setrlimit(int resource, const void *limit)");

/** What `act` says when this process can open no descriptor. */
function withoutDescriptors<T>(act: () => T): T {
  const before = new BigUint64Array(2);
  checked("getrlimit", getLimit(RLIMIT_NOFILE, before));
  checked("setrlimit", setLimit(RLIMIT_NOFILE, BigUint64Array.of(ALL_TAKEN, before[1] ?? 0n)));
  try {
    return act();
  } finally {
    checked("setrlimit", setLimit(RLIMIT_NOFILE, before));
  }
}

// What VRRP asks per turn and per event, while other threads have taken every descriptor.
describe("without a descriptor to spare", () => {
  test("the scheduler's account is unknown", () => {
    assert.notEqual(threadSchedule(), undefined);
    assert.equal(withoutDescriptors(threadSchedule), undefined);
  });

  test("an interface gives no answer", () => {
    assert.deepEqual([linkBeat("lo", "IOCTL") === undefined, interfaceMtu("lo") === undefined], [false, false]);
    assert.deepEqual(withoutDescriptors(() => [linkBeat("lo", "IOCTL"), interfaceMtu("lo")]), [undefined, undefined]);
  });

  test("a setting is refused by name, and who cannot be asked counts as a router", () => {
    const name = "net/ipv4/conf/lo/forwarding";
    assert.equal(typeof readSysctl(name), "number");
    assert.equal(readSysctl("net/ipv4/conf/none/forwarding"), undefined);
    assert.throws(() => withoutDescriptors(() => readSysctl(name)), (error) => error instanceof KernelError && error.code === "EMFILE");
    assert.equal(forwardsIpv6("none"), false);
    assert.equal(withoutDescriptors(() => forwardsIpv6("none")), true);
  });
});

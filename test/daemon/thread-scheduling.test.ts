import assert from "node:assert/strict";
import { beforeEach, describe, test, vi } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import { rescheduleThread, scheduleThread } from "../../src/daemon/thread-scheduling.ts";
import type { ThreadScheduling } from "../../src/daemon/thread-scheduling.ts";
import { bindToCpus, unbound } from "../../src/sys/cpu-affinity.ts";
import { raiseRealtime } from "../../src/sys/thread-attributes.ts";
import type * as Libc from "../../src/sys/libc.ts";
import { FakeLog } from "../notify/support/fakes.ts";

/** The kernel's part: bits of CPUs. */
const kernel = vi.hoisted(() => ({ there: 0b1111, may: 0b1111, possibleCpus: 4, asked: 0, thread: { name: "node", nice: 2, policy: { policy: 0, priority: 0 } }, refuses: false }));

// The calls that are refused are refused by this machine's kernel, so that errno is its own.
vi.mock("../../src/sys/libc.ts", async (original) => {
  const libc = await original<typeof Libc>();
  type Get = (pid: number, size: number, mask: Uint8Array) => number;
  const get = libc.libcFunction<Get>("int sched_getaffinity(int pid, size_t size, _Out_ void *mask)");
  const set = libc.libcFunction<Get>("int sched_setaffinity(int pid, size_t size, const void *mask)");
  const fakeGet: Get = (pid, size, mask) => {
    kernel.asked++;
    if (size * 8 < kernel.possibleCpus) return get(pid, 1, mask); // EINVAL: no room for a word
    mask[0] = kernel.may;
    return size;
  };
  const fakeSet: Get = (pid, size, mask) => {
    const cpus = (mask[0] ?? 0) & kernel.there;
    if (cpus === 0) return set(pid, size, new Uint8Array(size));
    kernel.may = cpus;
    return 0;
  };
  const libcFunction = (definition: string): unknown => (definition.includes("sched_getaffinity") ? fakeGet : definition.includes("sched_setaffinity") ? fakeSet : libc.libcFunction(definition));
  const change = (what: Partial<typeof kernel.thread>): void => {
    if (kernel.refuses) throw new KernelError("sched_setscheduler", "EPERM");
    Object.assign(kernel.thread, what);
  };
  return {
    ...libc,
    libcFunction,
    threadName: () => kernel.thread.name,
    setThreadName: (name: string) => change({ name }),
    nice: () => kernel.thread.nice,
    setNice: (nice: number) => change({ nice }),
    schedulingPolicy: () => kernel.thread.policy,
    setSchedulingPolicy: (policy: Libc.SchedulingPolicy) => change({ policy }),
    setRealtime: (priority: number) => change({ policy: { policy: libc.SCHED_RR, priority } }),
  };
});

function scheduling(more: Partial<ThreadScheduling> = {}): ThreadScheduling {
  return { child: "vrrp", name: undefined, nice: undefined, realtime: undefined, cpus: [], auto: { maxAutoPriority: 0, minAutoPriorityDelayUs: 1_000_000 }, ...more };
}

describe("CPUs", () => {
  beforeEach(() => {
    Object.assign(kernel, { there: 0b1111, possibleCpus: 4 });
    bindToCpus([]);
    Object.assign(kernel, { may: 0b1111, asked: 0 });
  });

  test("what is started is not bound", () => {
    bindToCpus([1, 2]);
    assert.deepEqual([kernel.may, unbound(() => kernel.may), kernel.may], [0b0110, 0b1111, 0b0110]);
    bindToCpus([3]);
    bindToCpus([]);
    assert.equal(kernel.may, 0b1111);
  });

  test("one that was taken away since: threads are started as before, and this one runs where it may", () => {
    bindToCpus([3]);
    kernel.there = 0b0111;
    kernel.may = 0b0111; // so the kernel decides
    assert.deepEqual([unbound(() => kernel.may), unbound(() => "started"), kernel.may], [0b0111, "started", 0b0111]);
    bindToCpus([1]);
    assert.deepEqual([kernel.may, unbound(() => kernel.may)], [0b0010, 0b0111]);
  });

  test("those that it had before were taken away: what is started is bound with it", () => {
    kernel.may = 0b1000;
    bindToCpus([2, 3]);
    kernel.there = 0b0111;
    kernel.may = 0b0100;
    assert.deepEqual([unbound(() => kernel.may), kernel.may], [0b0100, 0b0100]);
    bindToCpus([]);
    assert.equal(kernel.may, 0b0100);
  });

  test("without the keyword nothing is asked; with it a host may have thousands of CPUs", () => {
    kernel.possibleCpus = 8_192;
    const log = new FakeLog();
    scheduleThread(scheduling(), log);
    assert.deepEqual([kernel.asked, log.lines], [0, []]);
    scheduleThread(scheduling({ cpus: [1] }), log);
    assert.deepEqual([kernel.may, kernel.asked, log.lines], [0b0010, 1, []]);
  });

  test("some that are not there are said, and it may run on all, after a reload too", () => {
    const log = new FakeLog();
    rescheduleThread(scheduling({ cpus: [1] }), log);
    assert.deepEqual([kernel.may, log.lines], [0b0010, []]);
    rescheduleThread(scheduling({ cpus: [9] }), log);
    assert.deepEqual([kernel.may, log.lines], [0b1111, ["vrrp_cpu_affinity 9: sched_setaffinity: EINVAL: it has no effect"]]);
  });
});

describe("names and priorities", () => {
  const OWN = { name: "node", nice: 2, policy: { policy: 0, priority: 0 } };
  const now = (): unknown => structuredClone(kernel.thread);

  test("follow each configuration; without the keyword what it had before is back", () => {
    const log = new FakeLog();
    scheduleThread(scheduling(), log);
    assert.deepEqual(now(), OWN);
    rescheduleThread(scheduling({ name: "one", nice: -5, realtime: 20 }), log);
    assert.deepEqual(now(), { name: "one", nice: -5, policy: { policy: 2, priority: 20 } });
    rescheduleThread(scheduling({ name: "two", nice: 0, realtime: 30 }), log);
    assert.deepEqual(now(), { name: "two", nice: 0, policy: { policy: 2, priority: 30 } });
    rescheduleThread(scheduling({ nice: 1 }), log);
    assert.deepEqual(now(), { ...OWN, nice: 1 });
    rescheduleThread(scheduling(), log);
    assert.deepEqual([now(), log.lines], [OWN, []]);
  });

  test("what lateness has raised goes back to what is configured with the next configuration", () => {
    const log = new FakeLog();
    rescheduleThread(scheduling({ realtime: 20 }), log);
    assert.deepEqual([raiseRealtime(21), kernel.thread.policy.priority, raiseRealtime(21)], [21, 21, undefined]);
    rescheduleThread(scheduling({ realtime: 20 }), log);
    assert.equal(kernel.thread.policy.priority, 20);
    rescheduleThread(scheduling(), log);
    assert.deepEqual([raiseRealtime(2), kernel.thread.policy], [1, { policy: 2, priority: 1 }]);
    rescheduleThread(scheduling(), log);
    assert.deepEqual([now(), log.lines], [OWN, []]);
  });

  test("what is refused is an error at a start, and said at a reload", () => {
    const log = new FakeLog();
    kernel.refuses = true;
    assert.throws(() => scheduleThread(scheduling({ realtime: 20 }), log), KernelError);
    rescheduleThread(scheduling({ realtime: 20 }), log);
    assert.deepEqual([now(), log.lines], [OWN, ["sched_setscheduler: EPERM: vrrp_priority and vrrp_rt_priority need CAP_SYS_NICE"]]);
  });
});

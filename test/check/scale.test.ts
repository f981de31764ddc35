import { expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { SECOND } from "../../src/base/time.ts";
import type { CheckConfig } from "../../src/conf/model.ts";
import { checkConfig, misc, realServer, virtualServer } from "./support/build.ts";
import { CheckNode } from "./support/node.ts";

/** `services` virtual servers of ten real servers each. */
function large(services: number, weight: number): CheckConfig {
  return checkConfig(
    Array.from({ length: services }, (...[, i]) => {
      const address = ipAddress(`198.18.${i >> 8}.${i & 255}`);
      const realServers = Array.from({ length: 10 }, (...[, j]) =>
        realServer(j + 1, { weight: j === 0 ? weight : 1, checkers: [misc("rs", { warmupUs: 10 * SECOND, delayLoopUs: 60 * SECOND })] }),
      );
      return virtualServer(1, { key: { type: "address", address, port: 80, protocol: "tcp" }, label: `[${address}]:tcp:80`, realServers });
    }),
  );
}

/** Milliseconds for start and reload of `services` x 10 real servers, the kernel's own time left out. */
async function measure(services: number): Promise<{ startMs: number; reloadMs: number; ops: number }> {
  const node = new CheckNode();
  const first = large(services, 1);
  const second = large(services, 2);
  const t0 = performance.now();
  node.engine.start(first, []);
  await node.clock.advance(0);
  const t1 = performance.now();
  node.take();
  node.engine.reload(second);
  await node.clock.advance(0);
  const t2 = performance.now();
  return { startMs: t1 - t0, reloadMs: t2 - t1, ops: node.take().ops.length };
}

test("start and reload of 10,000 real servers take time in proportion", async () => {
  await measure(100); // compiled, so that the next figures are comparable
  const small = await measure(200);
  const big = await measure(1_000);
  expect(big.ops).toBe(1_000); // the reload touched nothing but the changed weights
  // Five times as much in 5 times the time; 25 times would be quadratic. Generous: the machine may be busy.
  expect(big.startMs).toBeLessThan(15 * Math.max(small.startMs, 20));
  expect(big.reloadMs).toBeLessThan(15 * Math.max(small.reloadMs, 20));
  expect(big.startMs + big.reloadMs).toBeLessThan(8_000);
});

test("10,000 real servers are all asked, each once per delay_loop", async () => {
  const node = new CheckNode();
  node.engine.start(large(1_000, 1), []);
  await node.clock.advance(10 * SECOND); // first checks at 6 s, 1 s + 0.5 * warmup
  expect(node.runner.started.length).toBe(10_000);
  expect(node.engine.status().virtualServers.every((vs) => vs.realServers.every((rs) => rs.checkers[0]?.last === "passed"))).toBe(true);
  await node.clock.advance(60 * SECOND);
  expect(node.runner.started.length).toBe(20_000);
});

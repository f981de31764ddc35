import { describe, test } from "vitest";
import { workerEnds, WORKERS } from "./lib/worker-ends.ts";

// worker-wedges.test.ts has those that spin.
describe.concurrent("a worker", () => {
  for (const worker of WORKERS) test(`${worker}: throw`, () => workerEnds(worker, "throw"));
});

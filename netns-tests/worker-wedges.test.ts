import { test } from "vitest";
import { workerEnds, WORKERS } from "./lib/worker-ends.ts";

// One after the other, and beside no other file: each keeps a core busy.
for (const worker of WORKERS) test(`${worker}: wedge`, () => workerEnds(worker, "wedge"));

import { setFlagsFromString } from "node:v8";
import { runInNewContext, runInThisContext } from "node:vm";
import { expect, test } from "vitest";
import { keepCompiledCode } from "../../src/sys/compiled-code.ts";

test("what has run once stays compiled, however many collections pass; V8 alone drops it", () => {
  for (const flag of ["--expose-gc", "--allow-natives-syntax", "--stress-flush-code"]) setFlagsFromString(flag);
  const collect = runInNewContext("gc") as () => void;
  const status = runInThisContext("(f) => %GetOptimizationStatus(f)") as (f: (x: number) => number) => number;
  const fresh = (): ((x: number) => number) => {
    const f = (runInThisContext("[(x) => x + 1]") as [(x: number) => number])[0];
    f(1);
    return f;
  };

  const dropped = fresh();
  const compiled = status(dropped);
  collect();
  expect(status(dropped)).not.toBe(compiled);

  keepCompiledCode();
  const kept = fresh();
  for (let i = 0; i < 5; i++) collect();
  expect(status(kept)).toBe(compiled);
});

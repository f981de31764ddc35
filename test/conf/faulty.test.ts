import { describe, expect, test } from "vitest";
import { REFUSED, STARTED } from "./faulty-texts.ts";
import { faults, load } from "./memory-environment.ts";

// netns-tests/config-corpus.test.ts compares the exit codes of the same texts with keepalived's.

describe("the daemon does not start where two readers could differ about blocks", () => {
  for (const { name, text, line, says } of REFUSED) {
    test(name, () => {
      const result = load(text);
      expect([result.exitCodeTest, result.exitCodeDaemon]).toEqual([5, 2]);
      const named = result.unsupported.filter(({ keyword, effect, where }) => keyword === says && effect === "refuse" && where.includes(`:${line},`));
      expect(named.length, JSON.stringify(result.unsupported)).toBeGreaterThan(0);
      // A reload, which is no test, changes nothing either.
      expect(load(text, {}, { testing: false }).exitCodeDaemon).toBe(2);
    });
  }
});

describe("what both read the same way is said, and no reason not to start", () => {
  for (const { name, text, want } of STARTED) {
    test(name, () => {
      const result = load(text);
      expect([faults(result), result.exitCodeTest, result.exitCodeDaemon]).toEqual([want, 5, undefined]);
      expect(result.config?.vrrp.instances.map((instance) => instance.name)).toEqual(["A"]);
    });
  }
});

import { defineConfig } from "vitest/config";

/** What promises tenths of a second, or less: measured on a machine that does nothing else, one file after the other. */
const TIMED = ["netns-tests/{bfd,guardian,kill,soak-kills,soak-reloads,worker-wedges}.test.ts", "test/sys/clock-precision.test.ts"];
const NETNS = {
  globalSetup: "netns-tests/lib/leftovers.ts",
  pool: "forks",
  testTimeout: 120_000,
  hookTimeout: 60_000,
} as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: TIMED,
          // Native packages that are not context-aware load once per process, so each file gets a process of its own.
          pool: "forks",
          testTimeout: 20_000,
        },
      },
      {
        test: {
          ...NETNS,
          name: "netns",
          // A director costs a second of a core to start: more LANs at once only make each other late.
          maxConcurrency: 2,
          include: ["netns-tests/**/*.test.ts"],
          exclude: TIMED,
        },
      },
      { test: { ...NETNS, name: "timed", include: TIMED, fileParallelism: false } },
    ],
  },
});

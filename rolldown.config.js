// dist: the programs and the threads, each one file with what it shares with others in chunks. Loading a hundred small
// files takes longer than running most commands (doc/decisions/0006-loading.md).

import { defineConfig } from "rolldown";

const THREADS = ["parser", "services", "check", "bfd"].map((name) => [`daemon/${name}-thread`, `src/daemon/${name}-thread.ts`]);
const ENTRIES = { main: "src/main.ts", regent: "src/regent.ts", ...Object.fromEntries(THREADS) };

export default defineConfig({
  input: ENTRIES,
  platform: "node",
  tsconfig: "tsconfig.json",
  // Packages stay packages but chevrotain, which is 700 small files with its helpers.
  external: (id) => /^[^./]/.test(id) && id !== "chevrotain" && !id.startsWith("@chevrotain/") && !id.startsWith("lodash-es"),
  output: {
    dir: "dist",
    cleanDir: true,
    format: "esm",
    sourcemap: true,
    // What a thread's own script, or the package's files, are found by stands two levels below the top.
    entryFileNames: "[name].js",
    chunkFileNames: "daemon/[name].js",
  },
});

import { existsSync, unlinkSync } from "node:fs";
import { join } from "node:path";

const POLL_MS = 200;
const LATE_MS = 3_000;

/**
 * Lets the namespace tests make a worker die or wedge, which nothing outside the process could do. Only with
 * REGENT_TEST_HOOKS=1 in the daemon's environment; then the files `hook-NAME-throw`, `hook-NAME-wedge` and `hook-NAME-late`
 * (a start that takes three seconds, as on a busy machine) in the runtime directory are obeyed once.
 */
export function installTestHooks(environment: NodeJS.ProcessEnv, runtimeDirectory: string, name: string): void {
  if (environment["REGENT_TEST_HOOKS"] !== "1") return;
  if (taken(join(runtimeDirectory, `hook-${name}-late`))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LATE_MS);
  setInterval(() => {
    if (taken(join(runtimeDirectory, `hook-${name}-throw`))) throw new Error("test hook: throw");
    if (taken(join(runtimeDirectory, `hook-${name}-wedge`))) for (;;);
  }, POLL_MS).unref();
}

function taken(path: string): boolean {
  if (!existsSync(path)) return false;
  unlinkSync(path);
  return true;
}

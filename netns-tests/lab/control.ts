import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { sleep } from "../lib/eventually.ts";

// How scripts/demo.sh speaks with a demo that was kept running: through a folder both sides see.
//   outside writes  N.request   "MACHINE\nshell command\n", or "stop\n"; under another name first, then renamed
//   inside writes   N.output    what the command printed
//                   N.status    its exit status; renamed into place last

const POLL_MS = 100;
const MAX_OUTPUT = 16 * 1024 * 1024;

/** Serves requests until "stop" is asked for. */
export async function serveRequests(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  for (;;) {
    for (const file of readdirSync(dir).filter((name) => name.endsWith(".request")).sort()) {
      const base = join(dir, file.slice(0, -".request".length));
      const [machine = "", ...command] = readFileSync(`${base}.request`, "utf8").split("\n");
      rmSync(`${base}.request`);
      const stop = machine === "stop";
      writeFileSync(`${base}.new`, String(stop ? 0 : serve(base, machine, command.join("\n"))));
      renameSync(`${base}.new`, `${base}.status`);
      if (stop) return;
    }
    await sleep(POLL_MS);
  }
}

/** @returns the exit status */
function serve(base: string, machine: string, command: string): number {
  if (!existsSync(`/run/netns/${machine}`)) {
    writeFileSync(`${base}.output`, `no machine is named ${machine}; there are: ${readdirSync("/run/netns").join(", ")}\n`);
    return 2;
  }
  const ended = spawnSync("ip", ["netns", "exec", machine, "bash", "-c", `exec 2>&1\n${command}`], { maxBuffer: MAX_OUTPUT });
  writeFileSync(`${base}.output`, ended.stdout);
  return ended.status ?? 1;
}

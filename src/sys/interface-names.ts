import { readFileSync } from "node:fs";

/**
 * The interfaces of the calling thread's network namespace, in the kernel's order. Without netlink and so without koffi,
 * whose loading is a tenth of a configuration test.
 *
 * /sys/class/net is no source: it shows the namespace in which it was mounted.
 *
 * @throws Error ENOENT without /proc
 */
export function interfaceNames(): string[] {
  const [, , ...lines] = readFileSync("/proc/thread-self/net/dev", "utf8").split("\n");
  return lines.flatMap((line) => (line.includes(":") ? [line.slice(0, line.indexOf(":")).trim()] : []));
}

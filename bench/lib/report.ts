import { cpus, loadavg, release, totalmem } from "node:os";
import { run } from "../../netns-tests/lib/run.ts";

/** What a figure means nothing without: one line of Markdown. */
export async function conditions(): Promise<string> {
  const [cpu] = cpus();
  const keepalived = /Keepalived (v\S+)/.exec(await versionOf("keepalived"))?.[1] ?? "none";
  const parts = [
    new Date().toISOString().slice(0, 10),
    `${cpus().length} × ${cpu?.model.trim() ?? "unknown processor"}`,
    `${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    `Linux ${release()}`,
    `Node ${process.version}`,
    `keepalived ${keepalived} (Debian's)`,
    // Under two is our own: the table of a machine that others use at the same time says so.
    `load average at the end ${loadavg().map((load) => load.toFixed(1)).join(" ")}`,
  ];
  return parts.join(", ");
}

/** keepalived writes its version to standard error. */
function versionOf(program: string): Promise<string> {
  return run(["sh", "-c", '"$0" --version 2>&1', program]);
}

/** A table in Markdown, its columns aligned for reading it as text. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width)).join(" | ")} |`;
  return [line(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(line)].join("\n");
}

/** Results go to standard output, what happens meanwhile here. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The number after `--name`, or `otherwise` when the option was not given. */
export function numberOption(name: string, otherwise: number): number {
  const at = process.argv.indexOf(`--${name}`);
  if (at === -1) return otherwise;
  const value = Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number`);
  return value;
}

export function flagOption(name: string): boolean {
  return process.argv.includes(`--${name}`);
}

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { CommandError } from "../lib/run.ts";

// In the lab a fork costs by the size of the process: a command spawned by Node takes a tenth of a second and, with
// threads in it, half of one. So one small shell is started early and runs every command.

const DIR = "/run/shell";
const LOOP = `while IFS= read -r line; do eval "$line"; echo "$?"; done`;

interface Turn {
  readonly argv: readonly string[];
  readonly input: string | undefined;
  readonly resolve: (output: string) => void;
  readonly reject: (error: Error) => void;
}

const turns: Turn[] = [];
let shell: ChildProcess | undefined;

/**
 * Runs a command to its end, one at a time.
 *
 * @returns its standard output
 * @throws CommandError when it does not exit with 0
 */
export function run(argv: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    turns.push({ argv, input, resolve, reject });
    if (turns.length === 1) begin();
  });
}

/** Ends the shell: otherwise it would keep the process. */
export function endShell(): void {
  shell?.stdin?.end();
}

function begin(): void {
  const turn = turns[0];
  if (turn === undefined) return;
  shell ??= startShell();
  if (turn.input !== undefined) writeFileSync(`${DIR}/in`, turn.input);
  const command = turn.argv.map(quoted).join(" ");
  shell.stdin?.write(`${command} <${turn.input === undefined ? "/dev/null" : `${DIR}/in`} >${DIR}/out 2>${DIR}/err\n`);
}

function startShell(): ChildProcess {
  mkdirSync(DIR, { recursive: true });
  const started = spawn("bash", ["-c", LOOP], { stdio: ["pipe", "pipe", "inherit"] });
  createInterface({ input: started.stdout }).on("line", (line) => {
    const turn = turns.shift();
    if (turn === undefined) return;
    const output = readFileSync(`${DIR}/out`, "utf8");
    const status = Number(line);
    if (status === 0) turn.resolve(output);
    else turn.reject(new CommandError(turn.argv, status, `${output}${readFileSync(`${DIR}/err`, "utf8")}`));
    begin();
  });
  return started;
}

function quoted(word: string): string {
  if (word.includes("\n")) throw new Error("a command's word has no line break");
  return `'${word.replaceAll("'", "'\\''")}'`;
}

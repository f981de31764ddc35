import type { ScriptAccount } from "../base/ports.ts";
import { SECOND } from "../base/time.ts";
import type { Micros } from "../base/time.ts";
import type { Script } from "../conf/model.ts";

// The vocabulary of keepalived's data dumps: headings, indented "Name = value" lines, its words for true and false.

export function heading(title: string): string {
  return `------< ${title} >------`;
}

/** Lines of a block, each indented further by `by` blanks. */
export function indent(by: number, lines: readonly string[]): string[] {
  return lines.map((line) => " ".repeat(by) + line);
}

export function yesNo(value: boolean): string {
  return value ? "yes" : "no";
}

export function onOff(value: boolean): string {
  return value ? "ON" : "OFF";
}

export function enabled(value: boolean): string {
  return value ? "enabled" : "disabled";
}

/** Without superfluous digits: 1, 1.5, 0.000001. */
export function seconds(us: Micros): string {
  return String(us / SECOND);
}

/** `%f`: always six places. */
export function sixPlaces(us: Micros): string {
  return (us / SECOND).toFixed(6);
}

/** `'/path' 'argument', uid:gid 0:0`, as keepalived shows a command. */
export function command(script: Script): string {
  const words = script.argv.map((word) => `'${word}'`).join(" ");
  const state = script.disabled === undefined ? "" : `, disabled (${script.disabled})`;
  return `${words}${account(script.account)}${state}`;
}

function account(of: ScriptAccount | undefined): string {
  return of === undefined ? "" : `, uid:gid ${of.uid}:${of.gid}`;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `1795264515.490000 (Sat Nov 21 12:35:15.490000 2026)` in local time; wall-clock milliseconds in. */
export function instant(atMs: number): string {
  const at = new Date(atMs);
  const two = (number: number): string => String(number).padStart(2, "0");
  const fraction = String(at.getMilliseconds() * 1_000).padStart(6, "0");
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${fraction}`;
  const day = `${DAYS[at.getDay()]} ${MONTHS[at.getMonth()]} ${String(at.getDate()).padStart(2, " ")}`;
  return `${Math.floor(atMs / 1_000)}.${fraction} (${day} ${time} ${at.getFullYear()})`;
}

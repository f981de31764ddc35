/** What the first line of a `reload_time_file` says. */
export interface ReloadTime {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** A time of day without a date. */
  readonly daily: boolean;
}

const FORM = /^(?:(\d{4}|\d{2})-(\d{2})-(\d{2}) )?(\d{2}):(\d{2}):(\d{2})(Z?)$/;
const CENTURY = 2000;

/**
 * `HH:MM:SS`, `YY-MM-DD HH:MM:SS` or `YYYY-MM-DD HH:MM:SS`, with `Z` UTC and else local time. A time of day is its next one.
 *
 * @param line without its line end
 * @returns "invalid" for another form, and for what no clock or calendar has; "past"
 */
export function readReloadTime(line: string, nowMs: number): ReloadTime | "invalid" | "past" {
  const match = FORM.exec(line);
  if (match === null) return "invalid";
  const [, year, month, day, ...time] = match;
  const utc = time[3] === "Z";
  const [hours = 0, minutes = 0, seconds = 0] = time.slice(0, 3).map(Number);
  if (hours > 23 || minutes > 59 || seconds > 59) return "invalid";
  const at = (y: number, m: number, d: number): number => (utc ? Date.UTC(y, m, d, hours, minutes, seconds) : new Date(y, m, d, hours, minutes, seconds).getTime());
  if (year === undefined) {
    const now = new Date(nowMs);
    const [y, m, d] = utc ? [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()] as const : [now.getFullYear(), now.getMonth(), now.getDate()] as const;
    return { atMs: at(y, m, d) > nowMs ? at(y, m, d) : at(y, m, d + 1), daily: true };
  }
  const date = [Number(year) + (year.length === 2 ? CENTURY : 0), Number(month) - 1, Number(day)] as const;
  if (!exists(...date)) return "invalid";
  const atMs = at(...date);
  return atMs > nowMs ? { atMs, daily: false } : "past";
}

/** @param month from 0 */
function exists(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month, day));
  return date.getUTCMonth() === month && date.getUTCDate() === day;
}

/** As keepalived writes it, "2026-11-21 23:26:54", in local time. */
export function reloadTimeText(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

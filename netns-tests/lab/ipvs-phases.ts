import { SCHEDULERS } from "./ipvs-config.ts";

/** What a table (lines of `ipvsadm -Sn`) holds after an event, and what it does not. */
export interface PhaseExpectation {
  readonly name: string;
  readonly has: readonly RegExp[];
  readonly lacks: readonly RegExp[];
}

/** What must stand in keepalived's own table at that moment: without it the comparison would prove nothing. */
export const PHASES: readonly PhaseExpectation[] = [
  { name: "before the start", has: [], lacks: [/203\.0\.113\.(?!250)/] },
  {
    name: "start",
    has: [
      ...SCHEDULERS.map((scheduler) => new RegExp(`^-A -t .* -s ${scheduler}$`)),
      /^-A -u /, /^-A -f 101 /, /-p 120$/, /-p 360$/, / -m -w /, / -g -w /, / -i -w /, /198\.51\.100\.22:\d+ .* -w 0/, /198\.51\.100\.50:8080/,
    ],
    lacks: [/198\.51\.100\.51:/, /198\.51\.100\.9[89]:/],
  },
  { name: "one real server of each service dies", has: [/198\.51\.100\.43:8080 -m -w 0$/, /198\.51\.100\.46:8080 -m -w 2$/], lacks: [/198\.51\.100\.4[158]:/, /198\.51\.100\.9[89]:/] },
  { name: "all real servers die", has: [/203\.0\.113\.60:80 -r 198\.51\.100\.99:8080/, /203\.0\.113\.62:80 -r 198\.51\.100\.99:8080/, /-f 200 -r 198\.51\.100\.98:/, /198\.51\.100\.44:8080 -m -w 0$/], lacks: [/198\.51\.100\.4[125678]:/] },
  { name: "a reload while they are dead", has: [/203\.0\.113\.10:80 -s wlc$/, /-w 9$/, /-p 600$/, /203\.0\.113\.44:25 /, /203\.0\.113\.60:80 -r 198\.51\.100\.99:8080/], lacks: [/-s lblc$/, /203\.0\.113\.12:80 -r 198\.51\.100\.11:/] },
  { name: "all live, the late one too", has: [/198\.51\.100\.51:/, /198\.51\.100\.42:8080 -m -w 6$/, /198\.51\.100\.45:8080 -m -w 3$/], lacks: [/198\.51\.100\.9[89]:/] },
  { name: "a reload back", has: [/-s lblc$/, /-p 120$/, /198\.51\.100\.42:8080 -m -w 1$/], lacks: [/203\.0\.113\.44:25 /] },
  { name: "a reload without a change", has: [/-s lblc$/, /198\.51\.100\.42:8080 -m -w 1$/], lacks: [] },
  { name: "stop", has: [], lacks: [/203\.0\.113\.(?!250)/, /^-[Aa] -f /] },
];

/** What of an expectation a table does not meet, in words; undefined when it meets all. */
export function missing(expectation: PhaseExpectation, table: readonly string[]): string | undefined {
  const absent = expectation.has.find((line) => !table.some((rule) => line.test(rule)));
  if (absent !== undefined) return `${expectation.name}: no line ${String(absent)}`;
  const surplus = expectation.lacks.find((line) => table.some((rule) => line.test(rule)));
  return surplus === undefined ? undefined : `${expectation.name}: a line ${String(surplus)}`;
}

import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";
import type { LogLevel, LogRecord, LogSource } from "../base/log.ts";

/** keepalived's process names, which operators' syslog filters match on. */
const IDENT: Record<LogSource, string> = {
  parent: "Keepalived",
  vrrp: "Keepalived_vrrp",
  checker: "Keepalived_healthcheckers",
  bfd: "Keepalived_bfd",
};

/** RFC 5424 severities. */
const SEVERITY: Record<LogLevel, number> = { alert: 1, error: 3, warning: 4, notice: 5, info: 6, debug: 7 };

const PINO_LEVELS = { debug: 20, info: 30, notice: 35, warning: 40, error: 50, alert: 60 } as const satisfies Record<LogLevel, number>;

/** Where syslog lines go; `src/sys/syslog.ts` never blocks. */
export interface SyslogSink {
  write(severity: number, ident: string, text: string): void;
}

/** Appends to the console; buffered and asynchronous, `flushSync` empties the buffer. */
export interface ConsoleSink extends DestinationStream {
  flushSync(): void;
}

export interface LogWriterSettings {
  /** The console of -l; undefined without it. */
  readonly console: ConsoleSink | undefined;
  readonly consoleFormat: "text" | "json";
  readonly syslog: SyslogSink | undefined;
  /** `_NAMESPACE_INSTANCE`, or empty. */
  readonly identSuffix: string;
}

/** Writes log records as keepalived would (services thread only): `-l` to the console, syslog unless `-G`. */
export class LogWriter {
  readonly #settings: LogWriterSettings;
  readonly #json: Logger<keyof typeof PINO_LEVELS> | undefined;

  constructor(settings: LogWriterSettings) {
    this.#settings = settings;
    if (settings.console !== undefined && settings.consoleFormat === "json") {
      this.#json = pino(
        { level: "debug", customLevels: PINO_LEVELS, useOnlyCustomLevels: true, timestamp: false, formatters: { level: (label) => ({ level: label }) } },
        settings.console,
      );
    }
  }

  write(record: LogRecord): void {
    const { console, syslog, identSuffix } = this.#settings;
    const at = new Date(record.atMs);
    const ident = IDENT[record.source] + identSuffix;
    if (this.#json !== undefined) this.#json[record.level]({ time: record.atMs, ident }, record.text);
    else console?.write(`${consoleTime(at)}: ${record.text}\n`);
    syslog?.write(SEVERITY[record.level], ident, record.text);
  }

  flush(): void {
    this.#settings.console?.flushSync();
  }
}

/** As asctime(3) in local time, keepalived's form: "Sat Nov 21 12:17:43 2026". */
export function consoleTime(at: Date): string {
  const [day = "", month = "", date = "", year = "", time = ""] = at.toString().split(" ");
  return `${day} ${month} ${date.replace(/^0/, " ")} ${time} ${year}`;
}


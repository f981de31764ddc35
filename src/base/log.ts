/**
 * Whose line it is: decides keepalived's syslog ident (`Keepalived`, `Keepalived_vrrp`, `Keepalived_healthcheckers`,
 * `Keepalived_bfd`), which operators' filters match on.
 */
export type LogSource = "parent" | "vrrp" | "checker" | "bfd";

/** syslog severities that Regent uses. keepalived writes nearly everything as info. */
export type LogLevel = "alert" | "error" | "warning" | "notice" | "info" | "debug";

/** One line of log on its way to the services thread, which alone writes it anywhere. Plain data. */
export interface LogRecord {
  readonly source: LogSource;
  readonly level: LogLevel;
  /** Wall-clock milliseconds when it happened: it may be written later. */
  readonly atMs: number;
  /** One line, without ident, time or newline. keepalived's wording where it has one (`keepalived-log-lines.md`). */
  readonly text: string;
}

/** Where code that decides or acts leaves its lines. Cheap, never blocks, never throws. */
export interface Log {
  write(level: LogLevel, text: string): void;
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  /** Only with `-D` (log-detail): the lines marked [D] in the reference. */
  detail(text: string): void;
  /** False: `detail` drops what it is given, so whoever would have a thousand lines for it need not make them. */
  readonly detailed?: boolean;
}

import { KernelError } from "../base/errors.ts";
import { closeDescriptor } from "./libc.ts";
import { AF_UNIX, SOCK_DGRAM, connectSocket, openSocket, sendTo, unixAddress } from "./sockets.ts";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** What syslogd means by a line; longer ones are cut by some daemons and refused by others. */
const MAX_BYTES = 8_192;
const DEV_LOG = "/dev/log";

export interface SyslogOptions {
  /** 0-23: 3 is daemon, 16 is local0. */
  readonly facility: number;
  /** The socket; /dev/log unless told. */
  readonly path?: string;
  /** The `[PID]` of each line; this process's unless told. */
  readonly pid?: number;
  readonly wallClock?: () => Date;
}

/**
 * Datagrams to syslogd, as RFC 3164 describes them. Never blocks and never throws: a line that cannot be sent now is
 * counted, and the count is the text of the next line that can.
 */
export class Syslog {
  readonly #facility: number;
  readonly #path: string;
  readonly #pid: number;
  readonly #wallClock: () => Date;
  #fd: number | undefined;
  #lost = 0;

  constructor(options: SyslogOptions) {
    this.#facility = options.facility;
    this.#path = options.path ?? DEV_LOG;
    this.#pid = options.pid ?? process.pid;
    this.#wallClock = options.wallClock ?? (() => new Date());
  }

  /** Lines that were not sent since the last that was. */
  get lost(): number {
    return this.#lost;
  }

  /** @param severity 0-7, RFC 3164 table 2 */
  write(severity: number, ident: string, text: string): void {
    const reported = this.#lost === 0 || this.#send(4, ident, `${this.#lost} log lines were lost: syslog did not take them`);
    if (reported) this.#lost = 0;
    if (!reported || !this.#send(severity, ident, text)) this.#lost++;
  }

  close(): void {
    if (this.#fd === undefined) return;
    closeDescriptor(this.#fd);
    this.#fd = undefined;
  }

  #send(severity: number, ident: string, text: string): boolean {
    const line = formatSyslogLine({ priority: this.#facility * 8 + severity, at: this.#wallClock(), ident, pid: this.#pid, text });
    // Twice: a syslogd that was restarted has left our socket connected to nobody.
    for (const attempt of ["first", "again"]) {
      try {
        this.#fd ??= connected(this.#path);
        sendTo("syslog", this.#fd, line, null);
        return true;
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
        if (error.code === "EAGAIN" || error.code === "ENOBUFS" || attempt === "again") return false; // full, or nobody listens
        this.close();
      }
    }
    return false;
  }
}

export interface SyslogLine {
  /** facility * 8 + severity. */
  readonly priority: number;
  /** Written in local time. */
  readonly at: Date;
  readonly ident: string;
  readonly pid: number;
  readonly text: string;
}

/** `<PRI>Mon dd hh:mm:ss IDENT[PID]: text`; control characters, which would break the line, become spaces. */
export function formatSyslogLine({ priority, at, ident, pid, text }: SyslogLine): Uint8Array {
  const two = (n: number, fill = "0") => String(n).padStart(2, fill);
  const time = `${MONTHS[at.getMonth()]} ${two(at.getDate(), " ")} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  const clean = Array.from(text, (c) => (c < " " || c === "\x7f" ? " " : c)).join("");
  return new TextEncoder().encode(`<${priority}>${time} ${ident}[${pid}]: ${clean}`).subarray(0, MAX_BYTES);
}

function connected(path: string): number {
  const fd = openSocket("syslog", AF_UNIX, SOCK_DGRAM, 0);
  try {
    connectSocket(`connect ${path}`, fd, unixAddress(path));
    return fd;
  } catch (error) {
    closeDescriptor(fd);
    throw error;
  }
}

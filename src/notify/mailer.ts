import type { Log } from "../base/log.ts";
import type { Clock } from "../base/time.ts";
import type { MailConfig } from "../conf/model.ts";
import type { Mail } from "./plan.ts";
import { sendBySmtp } from "./smtp.ts";
import type { SmtpOutcome } from "./smtp.ts";

/** More than this waiting means that the relay is as good as dead; what comes then is refused and counted. */
export const MAX_WAITING_MAILS = 1_000;

export interface MailerHost {
  readonly clock: Clock;
  readonly log: Log;
}

interface Waiting {
  readonly mail: Mail;
  /** Wall-clock milliseconds of the event: the Date header. */
  readonly atMs: number;
  /** The configuration when the event happened; a reload does not redirect what is waiting. */
  readonly config: MailConfig & { readonly server: NonNullable<MailConfig["server"]> };
  readonly done: () => void;
}

/**
 * Mails in order over one connection at a time, each tried once as keepalived does; keepalived opens all connections at
 * once instead, and a rack that dies then looks like an attack to the relay.
 */
export class Mailer {
  readonly #host: MailerHost;
  readonly #waiting: Waiting[] = [];
  readonly #abort = new AbortController();
  #sending = false;
  #lost = 0;

  constructor(host: MailerHost) {
    this.#host = host;
  }

  /** Mails that were not delivered, whatever the reason. */
  get lost(): number {
    return this.#lost;
  }

  /** @param done called once: it was sent, or given up with a line in the log */
  send(mail: Mail, atMs: number, config: MailConfig, done: () => void): void {
    const { server } = config;
    if (server === undefined || config.to.length === 0 || this.#abort.signal.aborted) return done();
    if (this.#waiting.length >= MAX_WAITING_MAILS) {
      this.#lost++;
      this.#host.log.warning(`SMTP alert '${mail.subject}' dropped: ${MAX_WAITING_MAILS} mails are waiting for ${labelOf(server)}`);
      return done();
    }
    this.#waiting.push({ mail, atMs, config: { ...config, server }, done });
    if (!this.#sending) void this.#drain();
  }

  /** Gives up the connection and everything that waits. */
  stop(): void {
    this.#abort.abort();
    this.#giveUp(this.#waiting.splice(0), "the daemon stops");
  }

  async #drain(): Promise<void> {
    this.#sending = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const together = [...this.#waiting];
      const outcome = await this.#exchange(next);
      if (outcome.type !== "sent") this.#lost++;
      this.#report(labelOf(next.config.server), outcome);
      next.done();
      // Whoever waited while the relay did not even answer has waited its time out too, as in keepalived, which tries all at once.
      if (outcome.type === "connectTimeout" || outcome.type === "replyTimeout") {
        const stale = together.filter((waiting) => labelOf(waiting.config.server) === labelOf(next.config.server) && this.#withdraw(waiting));
        this.#giveUp(stale, `${labelOf(next.config.server)} does not answer`);
      }
    }
    this.#sending = false;
  }

  async #exchange({ mail, atMs, config }: Waiting): Promise<SmtpOutcome> {
    return sendBySmtp(
      {
        ...config.server,
        heloName: config.heloName,
        timeoutUs: config.connectTimeoutUs,
        from: config.from,
        to: config.to,
        message: composeMessage(mail, atMs, config),
      },
      this.#host.clock,
      () => this.#host.log.detail(`Remote SMTP server ${labelOf(config.server)} connected.`),
      this.#abort.signal,
    );
  }

  #report(server: string, outcome: SmtpOutcome): void {
    const { log } = this.#host;
    switch (outcome.type) {
      case "sent":
        for (const code of outcome.refused) log.info(statusLine("RCPT", server, code));
        return log.detail("SMTP alert successfully sent.");
      case "connectTimeout":
        return log.info(`Timeout connecting SMTP server ${server}.`);
      case "connectError":
        return log.info(`SMTP connection ERROR to ${server}.`);
      case "replyTimeout":
        return log.info(`Timeout reading data to remote SMTP server ${server}.`);
      case "closed":
        return log.info(`Remote SMTP server ${server} has closed the connection.`);
      case "readError":
        return log.info(`Error reading data from remote SMTP server ${server}.`);
      case "status":
        return log.info(statusLine(outcome.command, server, outcome.code));
      case "aborted":
        return log.warning(`SMTP alert to ${server} given up: the daemon stops`);
    }
  }

  #withdraw(waiting: Waiting): boolean {
    const at = this.#waiting.indexOf(waiting);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  #giveUp(mails: readonly Waiting[], reason: string): void {
    if (mails.length === 0) return;
    this.#lost += mails.length;
    this.#host.log.warning(`${mails.length} SMTP alert${mails.length === 1 ? "" : "s"} given up: ${reason}`);
    for (const waiting of mails) waiting.done();
  }
}

/** Exactly keepalived's header fields in keepalived's order, and its empty line after the body. */
export function composeMessage(mail: Mail, atMs: number, config: Pick<MailConfig, "routerId" | "from" | "to">): string {
  return [
    `Date: ${mailDate(new Date(atMs))}`,
    `From: ${config.from}`,
    `Subject: [${config.routerId}] ${mail.subject}`,
    "X-Mailer: Keepalived",
    `To: ${config.to.join(", ")}`,
    "",
    mail.body,
    "",
    "",
  ].join("\r\n");
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** RFC 5322 section 3.3, in local time with its offset. */
function mailDate(at: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const offset = -at.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const day = `${DAYS[at.getDay()]}, ${two(at.getDate())} ${MONTHS[at.getMonth()]} ${at.getFullYear()}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} ${zone}`;
}

function statusLine(command: string, server: string, code: number): string {
  return `Error processing ${command} cmd on SMTP server ${server}. SMTP status code = ${code}`;
}

function labelOf(server: { readonly host: string; readonly port: number }): string {
  return `[${server.host}]:${server.port}`;
}

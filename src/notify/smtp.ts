import { connect } from "node:net";
import type { Socket } from "node:net";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import type { Clock, Micros } from "../base/time.ts";

/** One message on its way to one relay. */
export interface SmtpExchange {
  readonly host: string;
  readonly port: number;
  readonly heloName: string;
  /** For the connection, and again for each reply. */
  readonly timeoutUs: Micros;
  readonly from: string;
  readonly to: readonly string[];
  /** The whole message, CRLF line ends, dots not yet stuffed. */
  readonly message: string;
}

export type SmtpOutcome =
  /** `refused`: status codes of recipients that the relay did not take while it took others. */
  | { readonly type: "sent"; readonly refused: readonly number[] }
  | { readonly type: "connectTimeout" }
  | { readonly type: "connectError"; readonly reason: string }
  | { readonly type: "replyTimeout" }
  | { readonly type: "closed" }
  | { readonly type: "readError"; readonly reason: string }
  /** `command` in keepalived's words: (E)SMTP for the greeting, HELO, MAIL, RCPT, DATA, BODY. */
  | { readonly type: "status"; readonly command: string; readonly code: number }
  | { readonly type: "aborted" };

/** A relay that answers a little at a time is given up after so many time-outs' worth. */
const WHOLE_EXCHANGE_TIMEOUTS = 5;

/**
 * Sends one message over one connection: plain, no STARTTLS, no authentication, as keepalived does.
 * Never rejects.
 *
 * @param connected called when the TCP connection stands
 * @param signal gives up; the outcome is then `aborted`
 */
export async function sendBySmtp(exchange: SmtpExchange, clock: Clock, connected: () => void, signal: AbortSignal): Promise<SmtpOutcome> {
  const opened = await openSocket(exchange, clock, signal);
  if ("type" in opened) return opened;
  connected();
  const { default: Connection } = await import("nodemailer/lib/smtp-connection");
  const timeout = Math.ceil(exchange.timeoutUs / 1_000);
  const smtp = new Connection({
    connection: opened,
    host: exchange.host,
    port: exchange.port,
    name: exchange.heloName,
    ignoreTLS: true,
    secure: false,
    greetingTimeout: timeout,
    socketTimeout: timeout,
  });
  const deadline = clock.now() + WHOLE_EXCHANGE_TIMEOUTS * exchange.timeoutUs;
  return new Promise((resolve) => {
    let settled = false;
    const settle = (outcome: SmtpOutcome): void => {
      if (settled) return;
      settled = true;
      alarm.cancel();
      signal.removeEventListener("abort", abort);
      // After success the relay still gets its QUIT; it closes, or the socket's own time-out does.
      if (outcome.type === "sent") smtp.quit();
      else smtp.close();
      resolve(outcome);
    };
    const abort = (): void => settle({ type: "aborted" });
    const alarm = clock.alarm(deadline, () => settle({ type: "replyTimeout" }));
    signal.addEventListener("abort", abort);
    smtp.on("error", (error: SmtpError) => settle(outcomeOf(error)));
    smtp.once("end", () => settle({ type: "closed" }));
    smtp.connect((error) => {
      if (error) return settle(outcomeOf(error));
      transmit(smtp, exchange, settle);
    });
  });
}

function transmit(smtp: SMTPConnection, exchange: SmtpExchange, settle: (outcome: SmtpOutcome) => void): void {
  const message = Buffer.from(exchange.message, "utf8");
  smtp.send({ from: envelopeAddress(exchange.from), to: exchange.to.map(envelopeAddress) }, message, (error, info) => {
    if (error) return settle(outcomeOf(error));
    settle({ type: "sent", refused: (info?.rejectedErrors ?? []).map((refused) => refused.responseCode ?? 0) });
  });
}

/** `Ops <ops@example.net>` may stand in headers; the envelope takes the address alone. */
function envelopeAddress(text: string): string {
  return /<([^<>]*)>\s*$/.exec(text)?.[1] ?? text;
}

/** What nodemailer's errors carry, as far as it matters here. */
interface SmtpError extends Error {
  readonly code?: string | undefined;
  readonly command?: string | undefined;
  readonly responseCode?: number | undefined;
}

const COMMAND_WORDS: Readonly<Record<string, string>> = {
  CONN: "(E)SMTP",
  EHLO: "HELO",
  HELO: "HELO",
  "MAIL FROM": "MAIL",
  "RCPT TO": "RCPT",
  DATA: "DATA",
};

function outcomeOf(error: SmtpError): SmtpOutcome {
  if (error.responseCode !== undefined) {
    const word = COMMAND_WORDS[error.command ?? ""] ?? error.command ?? "";
    // nodemailer calls the end of the message DATA too, but by another code.
    return { type: "status", command: error.code === "EMESSAGE" ? "BODY" : word, code: error.responseCode };
  }
  switch (error.code) {
    case "ETIMEDOUT":
      return { type: "replyTimeout" };
    case "ECONNECTION":
      return { type: "closed" };
    default:
      return { type: "readError", reason: error.message };
  }
}

async function openSocket(exchange: SmtpExchange, clock: Clock, signal: AbortSignal): Promise<Socket | SmtpOutcome> {
  const socket = connect({ host: exchange.host, port: exchange.port });
  return new Promise((resolve) => {
    const settle = (outcome: Socket | SmtpOutcome): void => {
      alarm.cancel();
      signal.removeEventListener("abort", abort);
      socket.removeListener("connect", up);
      socket.removeListener("error", failed);
      if (outcome !== socket) {
        // A late error of a socket that nobody waits for any more must not end the thread.
        socket.on("error", () => undefined);
        socket.destroy();
      }
      resolve(outcome);
    };
    const abort = (): void => settle({ type: "aborted" });
    const up = (): void => settle(socket);
    const failed = (error: Error): void => settle({ type: "connectError", reason: error.message });
    const alarm = clock.alarm(clock.now() + exchange.timeoutUs, () => settle({ type: "connectTimeout" }));
    socket.once("connect", up);
    socket.once("error", failed);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort);
  });
}

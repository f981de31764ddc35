// HTTP as keepalived and genhash speak it. Here because two parts need the very same reading: src/check and src/cli.

import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";

/** The first words of keepalived's line about a failed HTTP check; the line ends in ` server LABEL.` */
export const HTTP_REASONS = {
  connectionFailed: "Connection failed",
  unreachable: "HTTP_CHECK - network unreachable",
  connectTimeout: "Timeout connecting",
  readTimeout: "Timeout WEB read",
  readError: "Read error with",
  nothingReceived: "Read, no data received from ",
  cannotSend: "Cannot send get request to",
  status: "HTTP status code error to",
  digest: "MD5 digest error to",
} as const;

/** An answer whose header ended, or why there is none. */
export type HttpReply =
  | {
      readonly type: "answered";
      /** undefined when the status line has no three digits between two spaces. */
      readonly status: number | undefined;
      /** Lower-case hexadecimal MD5 of the octets after the blank line; undefined when the client does not compute it. */
      readonly bodyMd5: string | undefined;
      readonly bodyLength: number;
      /** As the header claims; undefined when it claims none. */
      readonly contentLength: number | undefined;
    }
  | { readonly type: "failed"; readonly reason: string; readonly timedOut: boolean };

/** More header than any server sends; one that goes on without a blank line costs no more memory than this. */
export const MAX_HEADER_OCTETS = 65_536;
/** A page to be checked is small. A server that pours out more than this within `connect_timeout` fails the check. */
export const MAX_BODY_OCTETS = 64 * 1024 * 1024;

export type HttpProtocol = "1.0" | "1.0C" | "1.1";

/** What is seen of an exchange while it goes on, for genhash's dumps. Chunks are views. */
export interface HttpObserver {
  /** The header with its blank line. */
  header(octets: Uint8Array): void;
  body(octets: Uint8Array): void;
}

/** The request exactly as keepalived and genhash write it; "1.0C" is 1.0 with `Connection: close`. */
export function requestText(path: string, host: string, protocol: HttpProtocol): string {
  const version = protocol === "1.1" ? "1.1" : "1.0";
  const close = protocol === "1.0" ? "" : "Connection: close\r\n";
  return `GET ${path} HTTP/${version}\r\nUser-Agent: KeepAliveClient\r\n${close}Host: ${host}\r\n\r\n`;
}

/**
 * Sends `request` on a connected stream and reads to its end, as keepalived does: the server must close; the body is
 * every octet after the first blank line, chunked or not; Content-Length is noted, not obeyed. The body is hashed as it
 * arrives and kept nowhere. Destroys `stream`. Resolves for every outcome.
 *
 * @param signal aborted when the deadline of the whole check has passed
 */
export function exchange(stream: Duplex, request: string, signal: AbortSignal, observer?: HttpObserver): Promise<HttpReply> {
  return new Promise((resolve) => {
    const md5 = createHash("md5");
    let head = Buffer.alloc(0);
    let headerLength: number | undefined;
    let bodyLength = 0;

    const settle = (reply: HttpReply): void => {
      signal.removeEventListener("abort", onAbort);
      stream.removeAllListeners("data");
      stream.destroy();
      resolve(reply);
    };
    const onAbort = (): void => settle({ type: "failed", reason: HTTP_REASONS.readTimeout, timedOut: true });
    const fail = (reason: string): void => settle({ type: "failed", reason, timedOut: false });

    const takeBody = (octets: Buffer): void => {
      if (octets.length === 0) return;
      bodyLength += octets.length;
      md5.update(octets);
      observer?.body(octets);
      if (bodyLength > MAX_BODY_OCTETS) fail(HTTP_REASONS.readError);
    };
    const takeHead = (octets: Buffer): void => {
      const searchFrom = Math.max(0, head.length - 3);
      head = Buffer.concat([head, octets]);
      const blank = head.indexOf("\r\n\r\n", searchFrom, "latin1");
      if (blank < 0) {
        if (head.length > MAX_HEADER_OCTETS) fail(HTTP_REASONS.nothingReceived);
        return;
      }
      headerLength = blank + 4;
      const body = head.subarray(headerLength);
      head = head.subarray(0, headerLength);
      observer?.header(head);
      takeBody(body);
    };

    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);
    stream.on("data", (octets: Buffer) => (headerLength === undefined ? takeHead(octets) : takeBody(octets)));
    stream.on("end", () => {
      if (headerLength === undefined) return fail(HTTP_REASONS.nothingReceived);
      const text = head.toString("latin1");
      settle({ type: "answered", status: statusOf(text), bodyMd5: md5.digest("hex"), bodyLength, contentLength: contentLengthOf(text) });
    });
    stream.on("error", (error: NodeJS.ErrnoException) => {
      fail(error.code === "EPIPE" ? HTTP_REASONS.cannotSend : HTTP_REASONS.readError);
    });
    stream.write(request, "latin1");
  });
}

/**
 * As keepalived reads it: exactly three digits between the first two spaces of the first line. `HTTP/1.1 200` without
 * the second space is no status, `ICY 200 OK` is one.
 */
export function statusOf(header: string): number | undefined {
  const match = /^[^ \r\n]* ([1-9]\d\d) /.exec(header);
  return match === null ? undefined : Number(match[1]);
}

function contentLengthOf(header: string): number | undefined {
  const match = /\r\nContent-Length:[ \t]*(\d{1,15})[ \t]*\r\n/i.exec(header);
  return match === null ? undefined : Number(match[1]);
}

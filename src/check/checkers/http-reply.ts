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

import type { Socket } from "node:net";
import type { HttpReply } from "../../base/http10.ts";
import { HTTP_REASONS, MAX_BODY_OCTETS, MAX_HEADER_OCTETS } from "../../base/http10.ts";

/**
 * Loads undici, which takes 0.2 s and 17 MB, on a busy machine a whole second: for whoever has checks that need it, and
 * before the time of the first one begins to run.
 */
export async function loadHttp11(): Promise<void> {
  await import("undici");
}

/**
 * One HTTP/1.1 request by undici over a connected socket, for the checks that look at the status alone. Whoever wants a
 * digest is served by src/base/http10.ts: keepalived, and so the configured digest, counts the octets of chunked framing.
 * Destroys `socket`. Resolves for every outcome. `loadHttp11` comes first: what is not loaded yet is loaded here, in time
 * that `signal` counts.
 *
 * @param origin e.g. "http://192.0.2.10:80"; nothing is connected to it
 */
export async function requestHttp11(socket: Socket, origin: string, path: string, host: string, signal: AbortSignal): Promise<HttpReply> {
  const { Client } = await import("undici");
  const client = new Client(origin, {
    // Not at once: undici takes no notice of a connection that is there before its connector has returned.
    connect: (...[, connected]) => queueMicrotask(() => connected(null, socket)),
    maxHeaderSize: MAX_HEADER_OCTETS,
    maxResponseSize: MAX_BODY_OCTETS,
    headersTimeout: 0, // the deadline is the signal's
    bodyTimeout: 0,
  });
  try {
    const headers = { "User-Agent": "KeepAliveClient", Host: host };
    const { statusCode, body } = await client.request({ method: "GET", path, headers, reset: true, signal });
    let bodyLength = 0;
    for await (const chunk of body) bodyLength += (chunk as Uint8Array).length;
    return { type: "answered", status: statusCode, bodyMd5: undefined, bodyLength, contentLength: undefined };
  } catch (error) {
    if (signal.aborted) return { type: "failed", reason: HTTP_REASONS.readTimeout, timedOut: true };
    return { type: "failed", reason: reasonOf(error), timedOut: false };
  } finally {
    socket.destroy();
    // What is left of the request is told the same outcome as we were; nobody waits for it any more.
    client.destroy().catch(() => undefined);
  }
}

/** @throws `error` itself when it is not the network's or the server's: then it is a bug of ours */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code === "UND_ERR_SOCKET") return HTTP_REASONS.nothingReceived;
  // What undici says about a malformed answer has a code only sometimes.
  if (code !== undefined || (error instanceof Error && error.name === "HTTPParserError")) return HTTP_REASONS.readError;
  throw error;
}

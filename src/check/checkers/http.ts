import { assertNever } from "../../base/assert-never.ts";
import type { HttpProtocol, HttpReply } from "../../base/http10.ts";
import { exchange, HTTP_REASONS, requestText } from "../../base/http10.ts";
import { familyOf } from "../../base/ip.ts";
import type { Connector } from "../../base/ports.ts";
import type { CheckedUrl, CheckTarget } from "../../conf/model.ts";
import type { Checker, CheckResult } from "../checker.ts";
import { connecting, isUnreachable } from "./connecting.ts";
import { loadHttp11, requestHttp11 } from "./http11-client.ts";

export interface HttpCheck {
  readonly target: CheckTarget;
  readonly httpProtocol: HttpProtocol;
  readonly urls: readonly CheckedUrl[];
}

/** HTTP_GET: one `url` per step. */
export class HttpChecker implements Checker {
  readonly #connector: Connector;
  readonly #http: HttpCheck;

  constructor(connector: Connector, http: HttpCheck) {
    this.#connector = connector;
    this.#http = http;
  }

  get steps(): number {
    return this.#http.urls.length;
  }

  prepare(): Promise<void> | undefined {
    return this.#http.urls.some((url) => this.#byUndici(url)) ? loadHttp11() : undefined;
  }

  async check(signal: AbortSignal, step: number): Promise<CheckResult> {
    const { target, httpProtocol, urls } = this.#http;
    const url = urls[step];
    if (url === undefined) throw new RangeError(`HTTP_GET has ${urls.length} urls, not ${step + 1}`);
    const connected = await connecting(this.#connector, target, signal);
    switch (connected.type) {
      case "unasked":
        return { outcome: "unasked", reason: connected.reason };
      case "timedOut":
        return { outcome: "failed", reason: HTTP_REASONS.connectTimeout, timedOut: true };
      case "refused": {
        const reason = isUnreachable(connected.code) ? HTTP_REASONS.unreachable : HTTP_REASONS.connectionFailed;
        return { outcome: "failed", reason, timedOut: false };
      }
      case "connected": {
        if (this.#byUndici(url)) {
          return judgeReply(url, await requestHttp11(connected.socket, originOf(target), url.path, url.host, signal));
        }
        return judgeReply(url, await exchange(connected.socket, requestText(url.path, url.host, httpProtocol), signal));
      }
      default:
        return assertNever(connected);
    }
  }

  #byUndici(url: CheckedUrl): boolean {
    return this.#http.httpProtocol === "1.1" && url.digest === undefined;
  }
}

/** Status first, then digest, as keepalived names the failure. */
export function judgeReply(url: CheckedUrl, reply: HttpReply): CheckResult {
  if (reply.type === "failed") return { outcome: "failed", reason: reply.reason, timedOut: reply.timedOut };
  const { status, bodyMd5, bodyLength, contentLength } = reply;
  const remark =
    contentLength === undefined || contentLength === bodyLength
      ? {}
      : { remark: `content_length (${contentLength}) does not match received bytes (${bodyLength})` };
  if (status === undefined || !url.statusCodes.some(({ from, to }) => status >= from && status <= to)) {
    return { outcome: "failed", reason: HTTP_REASONS.status, timedOut: false, ...remark };
  }
  if (url.digest !== undefined && url.digest !== bodyMd5) {
    return { outcome: "failed", reason: HTTP_REASONS.digest, timedOut: false, ...remark };
  }
  return { outcome: "passed", ...remark };
}

function originOf(target: CheckTarget): string {
  const host = familyOf(target.address) === 6 ? `[${target.address}]` : target.address;
  return `http://${host}:${target.port}`;
}

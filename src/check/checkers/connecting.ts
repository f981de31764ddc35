import type { Socket } from "node:net";
import { KernelError } from "../../base/errors.ts";
import type { Connector, ConnectTarget } from "../../base/ports.ts";
import type { CheckTarget } from "../../conf/model.ts";

export type Connected =
  | { readonly type: "connected"; readonly socket: Socket }
  | { readonly type: "refused"; readonly code: string }
  | { readonly type: "timedOut" }
  | { readonly type: "unasked"; readonly reason: string };

/** Our own shortage or misconfiguration, which says nothing about the other side. */
const OWN_FAULTS = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "EADDRINUSE"]);

/** "network unreachable" is keepalived's word for all of these. */
export function isUnreachable(code: string): boolean {
  return code === "ENETUNREACH" || code === "EHOSTUNREACH" || code === "ENETDOWN" || code === "EHOSTDOWN";
}

/**
 * Connects to a checked service. The socket that comes back is the caller's to destroy; until then its errors are
 * swallowed here, so that one that nobody waits for does not end the thread.
 */
export function connecting(connector: Connector, target: CheckTarget, signal: AbortSignal): Promise<Connected> {
  if (signal.aborted) return Promise.resolve({ type: "timedOut" });
  let socket: Socket;
  try {
    socket = connector.connect(connectTarget(target));
  } catch (error) {
    if (error instanceof KernelError) return Promise.resolve({ type: "unasked", reason: error.message });
    throw error;
  }
  return new Promise((resolve) => {
    const settle = (result: Connected): void => {
      signal.removeEventListener("abort", onAbort);
      if (result.type !== "connected") socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => settle({ type: "timedOut" });
    signal.addEventListener("abort", onAbort);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      const code = error.code ?? error.message;
      settle(OWN_FAULTS.has(code) ? { type: "unasked", reason: error.message } : { type: "refused", code });
    });
    socket.once("connect", () => settle({ type: "connected", socket }));
  });
}

export function connectTarget(target: CheckTarget): ConnectTarget {
  return {
    address: target.address,
    port: target.port,
    fwmark: target.fwmark,
    ...(target.bindAddress === undefined ? {} : { bindAddress: target.bindAddress }),
    ...(target.bindPort === undefined ? {} : { bindPort: target.bindPort }),
    ...(target.bindInterface === undefined ? {} : { bindInterface: target.bindInterface }),
  };
}

import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** A loopback server that treats every connection as `serve` says; closed with `close`. */
export class HostileServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What clients sent, one entry per connection. */
  readonly requests: string[] = [];

  constructor(serve: (socket: Socket, request: string) => void) {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined);
      const index = this.requests.push("") - 1;
      let answered = false;
      socket.on("data", (octets: Buffer) => {
        this.requests[index] += octets.toString("latin1");
        if (answered || !this.requests[index]?.includes("\r\n\r\n")) return;
        answered = true;
        serve(socket, this.requests[index] ?? "");
      });
    });
  }

  async listen(host = "127.0.0.1"): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, host, resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

/** Keeps writing `octets` as fast as the other side reads, until the connection ends. */
export function pour(socket: Socket, octets: Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(octets));
  };
  socket.on("drain", more);
  more();
}

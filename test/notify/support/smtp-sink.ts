import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** What the sink does instead of being a good, old relay; "esmtp" is a good one that offers everything. */
export type Misbehaviour = "silent" | "close" | "banner" | "helo" | "mail" | "rcpt" | "data" | "body" | "drip" | "esmtp" | { readonly refuse: string };

export interface SmtpSink {
  readonly port: number;
  /** Each connection's lines as the client sent them, without CRLF; the last entry is "closed" when it has ended. */
  readonly dialogues: readonly (readonly string[])[];
  /** The most connections that were open at once. */
  readonly peak: number;
  close(): Promise<void>;
}

/** A small SMTP server on loopback that records the dialogue. */
export async function smtpSink(misbehaviour?: Misbehaviour): Promise<SmtpSink> {
  const dialogues: string[][] = [];
  const sockets = new Set<Socket>();
  let peak = 0;
  const server = createServer((socket) => {
    const lines: string[] = [];
    dialogues.push(lines);
    sockets.add(socket);
    peak = Math.max(peak, sockets.size);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      sockets.delete(socket);
      lines.push("closed");
    });
    converse(socket, lines, misbehaviour);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    dialogues,
    get peak() {
      return peak;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function converse(socket: Socket, lines: string[], misbehaviour: Misbehaviour | undefined): void {
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  if (misbehaviour === "silent") return;
  if (misbehaviour === "close") return void socket.end();
  if (misbehaviour === "drip") {
    const drip = setInterval(() => socket.write("220-"), 100);
    return void socket.on("close", () => clearInterval(drip));
  }
  say(misbehaviour === "banner" ? "554 no" : "220 sink ESMTP");
  let text = "";
  let inData = false;
  const hear = (line: string): void => {
    lines.push(line);
    if (inData) {
      if (line !== ".") return;
      inData = false;
      return say(misbehaviour === "body" ? "554 no" : "250 taken");
    }
    const word = line.slice(0, 4).toLowerCase();
    if (typeof misbehaviour === "object" && line.includes(misbehaviour.refuse)) return say("550 no such user");
    if (word === misbehaviour || (word === "ehlo" && misbehaviour === "helo")) return say("550 no");
    if (word === "ehlo") return say(misbehaviour === "esmtp" ? "250-sink\r\n250-STARTTLS\r\n250-8BITMIME\r\n250-SIZE 1000000\r\n250 AUTH PLAIN" : "500 unknown command");
    if (word === "data") {
      inData = true;
      return say("354 go on");
    }
    if (word === "quit") return void socket.end("221 bye\r\n");
    say("250 ok");
  };
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    for (let end = text.indexOf("\r\n"); end >= 0; end = text.indexOf("\r\n")) {
      hear(text.slice(0, end));
      text = text.slice(end + 2);
    }
  });
}

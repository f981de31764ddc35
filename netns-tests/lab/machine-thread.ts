import { closeSync, openSync } from "node:fs";
import { createServer, get, type Server } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import koffi from "koffi";
import type { Answer, Mail, Order, Report, Talk } from "./machine.ts";

// One machine's programs, as a thread inside its network namespace: sockets belong to the namespace of the thread that
// makes them. A process each would cost half a second and 40 MB each in the lab.

interface Web {
  readonly server: Server;
  page: string;
}

const CLONE_NEWNET = 0x4000_0000;
const port = parentPort;
if (port === null) throw new Error("machine-thread.ts runs as a worker");

enterNamespace(String(workerData));

/** The web servers by address. */
const webs = new Map<string, Web>();
let load: NodeJS.Timeout | undefined;
/** The talks by their port. */
const talks = new Map<number, Socket>();

port.on("message", (order: Order) => {
  obey(order).then(
    (value) => tell({ type: "done", id: order.id, ...(value === undefined ? {} : { value }) }),
    (error: unknown) => tell({ type: "done", id: order.id, error: String(error) }),
  );
});

function tell(report: Report): void {
  port?.postMessage(report);
}

async function obey(order: Order): Promise<Answer | undefined> {
  switch (order.type) {
    case "serve": {
      const web = newWeb(order.page);
      webs.set(order.address, web);
      await listening(web.server, order.address, order.port);
      return undefined;
    }
    case "stop": {
      const web = webs.get(order.address);
      webs.delete(order.address);
      web?.server.closeAllConnections();
      if (web !== undefined) await new Promise((resolve) => web.server.close(resolve));
      return undefined;
    }
    case "page": {
      const web = webs.get(order.address);
      if (web === undefined) throw new Error(`no web server on ${order.address}`);
      web.page = order.page;
      return undefined;
    }
    case "mail":
      await listening(createTcpServer(smtpSession), order.address, order.port);
      return undefined;
    case "ask":
      return ask(order.from, order.address, order.port, order.timeoutMs);
    case "load":
      load = setInterval(() => {
        void ask(order.from, order.address, order.port, order.timeoutMs).then((answer) => tell({ type: "answer", answer }));
      }, order.everyMs);
      return undefined;
    case "endLoad":
      clearInterval(load);
      return undefined;
    case "echo":
      await listening(createTcpServer((socket) => void socket.on("error", () => socket.destroy()).pipe(socket)), order.address, order.port);
      return undefined;
    case "talk":
      await talk(order);
      return undefined;
    case "hangUp":
      talks.get(order.fromPort)?.end();
      return undefined;
    default:
      return order satisfies never;
  }
}

function newWeb(page: string): Web {
  const server = createServer((request, response) => {
    const body = web.page.replace("{from}", request.socket.remoteAddress ?? "nobody");
    response.writeHead(200, { connection: "close", "content-type": "text/plain" }).end(body);
  });
  const web: Web = { server, page };
  return web;
}

function listening(server: { listen(options: { host: string; port: number }, ready: () => void): unknown; once(event: "error", failed: (error: Error) => void): unknown }, host: string, number: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port: number }, resolve);
  });
}

/** One request on a connection of its own. Never rejects: what went wrong is part of the answer. */
function ask(from: string, address: string, number: number, timeoutMs: number): Promise<Answer> {
  const askedAt = Date.now();
  return new Promise((resolve) => {
    const answered = (body: string, error?: string): void => resolve({ askedAt, at: Date.now(), from, body, ...(error === undefined ? {} : { error }) });
    const request = get({ host: address, port: number, localAddress: from, agent: false, timeout: timeoutMs }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => answered(body.trim()));
      response.on("error", (error) => answered("", error.message));
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on("error", (error) => answered("", error.message));
  });
}

function talk({ from, fromPort, address, port: number, everyMs }: Talk): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: number, localAddress: from, localPort: fromPort, noDelay: true });
    let sent = 0;
    let timer: NodeJS.Timeout | undefined;
    let failure: Error | undefined;
    const say = (): void => void (socket.writable && socket.write(`${sent++}\n`));
    socket.once("connect", () => {
      talks.set(fromPort, socket);
      say();
      timer = setInterval(say, everyMs);
      resolve();
    });
    let rest = "";
    socket.setEncoding("latin1").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) tell({ type: "echo", echo: { fromPort, number: Number(line), at: Date.now() } });
    });
    socket.on("error", (error) => {
      failure = error;
      reject(error);
    });
    socket.on("close", () => {
      clearInterval(timer);
      talks.delete(fromPort);
      tell({ type: "hungUp", hungUp: { fromPort, at: Date.now(), ...(failure === undefined ? {} : { error: failure.message }) } });
    });
  });
}

/** The least of RFC 5321 that a sender needs. */
function smtpSession(socket: Socket): void {
  let buffered = "";
  let inData = false;
  const mail: { to: string[]; lines: string[] } = { to: [], lines: [] };
  socket.on("error", () => socket.destroy()); // a director that was killed leaves half a session
  socket.write("220 mail.example.org ready\r\n");
  socket.on("data", (chunk: Buffer) => {
    buffered += chunk.toString("latin1");
    for (let end = buffered.indexOf("\n"); end >= 0; end = buffered.indexOf("\n")) {
      const line = buffered.slice(0, end).replace(/\r$/, "");
      buffered = buffered.slice(end + 1);
      if (!inData) command(line);
      else if (line === ".") {
        inData = false;
        tell({ type: "mail", mail: mailOf(mail.to, mail.lines) });
        mail.to = [];
        mail.lines = [];
        socket.write("250 kept\r\n");
      } else mail.lines.push(line.startsWith(".") ? line.slice(1) : line);
    }
  });
  const command = (line: string): void => {
    const word = line.slice(0, 4).toUpperCase();
    if (word === "QUIT") {
      socket.end("221 bye\r\n");
      return;
    }
    if (word === "DATA") {
      inData = true;
      socket.write("354 go on, end with a dot\r\n");
      return;
    }
    if (word === "RCPT") mail.to.push(/<([^>]*)>/.exec(line)?.[1] ?? line);
    socket.write("250 yes\r\n");
  };
}

function mailOf(to: readonly string[], lines: readonly string[]): Mail {
  const blank = lines.indexOf("");
  const subject = lines.slice(0, blank).find((line) => /^subject:/i.test(line)) ?? "";
  return { at: Date.now(), to, subject: subject.replace(/^subject:\s*/i, ""), text: lines.slice(blank + 1).join("\n") };
}

function enterNamespace(name: string): void {
  const setns = koffi.load(null).func("int setns(int fd, int nstype)") as (fd: number, type: number) => number;
  const fd = openSync(`/run/netns/${name}`, "r");
  const result = setns(fd, CLONE_NEWNET);
  closeSync(fd);
  if (result !== 0) throw new Error(`setns into ${name} failed`);
}

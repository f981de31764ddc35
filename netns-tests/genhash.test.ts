// The same page asked for by Debian's genhash and by ours: what they print, byte for byte, and what they send.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../src/cli/genhash.ts";

const PEER = "/usr/bin/genhash";

const PAGES: Readonly<Record<string, string>> = {
  "/page": "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>hello</html>\n",
  "/binary": `HTTP/1.0 200 OK\r\n\r\n${String.fromCharCode(...[...Array(70).keys()].map((i) => (i * 3) & 0xff))}`,
  "/empty": "HTTP/1.0 204 No Content\r\n\r\n",
  "/chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "/short": "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\nhello",
  "/bare": "HTTP/1.1 200 OK\n\nhello",
  "/headless": "garbage",
  "/large": `HTTP/1.0 200 OK\r\n\r\n${"0123456789abcdef".repeat(20_000)}`,
};

let server: Server;
let port: string;
const requests: string[] = [];

beforeAll(async () => {
  server = createServer({ allowHalfOpen: true }, (socket) => {
    let text = "";
    socket.on("error", () => undefined);
    socket.on("data", (octets: Buffer) => {
      text += octets.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      requests.push(text);
      socket.end(PAGES[text.split(" ")[1] ?? ""] ?? "", "latin1");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = String((server.address() as AddressInfo).port);
});

afterAll(() => server.close());

interface Printed {
  readonly status: number | null;
  readonly out: string;
  readonly error: string;
}

function peer(argv: readonly string[]): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = spawn(PEER, argv);
    let out = "";
    let error = "";
    child.stdout.on("data", (octets: Buffer) => (out += octets.toString("latin1")));
    child.stderr.on("data", (octets: Buffer) => (error += octets.toString("latin1")));
    child.once("error", reject);
    child.once("close", (status) => resolve({ status, out, error }));
  });
}

async function ours(argv: readonly string[]): Promise<Printed> {
  let out = "";
  let error = "";
  const status = await main(argv, { out: (text) => (out += text), error: (text) => (error += text) });
  return { status, out, error };
}

/** The peer's usage text is its own, its response time as well. */
function comparable({ status, out, error }: Printed): Printed {
  return { status, out: out.replace(/\nGlobal response time .*\n/, ""), error: error.replace(/Usage:[^]*/, "") };
}

const cases = [
  ...Object.keys(PAGES).map((path) => [path]),
  ...["1.0", "1.0c", "1.1"].map((version) => ["/page", "-P", version]),
  ["/page", "-V", "www.example.com"],
  ["/page", "-v"],
  ["/binary", "-v"],
  ["/page", "-P", "3"],
  ["/page", "-t", "x"],
  ["/page", "more"],
];

test.each(cases)("genhash -u %s %s %s", async (...rest) => {
  const argv = ["-s", "127.0.0.1", "-p", port, "-u", ...rest.filter((word) => word !== undefined)];
  requests.length = 0;
  const want = comparable(await peer(argv));
  const got = comparable(await ours(argv));
  expect(got).toEqual(want);
  expect(requests.at(-1)).toBe(requests[0]);
});

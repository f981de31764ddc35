import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../../src/cli/genhash.ts";

const BINARY = Buffer.from([...Array(70).keys()].map((i) => (i * 3) & 0xff));
const PAGES: Readonly<Record<string, Buffer | string>> = {
  "/ok": "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello world\n",
  "/binary": Buffer.concat([Buffer.from("HTTP/1.0 200 OK\r\n\r\n"), BINARY]),
  "/empty": "HTTP/1.0 200 OK\r\n\r\n",
  "/500": "HTTP/1.0 500 no\r\n\r\nhello",
  "/chunked": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "/headless": "garbage",
  "/nothing": "",
};

let plain: Server;
let tls: Server;
let port: string;
let tlsPort: string;
let directory: string;
const requests: string[] = [];

function serve(socket: Socket): void {
  let text = "";
  socket.on("error", () => undefined);
  socket.on("data", (octets: Buffer) => {
    text += octets.toString("latin1");
    if (!text.includes("\r\n\r\n")) return;
    requests.push(text);
    const page = PAGES[text.split(" ")[1] ?? ""];
    if (page !== undefined) socket.end(page);
  });
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "genhash-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const made = spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=x"]);
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr.toString()}`);
  plain = createServer({ allowHalfOpen: true }, serve);
  tls = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, serve);
  for (const server of [plain, tls]) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = String((plain.address() as AddressInfo).port);
  tlsPort = String((tls.address() as AddressInfo).port);
});

afterAll(() => {
  plain.close();
  tls.close();
  rmSync(directory, { recursive: true });
});

async function genhash(...argv: string[]): Promise<{ status: number; out: string; error: string }> {
  let out = "";
  let error = "";
  const status = await main(argv, { out: (text) => (out += text), error: (text) => (error += text) });
  return { status, out, error };
}

const md5 = (body: string | Buffer): string => `${createHash("md5").update(body).digest("hex")}\n`;

test.each([
  ["/ok", "hello world\n"],
  ["/binary", BINARY],
  ["/empty", ""],
  ["/500", "hello"],
  ["/chunked", "5\r\nhello\r\n0\r\n\r\n"],
] as const)("%s: the MD5 of what follows the blank line", async (path, body) => {
  expect(await genhash("-s", "127.0.0.1", "-p", port, "-u", path)).toEqual({ status: 0, out: md5(body), error: "" });
});

test.each(["/headless", "/nothing"])("%s: no data", async (path) => {
  expect(await genhash("-s", "127.0.0.1", "-p", port, "-u", path)).toEqual({ status: 0, out: "", error: "no data received from remote webserver\n" });
});

test.each([
  [[], `GET /ok HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:PORT\r\n\r\n`],
  [["-P", "1.0c"], `GET /ok HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: 127.0.0.1:PORT\r\n\r\n`],
  [["-P", "1.1"], `GET /ok HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: 127.0.0.1:PORT\r\n\r\n`],
  [["-V", "www.example.com"], `GET /ok HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: www.example.com\r\n\r\n`],
] as const)("request with %j", async (options, want) => {
  requests.length = 0;
  await genhash("--server", "127.0.0.1", `--port=${port}`, "--url", "/ok", ...options);
  expect(requests).toEqual([want.replace("PORT", port)]);
});

test("TLS without verification", async () => {
  expect(await genhash("-S", "-s", "127.0.0.1", "-p", tlsPort, "-u", "/ok", "-I", "www.example.com")).toEqual({ status: 0, out: md5("hello world\n"), error: "" });
});

test("a server that does not answer, one that refuses, one that does not speak TLS", async () => {
  expect((await genhash("-s", "127.0.0.1", "-p", port, "-u", "/silent", "-t", "1")).out).toBe("Timeout WEB read\n");
  expect((await genhash("-s", "127.0.0.1", "-p", "1", "-u", "/")).out).toBe("Connection failed\n");
  expect((await genhash("-S", "-s", "127.0.0.1", "-p", port, "-u", "/", "-t", "1")).out).toBe("Timeout connecting\n");
});

test("-v", async () => {
  const { out } = await genhash("-s", "127.0.0.1", "-p", port, "-u", "/ok", "-v");
  expect(out.split("\n").slice(0, 3)).toEqual([
    "-----------------------[    HTTP Header Buffer    ]-----------------------",
    "0000  48 54 54 50 2f 31 2e 30 - 20 32 30 30 20 4f 4b 0d   HTTP/1.0 200 OK.",
    "0016  0a 53 65 72 76 65 72 3a - 20 78 0d 0a 0d 0a         .Server: x....  ",
  ]);
});

test.each([
  [[], ""],
  [["-h"], ""],
  [["--bogus"], ""],
  [["-s", "127.0.0.1", "-p", "80"], ""],
  [["-s", "www.example.com", "-p", "80", "-u", "/"], "server should be an IP, not www.example.com\n"],
  [["-s", "127.0.0.1", "-p", "70000", "-u", "/"], "invalid port number '70000'\n"],
  [["-s", "127.0.0.1", "-p", "80", "-u", "/", "-t", "x"], "invalid timeout 'x'\n"],
  [["-s", "127.0.0.1", "-p", "80", "-u", "/", "-m", "x"], "invalid fwmark 'x'\n"],
  [["-s", "127.0.0.1", "-p", "80", "-u", "/", "-P", "2"], "invalid HTTP protocol version '2'\n"],
  [["-s", "127.0.0.1", "-p", "80", "-u", "/", "more"], "Unexpected argument(s): more\n"],
] as const)("bad usage %j", async (argv, line) => {
  const { status, out, error } = await genhash(...argv);
  expect({ status, out, first: error.slice(0, error.indexOf("Usage:")) }).toEqual({ status: 1, out: "", first: line });
});

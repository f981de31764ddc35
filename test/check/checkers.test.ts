import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { MAX_BODY_OCTETS, statusOf } from "../../src/base/http10.ts";
import { ipAddress } from "../../src/base/ip.ts";
import type { CheckResult } from "../../src/check/checker.ts";
import { HttpChecker } from "../../src/check/checkers/http.ts";
import { loadHttp11 } from "../../src/check/checkers/http11-client.ts";
import { MiscChecker, resultOf } from "../../src/check/checkers/misc.ts";
import { TcpChecker } from "../../src/check/checkers/tcp.ts";
import type { CheckedUrl } from "../../src/conf/model.ts";
import { RealConnector } from "../../src/sys/connector.ts";
import { closeDescriptor, libcFunction } from "../../src/sys/libc.ts";
import { bindSocket, openSocket } from "../../src/sys/sockets.ts";
import { FakeRunner, target, url } from "./support/build.ts";
import { HostileServer, pour } from "./support/hostile.ts";

const connector = new RealConnector();

// As the engine does before the first check; on a busy machine that alone takes longer than a check may here.
beforeAll(loadHttp11, 60_000);
const servers: HostileServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serving(serve: (socket: Socket, request: string) => void, host?: string): Promise<{ server: HostileServer; port: number }> {
  const server = new HostileServer(serve);
  servers.push(server);
  return { server, port: await server.listen(host) };
}

/** One check with one absolute deadline, as the engine gives it. */
async function get(port: number, wanted: Partial<CheckedUrl> = {}, limitMs = 2_000, httpProtocol: "1.0" | "1.0C" | "1.1" = "1.0"): Promise<CheckResult> {
  const checker = new HttpChecker(connector, { target: target(port), httpProtocol, urls: [url("/", wanted)] });
  return checker.check(AbortSignal.timeout(limitMs), 0);
}

function failed(reason: string, timedOut = false): CheckResult {
  return { outcome: "failed", reason, timedOut };
}

const HELLO_MD5 = createHash("md5").update("hello").digest("hex");

describe("HTTP_GET, answers as keepalived 2.2.7 judged them", () => {
  const rows: { name: string; answer: string; wanted?: Partial<CheckedUrl>; want: CheckResult }[] = [
    { name: "200", answer: "HTTP/1.0 200 OK\r\n\r\nhello", want: { outcome: "passed" } },
    { name: "200 and digest", answer: "HTTP/1.0 200 OK\r\n\r\nhello", wanted: { digest: HELLO_MD5 }, want: { outcome: "passed" } },
    { name: "another page", answer: "HTTP/1.0 200 OK\r\n\r\nhullo", wanted: { digest: HELLO_MD5 }, want: failed("MD5 digest error to") },
    { name: "chunked framing is counted", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", wanted: { digest: HELLO_MD5 }, want: failed("MD5 digest error to") },
    { name: "500", answer: "HTTP/1.0 500 no\r\n\r\nhello", want: failed("HTTP status code error to") },
    { name: "a status in a configured range", answer: "HTTP/1.0 404 no\r\n\r\n", wanted: { statusCodes: [{ from: 200, to: 200 }, { from: 400, to: 404 }] }, want: { outcome: "passed" } },
    { name: "status before digest", answer: "HTTP/1.0 500 no\r\n\r\n", wanted: { digest: HELLO_MD5 }, want: failed("HTTP status code error to") },
    { name: "no space after the status", answer: "HTTP/1.1 200\r\n\r\nhello", want: failed("HTTP status code error to") },
    { name: "a space and no words after the status", answer: "HTTP/1.1 200 \r\n\r\nhello", want: { outcome: "passed" } },
    { name: "100 Continue is an answer like any other", answer: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello", want: failed("HTTP status code error to") },
    { name: "a longer body than announced", answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello", want: { outcome: "passed", remark: "content_length (3) does not match received bytes (5)" } },
    { name: "a shorter body than announced", answer: "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\nhello", wanted: { digest: HELLO_MD5 }, want: { outcome: "passed", remark: "content_length (300) does not match received bytes (5)" } },
    { name: "no header", answer: "garbage", want: failed("Read, no data received from ") },
    { name: "lines without carriage return", answer: "HTTP/1.1 200 OK\n\nhello", want: failed("Read, no data received from ") },
    { name: "a header without an end", answer: "HTTP/1.1 200 OK\r\nFoo: bar\r\n", want: failed("Read, no data received from ") },
    { name: "nothing at all", answer: "", want: failed("Read, no data received from ") },
  ];
  for (const { name, answer, wanted, want } of rows) {
    test(name, async () => {
      const { port } = await serving((socket) => socket.end(answer));
      expect(await get(port, wanted)).toEqual(want);
    });
  }

  test.each([
    ["HTTP/1.1 200 OK", 200],
    ["ICY 200 OK", 200],
    ["HTTP/1.1 200\r\nFoo: bar", undefined],
    ["HTTP/1.1  200 OK", undefined],
    ["HTTP/1.1 +200 OK", undefined],
    ["HTTP/1.1 0200 OK", undefined],
    ["HTTP/1.1 2000 OK", undefined],
    ["HTTP/1.1 20 OK", undefined],
    ["HTTP/1.1 200OK x", undefined],
    ["HTTP/1.1\t200\tOK", undefined],
    ["200 OK", undefined],
    ["junk\r\nHTTP/1.1 200 OK", undefined],
  ])("status line %j: %s", (line, status) => expect(statusOf(`${line}\r\n\r\n`)).toBe(status));

  test("the answer may arrive one octet at a time", async () => {
    const { port } = await serving((socket) => {
      const octets = [..."HTTP/1.0 200 OK\r\n\r\nhello"];
      const next = (): void => {
        const octet = octets.shift();
        if (octet === undefined) socket.end();
        else socket.write(octet, () => setImmediate(next));
      };
      socket.setNoDelay(true);
      next();
    });
    expect(await get(port, { digest: HELLO_MD5 })).toEqual({ outcome: "passed" });
  });

  test.each([
    ["1.0", "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: www.example.com\r\n\r\n"],
    ["1.0C", "GET / HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www.example.com\r\n\r\n"],
    ["1.1", "GET / HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www.example.com\r\n\r\n"],
  ] as const)("request of http_protocol %s with a digest", async (protocol, want) => {
    const { server, port } = await serving((socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nhello"));
    expect(await get(port, { digest: HELLO_MD5 }, 2_000, protocol)).toEqual({ outcome: "passed" });
    expect(server.requests).toEqual([want]);
  });

  test("1.1 without a digest is undici's: the right Host, Connection: close, chunks understood", async () => {
    const { server, port } = await serving((socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
    expect(await get(port, {}, 2_000, "1.1")).toEqual({ outcome: "passed" });
    const lines = (server.requests[0] ?? "").toLowerCase().split("\r\n");
    expect(lines).toEqual(expect.arrayContaining(["get / http/1.1", "host: www.example.com", "user-agent: keepaliveclient", "connection: close"]));
  });

  test("IPv6", async () => {
    const { port } = await serving((socket) => socket.end("HTTP/1.0 200 OK\r\n\r\nhello"), "::1");
    const http = { target: target(port, { address: ipAddress("::1") }), httpProtocol: "1.0", urls: [url("/")] } as const;
    expect(await new HttpChecker(connector, http).check(AbortSignal.timeout(2_000), 0)).toEqual({ outcome: "passed" });
  });
});

describe("HTTP_GET, hostile servers: one failed check each, in time, and no memory", () => {
  const DRIP: (socket: Socket) => void = (socket) => {
    const timer = setInterval(() => socket.write("x"), 20);
    socket.on("close", () => clearInterval(timer));
  };
  const hostile: { name: string; serve: (socket: Socket) => void; want: CheckResult }[] = [
    { name: "is silent", serve: () => undefined, want: failed("Timeout WEB read", true) },
    { name: "drips header octets for ever", serve: DRIP, want: failed("Timeout WEB read", true) },
    {
      name: "answers and never closes",
      serve: (socket) => void socket.write("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
      want: failed("Timeout WEB read", true),
    },
    {
      name: "drips the body for ever",
      serve: (socket) => {
        socket.write("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n");
        DRIP(socket);
      },
      want: failed("Timeout WEB read", true),
    },
    { name: "resets", serve: (socket) => void socket.resetAndDestroy(), want: failed("Read error with") },
    {
      name: "resets within the body",
      serve: (socket) => {
        socket.write("HTTP/1.0 200 OK\r\n\r\nhel", () => setTimeout(() => socket.resetAndDestroy(), 30));
      },
      want: failed("Read error with"),
    },
    { name: "sends a header without end", serve: (socket) => pour(socket, Buffer.alloc(65_536, "x")), want: failed("Read, no data received from ") },
    {
      name: "sends many header lines without end",
      serve: (socket) => pour(socket, Buffer.from("HTTP/1.0 200 OK\r\n" + "X-Filler: y\r\n".repeat(1_000))),
      want: failed("Read, no data received from "),
    },
  ];
  /** undici reads as far as Content-Length says and no further; without one, any end of the connection ends the body. */
  const UNDICI_PASSES = new Set(["answers and never closes", "drips the body for ever", "resets within the body"]);
  for (const protocol of ["1.0", "1.1"] as const) {
    for (const { name, serve, want } of hostile) {
      test(`http_protocol ${protocol}: ${name}`, async () => {
        const { port } = await serving(serve);
        const start = performance.now();
        const got = await get(port, protocol === "1.1" ? {} : { digest: HELLO_MD5 }, 300, protocol);
        if (protocol === "1.0") expect(got).toEqual(want);
        else expect([name, got.outcome]).toEqual([name, UNDICI_PASSES.has(name) ? "passed" : "failed"]);
        expect(performance.now() - start).toBeLessThan(1_500);
      });
    }
  }

  for (const protocol of ["1.0", "1.1"] as const) {
    test(`http_protocol ${protocol}: a flood is cut off at ${MAX_BODY_OCTETS} octets and kept nowhere`, async () => {
      const { port } = await serving((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${protocol === "1.1" ? "Connection: close\r\n" : ""}\r\n`);
        pour(socket, Buffer.alloc(1 << 20, "x"));
      });
      const before = process.memoryUsage().rss;
      expect(await get(port, {}, 15_000, protocol)).toEqual(failed("Read error with"));
      // The server is in this process as well, so this bounds both; a body that is kept would be 64 MiB more.
      expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024);
    });
  }

  test("nobody listens", async () => {
    expect(await get(await closedPort())).toEqual(failed("Connection failed"));
  });

  test("the signal that was aborted before the check began", async () => {
    const { server, port } = await serving((socket) => socket.end("HTTP/1.0 200 OK\r\n\r\n"));
    const checker = new HttpChecker(connector, { target: target(port), httpProtocol: "1.0", urls: [url("/")] });
    expect(await checker.check(AbortSignal.abort(), 0)).toEqual(failed("Timeout connecting", true));
    expect(server.requests).toEqual([]);
  });
});

describe("TCP_CHECK", () => {
  const check = (over: Partial<ReturnType<typeof target>>, port: number): Promise<CheckResult> =>
    new TcpChecker(connector, target(port, over)).check(AbortSignal.timeout(400));

  test("accepted, also by a server that never says a word", async () => {
    const { port } = await serving(() => undefined);
    expect(await check({}, port)).toEqual({ outcome: "passed" });
  });

  test("refused", async () => {
    expect(await check({}, await closedPort())).toEqual(failed("ECONNREFUSED"));
  });

  test("a server that never accepts, its backlog full: the deadline", async () => {
    const port = await closedPort();
    const fd = openSocket("listener", 2, 1, 0);
    bindSocket("listener", fd, Uint8Array.of(2, 0, port >> 8, port & 0xff, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0));
    const listen = libcFunction<(fd: number, backlog: number) => number>("int listen(int fd, int backlog)");
    expect(listen(fd, 0)).toBe(0);
    const waiting = ["first", "second"].map(() => connect(port, "127.0.0.1").on("error", () => undefined));
    await Promise.race(waiting.map((socket) => once(socket, "connect"))); // one fits into the queue
    expect(await check({}, port)).toEqual(failed("timeout", true));
    for (const socket of waiting) socket.destroy();
    closeDescriptor(fd);
  });

  test("from a bound address and port, by a prepared descriptor", async () => {
    const seen: string[] = [];
    const server = createServer((socket) => {
      seen.push(`${socket.remoteAddress} ${socket.remotePort}`);
      socket.on("error", () => undefined).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const bindPort = await closedPort();
    expect(await check({ bindAddress: ipAddress("127.0.0.7"), bindPort }, port)).toEqual({ outcome: "passed" });
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(seen).toEqual([`127.0.0.7 ${bindPort}`]);
  });

  test.runIf(process.getuid?.() === 0)("bound to an interface and marked", async () => {
    const { port } = await serving(() => undefined);
    expect(await check({ bindInterface: "lo", fwmark: 7 }, port)).toEqual({ outcome: "passed" });
  });

  test("a source address that is not ours says nothing about the server", async () => {
    expect((await check({ bindAddress: ipAddress("192.0.2.77") }, 80)).outcome).toBe("unasked");
  });

  test("an interface that does not exist says nothing about the server", async () => {
    expect((await check({ bindInterface: "nonesuch0" }, 80)).outcome).toBe("unasked");
  });
});

describe("MISC_CHECK", () => {
  test.each([
    [0, false, { outcome: "passed" }],
    [0, true, { outcome: "passed" }],
    [1, true, failed("exited with status 1")],
    [2, true, { outcome: "passed", exitWeight: 0 }],
    [12, true, { outcome: "passed", exitWeight: 10 }],
    [255, true, { outcome: "passed", exitWeight: 253 }],
    [2, false, failed("exited with status 2")],
  ] as const)("exit %i, misc_dynamic %s", (code, dynamic, want) => {
    expect(resultOf({ type: "exited", code }, dynamic)).toEqual(want);
  });

  test("a signal, a time-out", () => {
    expect(resultOf({ type: "signalled", signal: 9 }, true)).toEqual(failed("due to signal 9"));
    expect(resultOf({ type: "timedOut" }, true)).toEqual(failed("timed out", true));
  });

  test("a disabled script is not run", async () => {
    const runner = new FakeRunner();
    const script = { text: "/bin/check", argv: ["/bin/check"], disabled: "not executable" };
    const checker = new MiscChecker(runner, { script, timeoutUs: 1, dynamic: false });
    expect(await checker.check(new AbortController().signal)).toEqual({ outcome: "unasked", reason: "/bin/check: not executable" });
    expect(runner.started).toEqual([]);
  });
});

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

import { Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { MILLISECOND, SECOND } from "../../src/base/time.ts";
import type { CheckConfig, CheckerConfig, RealServer } from "../../src/conf/model.ts";
import { checkConfig, http, realServer, tcp, url, virtualServer } from "./support/build.ts";
import { CheckNode } from "./support/node.ts";

// Loading undici takes 0.2 s, on a busy machine a whole one: never out of a check's time, and never for nobody.

const undici = vi.hoisted(() => ({ asked: 0, arrive: (): void => undefined }));

vi.mock("undici", async (original) => {
  undici.asked++;
  await new Promise<void>((resolve) => (undici.arrive = resolve));
  return original();
});

/** 192.0.2.`number`, checked on port `number`. */
function server(number: number, checker: (port: number) => CheckerConfig): RealServer {
  return realServer(number, { checkers: [checker(number)] });
}

function config(...realServers: readonly RealServer[]): CheckConfig {
  return checkConfig([virtualServer(1, { realServers })]);
}

const http10c = (port: number): CheckerConfig => http(port, { httpProtocol: "1.0C" });
const http11 = (port: number): CheckerConfig => http(port, { httpProtocol: "1.1" });
const http11Digest = (port: number): CheckerConfig => http(port, { httpProtocol: "1.1", urls: [url("/", { digest: "0".repeat(32) })] });

test("undici is loaded for the checks that it serves, before their time begins to run", async () => {
  const connected: number[] = [];
  const connector = {
    connect: ({ port }: { readonly port: number }): Socket => {
      connected.push(port);
      return new Socket(); // which never hears anything
    },
  };
  const node = new CheckNode(undefined, { connector });
  const { engine, clock } = node;
  engine.start(config(server(1, tcp), server(2, http), server(3, http10c), server(4, http11Digest)), []);
  await clock.advance(1_200 * MILLISECOND);
  expect([connected.splice(0), undici.asked]).toEqual([[1, 2, 3, 4], 0]);

  engine.reload(config(server(5, http11), server(6, http11)));
  node.take();
  await clock.advance(10 * SECOND);
  expect([connected, undici.asked, node.take().told]).toEqual([[], 1, []]);

  // Nobody wants number 5 any more when the module arrives; number 6 has waited long enough; number 7 keeps its first second.
  engine.reload(config(server(6, http11), server(7, http11)));
  node.take();
  undici.arrive();
  await vi.waitFor(async () => {
    await clock.advance(0);
    expect(connected).toEqual([6]);
  });
  await clock.advance(499 * MILLISECOND);
  expect(node.take().told).toEqual([]);
  await clock.advance(MILLISECOND);
  expect(node.take().told).toEqual(["[192.0.2.6]:tcp:80 DOWN: CHECK failed on service : HTTP request failed"]);
  expect(connected).toEqual([6]);
  await clock.advance(500 * MILLISECOND);
  expect([connected, undici.asked]).toEqual([[6, 7], 1]);
});

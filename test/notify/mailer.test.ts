import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, test } from "vitest";
import type { MailConfig } from "../../src/conf/model.ts";
import { composeMessage, Mailer } from "../../src/notify/mailer.ts";
import { NO_MAIL } from "./support/configs.ts";
import { FakeLog } from "./support/fakes.ts";
import { smtpSink } from "./support/smtp-sink.ts";
import type { Misbehaviour, SmtpSink } from "./support/smtp-sink.ts";
import { eventually, wallClock } from "./support/wall-clock.ts";

const MAIL = { subject: "VRRP Instance VI_1 - Entering MASTER state", body: "=> VRRP Instance is now owning VRRP VIPs <=" };
const AT = Date.UTC(2026, 2, 7, 4, 5, 6);

let sink: SmtpSink | undefined;
afterEach(async () => {
  await sink?.close();
  sink = undefined;
});

function configFor(port: number, change: Partial<MailConfig> = {}): MailConfig {
  return { ...NO_MAIL, server: { host: "127.0.0.1", port }, to: ["ops@example.net", "noc@example.net"], connectTimeoutUs: 300_000, ...change };
}

/** Sends `count` mails, waits until all are done. @returns the log, with the port replaced */
async function sendAll(config: MailConfig, count = 1, mailer?: Mailer): Promise<{ log: string[]; mailer: Mailer }> {
  const log = new FakeLog();
  const used = mailer ?? new Mailer({ clock: wallClock, log });
  let done = 0;
  for (let i = 0; i < count; i++) used.send({ ...MAIL, subject: `${MAIL.subject} ${i}` }, AT, config, () => done++);
  await eventually(`${count} mails done`, () => done === count);
  return { log: log.lines.map((line) => line.replace(`:${config.server?.port ?? 0}`, ":25")), mailer: used };
}

test("the message is keepalived's, octet for octet", () => {
  const text = composeMessage(MAIL, AT, configFor(25));
  assert.match(text, /^Date: (Sat|Fri|Sun), 0[678] Mar 2026 \d\d:\d\d:06 [+-]\d{4}\r\n/);
  assert.equal(Date.parse(text.slice("Date: ".length, text.indexOf("\r\n"))), AT);
  assert.equal(
    text.slice(text.indexOf("\r\n") + 2),
    "From: keepalived@example.net\r\nSubject: [director1] VRRP Instance VI_1 - Entering MASTER state\r\nX-Mailer: Keepalived\r\n" +
      "To: ops@example.net, noc@example.net\r\n\r\n=> VRRP Instance is now owning VRRP VIPs <=\r\n\r\n",
  );
});

test("dialogue with a relay that knows HELO only: one connection, one message, QUIT", async () => {
  sink = await smtpSink();
  const { log } = await sendAll(configFor(sink.port));
  const [dialogue = []] = sink.dialogues;
  await eventually("closed", () => dialogue.at(-1) === "closed");
  assert.deepEqual(
    dialogue.map((line) => line.replace(/^Date: .*/, "Date")),
    [
      "EHLO director1.example.net",
      "HELO director1.example.net",
      "MAIL FROM:<keepalived@example.net>",
      "RCPT TO:<ops@example.net>",
      "RCPT TO:<noc@example.net>",
      "DATA",
      "Date",
      "From: keepalived@example.net",
      "Subject: [director1] VRRP Instance VI_1 - Entering MASTER state 0",
      "X-Mailer: Keepalived",
      "To: ops@example.net, noc@example.net",
      "",
      "=> VRRP Instance is now owning VRRP VIPs <=",
      "",
      ".",
      "QUIT",
      "closed",
    ],
  );
  assert.deepEqual(log, ["[D] Remote SMTP server [127.0.0.1]:25 connected.", "[D] SMTP alert successfully sent."]);
});

test("a relay that offers STARTTLS, AUTH and more is spoken to plainly", async () => {
  sink = await smtpSink("esmtp");
  await sendAll(configFor(sink.port));
  assert.deepEqual(sink.dialogues[0]?.slice(0, 5), [
    "EHLO director1.example.net",
    "MAIL FROM:<keepalived@example.net>",
    "RCPT TO:<ops@example.net>",
    "RCPT TO:<noc@example.net>",
    "DATA",
  ]);
});

test("mails go in order, over one connection at a time", async () => {
  sink = await smtpSink();
  await sendAll(configFor(sink.port), 5);
  const subjects = sink.dialogues.flat().filter((line) => line.startsWith("Subject"));
  assert.deepEqual(subjects.map((line) => line.at(-1)), ["0", "1", "2", "3", "4"]);
  // The one before may still be saying QUIT.
  assert.ok(sink.peak <= 2, `${sink.peak} connections at once`);
});

test("a display name stays in the header and out of the envelope", async () => {
  sink = await smtpSink();
  await sendAll(configFor(sink.port, { from: "Director One <d1@example.net>", to: ["Ops <ops@example.net>"] }));
  const lines = sink.dialogues.flat().filter((line) => /^(MAIL|RCPT|From|To)/.test(line));
  assert.deepEqual(lines, [
    "MAIL FROM:<d1@example.net>",
    "RCPT TO:<ops@example.net>",
    "From: Director One <d1@example.net>",
    "To: Ops <ops@example.net>",
  ]);
});

const CONNECTED = "[D] Remote SMTP server [127.0.0.1]:25 connected.";
const status = (command: string, code: number): string[] => [
  CONNECTED,
  `Error processing ${command} cmd on SMTP server [127.0.0.1]:25. SMTP status code = ${code}`,
];
const failures: { relay: Misbehaviour; want: string[]; lost?: number }[] = [
  { relay: "silent", want: [CONNECTED, "Timeout reading data to remote SMTP server [127.0.0.1]:25."] },
  { relay: "drip", want: [CONNECTED, "Timeout reading data to remote SMTP server [127.0.0.1]:25."] },
  { relay: "close", want: [CONNECTED, "Remote SMTP server [127.0.0.1]:25 has closed the connection."] },
  { relay: "banner", want: status("(E)SMTP", 554) },
  { relay: "helo", want: status("HELO", 550) },
  { relay: "mail", want: status("MAIL", 550) },
  { relay: "rcpt", want: status("RCPT", 550) },
  { relay: "data", want: status("DATA", 550) },
  { relay: "body", want: status("BODY", 554) },
  { relay: { refuse: "noc@" }, want: [...status("RCPT", 550), "[D] SMTP alert successfully sent."], lost: 0 },
];

for (const { relay, want, lost = 1 } of failures) {
  test(`a relay with ${JSON.stringify(relay)}: keepalived's line, no second try`, async () => {
    sink = await smtpSink(relay);
    const { log, mailer } = await sendAll(configFor(sink.port));
    assert.deepEqual(log, want);
    assert.equal(sink.dialogues.length, 1);
    assert.equal(mailer.lost, lost);
  });
}

test("a port where nobody listens", async () => {
  const unused = createServer();
  await new Promise<void>((resolve) => unused.listen(0, "127.0.0.1", resolve));
  const { port } = unused.address() as AddressInfo;
  await new Promise((resolve) => unused.close(resolve));
  const { log } = await sendAll(configFor(port), 2);
  assert.deepEqual(log, ["SMTP connection ERROR to [127.0.0.1]:25.", "SMTP connection ERROR to [127.0.0.1]:25."]);
});

test("what waited behind a relay that does not answer is given up with it; what comes later is tried again", async () => {
  sink = await smtpSink("silent");
  const { log, mailer } = await sendAll(configFor(sink.port), 4);
  const attempt = [CONNECTED, "Timeout reading data to remote SMTP server [127.0.0.1]:25."];
  // The first attempt began before the others came; they waited together for the second.
  assert.deepEqual(log, [...attempt, ...attempt, "2 SMTP alerts given up: [127.0.0.1]:25 does not answer"]);
  assert.equal(mailer.lost, 4);
  await sink.close();
  sink = await smtpSink();
  await sendAll(configFor(sink.port), 1, mailer);
  assert.equal(sink.dialogues.length, 1);
});

test("stop gives up the connection and the queue", async () => {
  sink = await smtpSink("silent");
  const log = new FakeLog();
  const mailer = new Mailer({ clock: wallClock, log });
  let done = 0;
  for (let i = 0; i < 3; i++) mailer.send(MAIL, AT, configFor(sink.port, { connectTimeoutUs: 60_000_000 }), () => done++);
  await eventually("connected", () => sink?.dialogues.length === 1);
  mailer.stop();
  await eventually("all done", () => done === 3);
  assert.deepEqual(log.lines.slice(-2).map((line) => line.replace(/:\d+ /, ":25 ")), [
    "2 SMTP alerts given up: the daemon stops",
    "SMTP alert to [127.0.0.1]:25 given up: the daemon stops",
  ]);
  assert.equal(mailer.lost, 3);
});

test("without smtp_server or recipients there is no mail and nothing to wait for", () => {
  const mailer = new Mailer({ clock: wallClock, log: new FakeLog() });
  let done = 0;
  mailer.send(MAIL, AT, NO_MAIL, () => done++);
  mailer.send(MAIL, AT, configFor(9, { to: [] }), () => done++);
  assert.equal(done, 2);
});

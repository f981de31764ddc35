import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "vitest";
import { composeMessage } from "../src/notify/mailer.ts";
import { instance } from "./lib/configs.ts";
import { type DirectorKind, startDirector } from "./lib/director.ts";
import { eventually } from "./lib/eventually.ts";
import { withLan } from "./lib/lan.ts";
import { beside, SUBJECTS } from "./lib/pairs.ts";

const PORT = 2525;

/** A relay that knows HELO only and appends each finished dialogue to mails.log, one JSON array of lines per mail. */
const SINK = `
import { appendFileSync } from "node:fs";
import { createServer } from "node:net";
createServer((socket) => {
  const lines = [];
  let text = "";
  let inData = false;
  const say = (line) => socket.write(line + "\\r\\n");
  const hear = (line) => {
    lines.push(line);
    if (inData) {
      if (line !== ".") return;
      inData = false;
      return say("250 taken");
    }
    if (line.startsWith("EHLO")) return say("500 unknown command");
    if (line === "DATA") {
      inData = true;
      return say("354 go on");
    }
    if (line === "QUIT") {
      appendFileSync("mails.log", JSON.stringify(lines) + "\\n");
      return socket.end("221 bye\\r\\n");
    }
    say("250 ok");
  };
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    for (let end = text.indexOf("\\r\\n"); end >= 0; end = text.indexOf("\\r\\n")) {
      hear(text.slice(0, end));
      text = text.slice(end + 2);
    }
  });
  say("220 sink");
}).listen(${PORT}, "0.0.0.0");
`;

const CONFIG = `global_defs {
    router_id director1
    smtp_server 192.0.2.11 ${PORT}
    smtp_connect_timeout 5
    notification_email_from keepalived@example.net
    notification_email {
        ops@example.net
        noc@example.net
    }
}
vrrp_sync_group G1 {
    group {
        VI_1
    }
    smtp_alert
}
${instance({ priority: 150, more: ["smtp_alert"] })}`;

const EXPECTED_MAILS = 8;

/** Every dialogue of a director that becomes MASTER, loses its interface and comes back, by subject and order; Date cut. */
async function dialogues(kind: DirectorKind): Promise<string[][]> {
  let mails: string[][] = [];
  await withLan(1, async ([node]) => {
    assert.ok(node);
    node.spawn([process.execPath, await node.write("sink.mjs", SINK)], "ignore");
    await eventually(true, async () => (await node.exec("ss", "-Hltn")).includes(`:${PORT}`), 5_000);
    const read = async (): Promise<string[][]> => {
      const text = await readFile(join(node.dir, "mails.log"), "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return ""; // no mail yet
        throw error;
      });
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as string[]);
    };
    const director = await startDirector(node, kind, CONFIG);
    await director.waitFor("MASTER");
    await eventually(4, async () => (await read()).length, 10_000);
    await node.carrierDown();
    await director.waitFor("FAULT");
    await eventually(6, async () => (await read()).length, 10_000);
    await node.carrierUp();
    await director.waitFor("BACKUP");
    await eventually(EXPECTED_MAILS, async () => (await read()).length, 10_000);
    mails = await read();
    await director.stop();
  });
  const subjectOf = (lines: readonly string[]): string => lines.find((line) => line.startsWith("Subject: ")) ?? "";
  return mails
    .map((lines) => lines.filter((line) => !line.startsWith("EHLO ")).map((line) => line.replace(/^Date: .*/, "Date")))
    .toSorted((a, b) => subjectOf(a).localeCompare(subjectOf(b)));
}

for (const subject of SUBJECTS) {
  test(`${subject}: mails are keepalived's, command for command and octet for octet, after an EHLO of its own`, async () => {
    const [theirs, ours] = await beside(subject, dialogues);
    assert.equal(theirs.length, EXPECTED_MAILS);
    assert.deepEqual(ours, theirs);
  });
}

test("composeMessage writes what keepalived writes", async () => {
  const theirs = await dialogues("keepalived");
  const config = { routerId: "director1", from: "keepalived@example.net", to: ["ops@example.net", "noc@example.net"] };
  const master = composeMessage({ subject: "VRRP Instance VI_1 - Entering MASTER state", body: "=> VRRP Instance is now owning VRRP VIPs <=" }, 0, config);
  const group = composeMessage({ subject: "VRRP Group G1 - Entering FAULT state", body: "=> All VRRP group instances are now in FAULT state <=" }, 0, config);
  for (const message of [master, group]) {
    const lines = message.replace(/^Date: .*/, "Date").split("\r\n").slice(0, -1);
    const found = theirs.some((dialogue) => {
      const data = dialogue.indexOf("DATA");
      return JSON.stringify(dialogue.slice(data + 1, dialogue.indexOf("."))) === JSON.stringify(lines);
    });
    assert.ok(found, `${JSON.stringify(lines)}\nis not in\n${JSON.stringify(theirs, undefined, 1)}`);
  }
});

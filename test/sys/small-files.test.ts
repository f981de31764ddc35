// Pid files, the record of what is installed, and syslog: real files and sockets in a directory of the test's own.

import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { KEEPALIVED_PROTOCOL, SCOPE_GLOBAL } from "../../src/base/network.ts";
import type { InterfaceAddress } from "../../src/base/network.ts";
import { InstalledRecordFile, decodeInstalledRecord, encodeInstalledRecord } from "../../src/sys/installed-record.ts";
import { closeDescriptor } from "../../src/sys/libc.ts";
import { openPidFile } from "../../src/sys/pid-file.ts";
import { AF_UNIX, SOCK_DGRAM, bindSocket, openSocket, receiveFrom, unixAddress } from "../../src/sys/sockets.ts";
import { Syslog, formatSyslogLine } from "../../src/sys/syslog.ts";

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "regent-small-"));
});

afterAll(() => rmSync(directory, { recursive: true }));

describe("pid file", () => {
  test("created, written, locked against another process, removed", () => {
    const path = join(directory, "a.pid");
    const held = openPidFile(path);
    held?.write(1234567);
    held?.write(42);
    expect(readFileSync(path, "utf8")).toBe("42\n");
    expect(statSync(path).mode & 0o777).toBe(0o644);
    expect(openPidFile(path), "a second open file is another owner").toBeUndefined();
    expect(lockByAnotherProcess(path)).toBe("locked");
    held?.remove();
    held?.remove();
    expect(existsSync(path)).toBe(false);
    expect(() => held?.write(1)).toThrow(/EBADF/);
  });

  test("what a crash left is taken over", () => {
    const path = join(directory, "b.pid");
    writeFileSync(path, "99999999\n");
    expect(lockByAnotherProcess(path)).toBe("free");
    const held = openPidFile(path);
    held?.write(7);
    expect(readFileSync(path, "utf8")).toBe("7\n");
    held?.remove();
  });

  test("a file that replaced ours under its name is left alone", () => {
    const path = join(directory, "c.pid");
    const held = openPidFile(path);
    rmSync(path);
    writeFileSync(path, "another\n");
    held?.remove();
    expect(readFileSync(path, "utf8")).toBe("another\n");
  });

  test("refusals by code; a symbolic link is not followed", () => {
    expect(() => openPidFile(join(directory, "none", "a.pid"))).toThrow(expect.objectContaining({ name: "KernelError", code: "ENOENT" }));
    symlinkSync("elsewhere", join(directory, "link.pid"));
    expect(() => openPidFile(join(directory, "link.pid"))).toThrow(expect.objectContaining({ code: "ELOOP" }));
  });

  /** Python's fcntl.lockf is a POSIX lock of another process, which an open file description lock excludes. */
  function lockByAnotherProcess(path: string): string {
    const code = `import fcntl,sys\nf=open(sys.argv[1],"r+")\ntry:\n  fcntl.lockf(f,fcntl.LOCK_EX|fcntl.LOCK_NB); print("free")\nexcept OSError: print("locked")`;
    return spawnSync("python3", ["-c", code, path], { encoding: "utf8" }).stdout.trim();
  }
});

describe("installed record", () => {
  const entry = (text: string, prefixLength: number, interfaceIndex = 3): InterfaceAddress => ({
    interfaceIndex,
    address: ipAddress(text),
    prefixLength,
    scope: SCOPE_GLOBAL,
    protocol: KEEPALIVED_PROTOCOL,
  });

  test("the bytes are those that the guardian reads", () => {
    const bytes = encodeInstalledRecord([entry("192.0.2.1", 24), entry("2001:db8::1", 128, 0x01020304)]);
    expect(Buffer.from(bytes).toString("hex")).toBe(
      "524547454e543031" + "02000000" + "00000000" +
        "03000000" + "02" + "18" + "0000" + "c0000201" + "00".repeat(12) +
        "04030201" + "0a" + "80" + "0000" + "20010db8" + "00".repeat(11) + "01",
    );
  });

  test("what was written is read by the next process; a shorter list too", () => {
    const path = join(directory, "installed");
    expect(new InstalledRecordFile(path).read()).toEqual([]);
    const record = new InstalledRecordFile(path);
    const many = [entry("192.0.2.1", 24), entry("2001:db8::1", 64), entry("192.0.2.2", 32)];
    record.write(many);
    expect(new InstalledRecordFile(path).read()).toEqual(many);
    record.write(many.slice(0, 1));
    expect(new InstalledRecordFile(path).read()).toEqual(many.slice(0, 1));
    record.write([]);
    expect(record.read()).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    record.close();
  });

  test("what is not a record is none", () => {
    const good = encodeInstalledRecord([entry("192.0.2.1", 24)]);
    for (let length = 0; length < good.length; length++) expect(decodeInstalledRecord(good.subarray(0, length))).toBeUndefined();
    const wrong = (at: number, value: number) => Uint8Array.from(good, (octet, i) => (i === at ? value : octet));
    expect(decodeInstalledRecord(good)).toHaveLength(1);
    expect(decodeInstalledRecord(wrong(0, 0))).toBeUndefined();
    expect(decodeInstalledRecord(wrong(20, 7)), "family").toBeUndefined();
    expect(decodeInstalledRecord(wrong(21, 33)), "prefix length").toBeUndefined();
    expect(decodeInstalledRecord(wrong(11, 0xff)), "count").toBeUndefined();
    const path = join(directory, "rubbish");
    appendFileSync(path, "rubbish");
    expect(new InstalledRecordFile(path).read()).toEqual([]);
  });
});

describe("syslog", () => {
  const at = new Date(2026, 0, 5, 7, 8, 9);

  test("a line is RFC 3164's", () => {
    const line = formatSyslogLine({ priority: 30, at, ident: "Keepalived_vrrp", pid: 17, text: "(VI_1)\nEntering\tMASTER STATE é" });
    expect(new TextDecoder().decode(line)).toBe("<30>Jan  5 07:08:09 Keepalived_vrrp[17]: (VI_1) Entering MASTER STATE é");
  });

  test("lines arrive, a restarted daemon is found again, and what it missed is counted", () => {
    const path = join(directory, "log");
    const syslog = new Syslog({ facility: 16, path, pid: 17, wallClock: () => at });
    syslog.write(6, "Regent", "nobody listens");
    expect(syslog.lost).toBe(1);

    let daemon = listen(path);
    syslog.write(6, "Regent", "hello");
    expect(daemon.lines()).toEqual([
      "<132>Jan  5 07:08:09 Regent[17]: 1 log lines were lost: syslog did not take them",
      "<134>Jan  5 07:08:09 Regent[17]: hello",
    ]);
    expect(syslog.lost).toBe(0);

    daemon.end();
    syslog.write(6, "Regent", "missed");
    expect(syslog.lost).toBe(1);
    daemon = listen(path);
    syslog.write(3, "Regent", "again");
    expect(daemon.lines().at(-1)).toBe("<131>Jan  5 07:08:09 Regent[17]: again");
    daemon.end();
    syslog.close();
  });

  test("a daemon that does not read costs lines, never time", () => {
    const path = join(directory, "slow");
    const daemon = listen(path);
    const syslog = new Syslog({ facility: 3, path });
    // A send that blocked would never come back: nobody reads.
    for (let i = 0; i < 1_500; i++) syslog.write(6, "Regent", `line ${i}`);
    expect(syslog.lost).toBeGreaterThan(500);
    expect(syslog.lost + daemon.lines().length).toBe(1_500);
    daemon.end();
    syslog.close();
  });

  function listen(path: string): { lines(): string[]; end(): void } {
    const fd = openSocket("test", AF_UNIX, SOCK_DGRAM, 0);
    bindSocket("test", fd, unixAddress(path));
    const buffer = new Uint8Array(10_000);
    return {
      lines() {
        const found: string[] = [];
        for (;;) {
          const length = receiveFrom("test", fd, buffer, new Uint8Array(128));
          if (length === undefined) return found;
          found.push(new TextDecoder().decode(buffer.subarray(0, length)));
        }
      },
      end() {
        closeDescriptor(fd);
        rmSync(path);
      },
    };
  }
});

// Pid files, the record of what is installed, and syslog: real files and sockets in a directory of the test's own.

import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { KEEPALIVED_PROTOCOL, SCOPE_GLOBAL } from "../../src/base/network.ts";
import type { InterfaceAddress, OwnLink } from "../../src/base/network.ts";
import type { Installed } from "../../src/base/ports.ts";
import type { KernelRoute, KernelRule } from "../../src/base/routing.ts";
import { encodeDeleteLink } from "../../src/net/links.ts";
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

  const addresses = (...list: InterfaceAddress[]): Installed => ({ rules: [], routes: [], addresses: list, links: [], settings: [], tables: [] });
  const NOTHING = addresses();
  const route: KernelRoute = {
    family: 4, type: "unicast", to: { address: ipAddress("203.0.113.0"), prefixLength: 24 }, from: undefined, src: undefined, via: undefined,
    interfaceIndex: 3, table: 254, metric: 0, scope: 0, protocol: 18, tos: 0, onlink: false, encap: undefined, expiresS: undefined, metrics: {},
    congctl: undefined, realms: undefined, pref: undefined, ttlPropagate: undefined, nexthops: [],
  };
  const hop = (via: string) => ({ via: ipAddress(via), interfaceIndex: 3, weight: 1, onlink: false, encap: undefined, realms: undefined });
  const wide: KernelRoute = { ...route, interfaceIndex: undefined, nexthops: [hop("192.0.2.1"), hop("192.0.2.2"), hop("192.0.2.3")] };
  const rule: KernelRule = {
    family: 4, not: false, from: undefined, to: undefined, preference: 1000, action: { type: "table", table: 100 }, tos: 0, fwmark: undefined,
    realms: undefined, suppressPrefixlength: undefined, suppressIfgroup: undefined, iif: "eth0", oif: undefined, tunnelId: undefined,
    uidrange: undefined, protocol: 18, ipproto: undefined, sport: undefined, dport: undefined,
  };
  const setting = { name: "net/ipv4/conf/eth0/promote_secondaries", value: 0 };
  const macvlan: OwnLink = { name: "vrrp.51", stacked: { kind: "macvlan", base: 2, mode: "private" }, hardwareAddress: Uint8Array.of(0, 0, 0x5e, 0, 1, 51) };
  const ipvlan: OwnLink = { name: "ipvl.51", stacked: { kind: "ipvlan", base: 2, mode: "vepa" }, hardwareAddress: undefined };
  const everything: Installed = { rules: [rule], routes: [route, wide], addresses: [entry("192.0.2.1", 24), entry("2001:db8::1", 128)], links: [macvlan, ipvlan], settings: [setting], tables: ["keepalived"] };

  test("the bytes are those that the guardian reads", () => {
    const bytes = encodeInstalledRecord({ ...NOTHING, addresses: [entry("192.0.2.1", 24), entry("2001:db8::1", 128, 0x01020304)], links: [macvlan], settings: [{ name: "net/x", value: -1 }], tables: ["vrrp"] });
    expect(Buffer.from(bytes).toString("hex")).toBe(
      "524547454e543032" + "06000000" + "00".repeat(52) +
        "28000000" + "1500" + "0100" + "00".repeat(8) + "02180000" + "03000000" + "08000200c0000201" + "08000100c0000201" + "00".repeat(24) +
        "40000000" + "1500" + "0100" + "00".repeat(8) + "0a800000" + "04030201" + ["0200", "0100"].map((type) => `1400${type}20010db8${"00".repeat(11)}01`).join("") +
        "5c000000" + "1100" + "0100" + "00".repeat(8) + "00".repeat(16) + "0c000300" + Buffer.from("vrrp.51\0").toString("hex") + "0800050002000000" + "0a00010000005e0001330000" +
        "1c001280" + "0c000100" + Buffer.from("macvlan\0").toString("hex") + "0c000280" + "0800010001000000" + "00".repeat(36) +
        "15000000" + "4652" + "0000" + "00".repeat(8) + Buffer.from("vrrp\0").toString("hex") + "00".repeat(43) +
        "19000000" + "4552" + "0000" + "00".repeat(8) + Buffer.from("net/x\0-1\0").toString("hex") + "00".repeat(39),
    );
  });

  test("what was written is read by the next process; a shorter list too", () => {
    const path = join(directory, "installed");
    expect(new InstalledRecordFile(path).read()).toEqual(NOTHING);
    const record = new InstalledRecordFile(path);
    const many = addresses(entry("192.0.2.1", 24), entry("2001:db8::1", 64), entry("192.0.2.2", 32));
    for (const installed of [many, everything, addresses(entry("192.0.2.1", 24)), NOTHING]) {
      record.write(installed);
      expect(new InstalledRecordFile(path).read()).toEqual(installed);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    record.close();
  });

  test("a route of several slots is one entry, and what stands behind it is read", () => {
    expect(encodeInstalledRecord({ ...NOTHING, routes: [wide] }).length).toBe(64 + 2 * 64);
    expect(decodeInstalledRecord(encodeInstalledRecord(everything))).toEqual(everything);
  });

  test("of a link that is recorded by its name alone, as it once was, nothing is believed", () => {
    const bytes = encodeInstalledRecord({ ...NOTHING, links: [macvlan], tables: ["vrrp"] });
    bytes.fill(0, 64, 64 + 128);
    bytes.set(encodeDeleteLink("vrrp.51"), 64);
    expect(decodeInstalledRecord(bytes)).toEqual({ ...NOTHING, tables: ["vrrp"] });
  });

  test("a record that was being written when the process died holds entries of both", () => {
    const before = encodeInstalledRecord(everything);
    const after = encodeInstalledRecord({ ...NOTHING, routes: [wide], addresses: Array.from({ length: 9 }, (_, i) => entry(`192.0.2.${10 + i}`, 32)) });
    for (let slots = 1; slots * 64 <= after.length; slots++) {
      const torn = new Uint8Array(Math.max(before.length, slots * 64));
      torn.set(before);
      torn.set(after.subarray(0, slots * 64));
      const found = decodeInstalledRecord(torn)?.addresses ?? [];
      const kept = everything.addresses.filter((_, i) => slots <= 5 + i); // they stood in the sixth and seventh slot
      expect(found, `${slots} slots`).toEqual([...Array.from({ length: Math.max(0, slots - 3) }, (_, i) => entry(`192.0.2.${10 + i}`, 32)), ...kept]);
    }
  });

  test("what is not a record is none, and what is no entry is skipped", () => {
    const good = encodeInstalledRecord(addresses(entry("192.0.2.1", 24), entry("192.0.2.2", 24)));
    const first = addresses(entry("192.0.2.1", 24));
    const second = addresses(entry("192.0.2.2", 24));
    const wrong = (at: number, value: number) => decodeInstalledRecord(Uint8Array.from(good, (octet, i) => (i === at ? value : octet)));
    for (let length = 0; length < 64; length++) expect(decodeInstalledRecord(good.subarray(0, length))).toBeUndefined();
    for (let length = 64; length < 64 + 40; length++) expect(decodeInstalledRecord(good.subarray(0, length))).toEqual(NOTHING);
    expect(decodeInstalledRecord(good.subarray(0, 64 + 64 + 39))).toEqual(first);
    expect(wrong(0, 0)).toBeUndefined();
    expect(wrong(8, 1), "count").toEqual(first);
    expect(wrong(11, 0xff), "count").toEqual(addresses(entry("192.0.2.1", 24), entry("192.0.2.2", 24)));
    expect(wrong(68, 0x14), "RTM_NEWADDR").toEqual(second);
    expect(wrong(80, 7), "family").toEqual(second);
    expect(wrong(81, 33), "prefix length").toEqual(second);
    expect(wrong(64, 15), "too short").toEqual(second);
    expect(wrong(65, 0xff), "too long").toEqual(second);
    const settings = (text: string) => decodeInstalledRecord(encodeInstalledRecord({ ...NOTHING, settings: [{ name: text, value: 1 }] }))?.settings;
    expect([settings("net/x"), settings("net/x\0"), settings("")]).toEqual([[{ name: "net/x", value: 1 }], [], []]);
    const path = join(directory, "rubbish");
    appendFileSync(path, "rubbish");
    expect(new InstalledRecordFile(path).read()).toEqual(NOTHING);
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

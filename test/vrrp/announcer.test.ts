import { describe, expect, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import type { Link } from "../../src/base/network.ts";
import type { RefusedFrame } from "../../src/base/ports.ts";
import { decodeArp } from "../../src/net/arp.ts";
import { Announcer } from "../../src/vrrp/announcer.ts";
import type { OwnedAddress, VrrpHost } from "../../src/vrrp/host.ts";
import { addressKey, interfaceAddress } from "../../src/vrrp/network.ts";
import { vip } from "./support/config.ts";

const link = (index: number): Link => ({ index, name: `eth${index}`, up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, index) });

function owned(text: string, interfaceIndex: number): OwnedAddress {
  const address = interfaceAddress(vip(text), interfaceIndex);
  return { owner: "o", address, key: addressKey(address), track: true };
}

function scene(detailed: boolean | undefined) {
  const bursts: { readonly index: number; readonly addresses: (string | undefined)[] }[] = [];
  const details: string[] = [];
  const errors: string[] = [];
  const refused: RefusedFrame[] = [];
  const host: Pick<VrrpHost, "frames" | "log" | "isIpv6Router"> = {
    frames: {
      sendAll: (index, frames) => {
        bursts.push({ index, addresses: frames.map((frame) => decodeArp(frame)?.senderAddress) });
        return refused;
      },
      close: () => undefined,
    },
    log: {
      write: () => undefined,
      info: () => undefined,
      warning: () => undefined,
      error: (text) => void errors.push(text),
      detail: (text) => void details.push(text),
      ...(detailed !== undefined && { detailed }),
    },
    isIpv6Router: () => false,
  };
  const announcer = new Announcer(host as VrrpHost, link);
  announcer.configure({ garpIntervalUs: 0, gnaIntervalUs: 0, garpGroups: [] });
  return { announcer, bursts, details, errors, refused };
}

const TARGETS = [owned("192.0.2.10", 2), owned("192.0.2.11", 2), owned("192.0.2.12", 3), owned("192.0.2.13", 2)];

describe("bursts", () => {
  test("what was added together leaves in one call for each interface, in order", () => {
    const { announcer, bursts } = scene(false);
    announcer.sendNow("o", "VI_1", TARGETS);
    expect(bursts).toEqual([{ index: 2, addresses: ["192.0.2.10", "192.0.2.11", "192.0.2.13"] }, { index: 3, addresses: ["192.0.2.12"] }]);
  });

  test("a slice of a queued set is one call for each interface; 128 frames at most", () => {
    const { announcer, bursts } = scene(false);
    announcer.enqueue("o", "VI_1", Array.from({ length: 100 }, (...[, i]) => owned(`198.18.0.${i}`, 2)), 2);
    for (let i = 0; announcer.nextAt() !== undefined && i < 10; i++) announcer.slice(0);
    expect(bursts.map(({ addresses }) => addresses.length)).toEqual([128, 72]);
    expect(bursts[0]?.addresses[100], "all of them before the next round").toBe("198.18.0.0");
  });

  test("a refusal is told once, with its own address, until everything leaves again", () => {
    const { announcer, errors, refused } = scene(false);
    refused.push({ at: 1, error: new KernelError("frame dev 2", "ENETDOWN") });
    announcer.sendNow("o", "VI_1", TARGETS.slice(0, 2));
    announcer.sendNow("o", "VI_1", TARGETS.slice(0, 2));
    expect(errors).toEqual(["Error (frame dev 2: ENETDOWN) sending gratuitous ARP on eth2 for 192.0.2.11"]);
    const [failure] = refused.splice(0);
    announcer.sendNow("o", "VI_1", TARGETS.slice(0, 2));
    if (failure !== undefined) refused.push(failure);
    announcer.sendNow("o", "VI_1", TARGETS.slice(0, 2));
    expect(errors).toHaveLength(2);
  });
});

test("lines that nobody reads are not made; they are when nothing says so", () => {
  for (const [detailed, lines] of [[false, 0], [true, 8], [undefined, 8]] as const) {
    const { announcer, details } = scene(detailed);
    announcer.sendNow("o", "VI_1", TARGETS);
    announcer.enqueue("o", "VI_1", TARGETS, 1);
    expect(details, String(detailed)).toHaveLength(lines);
  }
});

import { expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import type { KernelEvent, Link } from "../../src/base/network.ts";
import { KernelView } from "../../src/vrrp/kernel-view.ts";

const ETH0: Link = { index: 2, name: "eth0", up: true, loopback: false, arp: true, mtu: 1500, hardwareAddress: new Uint8Array([2, 0, 0, 0, 0, 1]) };

test("the layout is another one when interfaces come, go or change their name, and only then", () => {
  const address = { interfaceIndex: 2, address: ipAddress("192.0.2.1"), prefixLength: 24, scope: 0 };
  const story: readonly (readonly [event: KernelEvent, changes: boolean])[] = [
    [{ type: "link", link: ETH0 }, true],
    [{ type: "link", link: { ...ETH0, up: false, hardwareAddress: new Uint8Array(6) } }, false],
    [{ type: "addressAdded", address }, false],
    [{ type: "addressDeleted", address }, false],
    [{ type: "link", link: { ...ETH0, name: "lan0" } }, true],
    [{ type: "linkDeleted", index: 2, name: "lan0" }, true],
    [{ type: "link", link: { ...ETH0, index: 3 } }, true],
  ];
  const view = new KernelView();
  for (const [event, changes] of story) {
    const before = view.layout;
    view.apply(event);
    expect(view.layout !== before, JSON.stringify(event)).toBe(changes);
  }
});

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

test("a name leads to the link that has it now", () => {
  const view = new KernelView();
  const story: readonly (readonly [event: KernelEvent, eth0: number | undefined, eth1: number | undefined])[] = [
    [{ type: "link", link: ETH0 }, 2, undefined],
    [{ type: "link", link: { ...ETH0, index: 3, name: "eth1" } }, 2, 3],
    [{ type: "link", link: { ...ETH0, name: "swap" } }, undefined, 3],
    [{ type: "link", link: { ...ETH0, index: 3 } }, 3, undefined],
    [{ type: "link", link: { ...ETH0, name: "eth1" } }, 3, 2],
    [{ type: "linkDeleted", index: 3, name: "eth0" }, undefined, 2],
    [{ type: "link", link: { ...ETH0, index: 4, name: "eth1" } }, undefined, 4],
    [{ type: "linkDeleted", index: 2, name: "eth1" }, undefined, 4],
  ];
  for (const [event, eth0, eth1] of story) {
    view.apply(event);
    expect([view.linkNamed("eth0")?.index, view.linkNamed("eth1")?.index], JSON.stringify(event)).toEqual([eth0, eth1]);
  }
});

test("what the kernel reports of a link's way to where we know it to be is old", () => {
  const view = new KernelView();
  view.foretell(ETH0);
  expect(view.apply({ type: "link", link: { ...ETH0, up: false } })).toEqual([]);
  expect(view.link(2)?.up).toBe(true);
  expect(view.apply({ type: "link", link: ETH0 })).toEqual([]);
  expect(view.apply({ type: "link", link: { ...ETH0, up: false } })).toEqual(["Netlink reports eth0 down"]);

  view.foretell({ ...ETH0, up: false });
  expect(view.apply({ type: "link", link: ETH0 }), "not up yet: the next report is news").toEqual(["Netlink reports eth0 up"]);

  view.bury(2);
  expect(view.apply({ type: "link", link: { ...ETH0, up: false } })).toEqual([]);
  expect(view.link(2)).toBeUndefined();
  expect(view.apply({ type: "linkDeleted", index: 2, name: "eth0" })).toEqual(["Interface eth0 deleted"]);
  expect(view.apply({ type: "link", link: ETH0 }), "the number is another one's by now").toEqual(["Interface eth0 added"]);

  view.foretell(ETH0);
  view.replace([{ ...ETH0, up: false }], []);
  expect(view.link(2)?.up, "a dump is news").toBe(false);
});

import { describe, expect, test } from "vitest";
import type { NewLink } from "../../src/base/network.ts";
import { decodeDeleteOwnLink, decodeLink, encodeDeleteLink, encodeDeleteOwnLink, encodeLinkGroup, encodeNewLink, encodeRaiseLink } from "../../src/net/links.ts";
import { NLMSG_HDRLEN } from "../../src/net/linux-netlink.ts";

const MAC = Uint8Array.of(0, 0, 0x5e, 0, 1, 51);
const macvlan: NewLink = { name: "vrrp.51", stacked: { kind: "macvlan", base: 2, mode: "private" }, hardwareAddress: MAC, group: undefined };
const payload = (message: Uint8Array) => message.subarray(NLMSG_HDRLEN);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const FAMILY_TO_CHANGE = "00".repeat(16);

describe("links that are made", () => {
  test("the octets of a macvlan", () => {
    expect(hex(encodeNewLink(macvlan))).toBe(
      "5c000000" + "1000" + "0106" + "00".repeat(8) + // RTM_NEWLINK; REQUEST, CREATE | EXCL
        FAMILY_TO_CHANGE +
        "0c000300" + Buffer.from("vrrp.51\0").toString("hex") +
        "0800050002000000" +
        "0a00010000005e0001330000" +
        "1c001280" + "0c000100" + Buffer.from("macvlan\0").toString("hex") + "0c000280" + "0800010001000000",
    );
  });

  const kinds: readonly NewLink[] = [
    macvlan,
    { ...macvlan, stacked: { kind: "macvlan", base: 7, mode: "vepa" }, group: 9 },
    { ...macvlan, stacked: { kind: "macvlan", base: 7, mode: "bridge" } },
    ...(["bridge", "private", "vepa"] as const).map((mode): NewLink => ({ name: "ipvl.51", stacked: { kind: "ipvlan", base: 2, mode }, hardwareAddress: undefined, group: undefined })),
  ];
  for (const link of kinds) {
    test(`${link.stacked.kind} ${link.stacked.mode}: what is asked for is what a report of it says`, () => {
      const { name, stacked, hardwareAddress, group } = decodeLink(payload(encodeNewLink(link))) ?? expect.fail("no link");
      expect({ name, stacked, hardwareAddress, group }).toEqual({ ...link, hardwareAddress: link.hardwareAddress ?? new Uint8Array(0) });
    });

    test(`${link.stacked.kind} ${link.stacked.mode}: its deletion says the same, but for the group`, () => {
      const { group, ...own } = link;
      expect(decodeDeleteOwnLink(payload(encodeDeleteOwnLink(own))), String(group)).toEqual(own);
    });
  }

  test("a deletion that says less than what tells it from others is none of ours", () => {
    expect(decodeDeleteOwnLink(payload(encodeDeleteLink("vrrp.51")))).toBeUndefined();
    const passthru = encodeDeleteOwnLink(macvlan);
    passthru[passthru.length - 4] = 8;
    expect(decodeDeleteOwnLink(payload(passthru))).toBeUndefined();
    for (let length = 0; length < encodeDeleteOwnLink(macvlan).length; length++) expect(decodeDeleteOwnLink(payload(encodeDeleteOwnLink(macvlan).subarray(0, length)))).toBeUndefined();
  });

  test("a mode that we never ask for is none of ours", () => {
    const passthru = encodeNewLink(macvlan);
    passthru[passthru.length - 4] = 8;
    expect(decodeLink(payload(passthru))?.stacked).toEqual({ kind: "macvlan", base: 2, mode: undefined });
    const l3 = encodeNewLink({ ...macvlan, stacked: { kind: "ipvlan", base: 2, mode: "bridge" }, hardwareAddress: undefined });
    l3[l3.length - 12] = 1;
    expect(decodeLink(payload(l3))?.stacked).toEqual({ kind: "ipvlan", base: 2, mode: undefined });
  });

  test("up, a group, and the end", () => {
    expect(hex(encodeRaiseLink(3))).toBe("20000000" + "1000" + "0100" + "00".repeat(8) + "00000000" + "03000000" + "01000000" + "01000000");
    expect(hex(encodeLinkGroup(3, 7))).toBe("28000000" + "1000" + "0100" + "00".repeat(8) + "00000000" + "03000000" + "00".repeat(8) + "08001b0007000000");
    expect(hex(encodeDeleteLink("vrrp.51"))).toBe("2c000000" + "1100" + "0100" + "00".repeat(8) + FAMILY_TO_CHANGE + "0c000300" + Buffer.from("vrrp.51\0").toString("hex"));
  });
});

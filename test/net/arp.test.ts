import assert from "node:assert/strict";
import { test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { decodeArp, encodeGratuitousArp } from "../../src/net/arp.ts";
import { internetChecksum } from "../../src/net/checksum.ts";
import { decodeNeighbourAdvertisement, encodeNeighbourAdvertisement } from "../../src/net/nd.ts";

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 9);

test("gratuitous ARP: a broadcast request, sender = target, target hardware all ones", () => {
  const frame = encodeGratuitousArp(MAC, ipAddress("192.0.2.100"));
  assert.equal(
    Buffer.from(frame).toString("hex"),
    "ffffffffffff" + "020000000009" + "0806" + "0001" + "0800" + "0604" + "0001" + "020000000009" + "c0000264" + "ffffffffffff" + "c0000264",
  );
  const decoded = decodeArp(frame);
  assert.equal(decoded?.senderAddress, "192.0.2.100");
  assert.deepEqual(decodeArp(Uint8Array.from([...frame, ...new Uint8Array(18)])), decoded, "Ethernet padding is tolerated");
  assert.equal(decodeArp(frame.slice(0, 41)), undefined);
});

test("unsolicited neighbour advertisement: to all nodes, override, router, target link layer, hop limit 255", () => {
  const advert = { hardware: MAC, address: ipAddress("2001:db8::100"), router: true };
  const frame = encodeNeighbourAdvertisement(advert);
  const hex = Buffer.from(frame).toString("hex");
  assert.equal(hex.slice(0, 44), "333300000001" + "020000000009" + "86dd" + "60000000" + "0020" + "3a" + "ff");
  assert.equal(hex.slice(44, 108), "20010db8000000000000000000000100" + "ff020000000000000000000000000001");
  assert.equal(hex.slice(108, 112), "8800");
  assert.equal(hex.slice(116, 124), "a0000000");
  assert.equal(hex.slice(156), "0201" + "020000000009");
  const pseudo = Uint8Array.from([...frame.slice(22, 54), 0, 0, 0, 32, 0, 0, 0, 58]);
  assert.equal(internetChecksum(pseudo, frame.slice(54)), 0);
  assert.deepEqual(decodeNeighbourAdvertisement(frame), advert);
  assert.deepEqual(decodeNeighbourAdvertisement(encodeNeighbourAdvertisement({ ...advert, router: false })), { ...advert, router: false });
  assert.equal(decodeNeighbourAdvertisement(Uint8Array.from(frame, (octet, i) => (i === 70 ? octet ^ 1 : octet))), undefined);
});

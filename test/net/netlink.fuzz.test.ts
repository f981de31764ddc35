import fc from "fast-check";
import { expect, test } from "vitest";
import { ipAddress } from "../../src/base/ip.ts";
import { decodeAddress, encodeNewAddress } from "../../src/net/addresses.ts";
import { attribute, be32Attribute, concatBytes, stringAttribute } from "../../src/net/attributes.ts";
import { decodeFamily } from "../../src/net/genetlink.ts";
import { decodeConfig, decodeDestination, decodeInfo, decodeService, encodeDestination, encodeService, encodeSetConfig } from "../../src/net/ipvs-codec.ts";
import { decodeKernelEvent } from "../../src/net/kernel-events.ts";
import { decodeDeleteOwnLink, encodeDeleteOwnLink, encodeNewLink } from "../../src/net/links.ts";
import { NLMSG_ERROR, NLM_F_ACK_TLVS } from "../../src/net/linux-netlink.ts";
import { decodeElements, decodeGeneration, decodeRuleName, newElements } from "../../src/net/nftables.ts";
import { decodeAcknowledgement, decodeDone, decodeMessages, encodeMessage } from "../../src/net/netlink.ts";
import { decodeRoute, encodeNewRoute } from "../../src/net/routes.ts";
import { decodeRule, encodeNewRule } from "../../src/net/rules.ts";
import { mulberry32 } from "../vrrp/support/random.ts";
import { route, rule } from "./routing-arbitraries.ts";

const rounds = Number(process.env["FUZZ_ROUNDS"] ?? 20_000);
const seed = Number(process.env["FUZZ_SEED"] ?? 20_261_121);

const key = { type: "address", family: 6, protocol: "tcp", address: ipAddress("2001:db8::1"), port: 80 } as const;
const GOOD = [
  encodeNewAddress({ interfaceIndex: 3, address: ipAddress("192.0.2.1"), prefixLength: 24, scope: 0, label: "eth0:1", preferredLifetimeS: 9, autojoin: true, protocol: 18 }),
  encodeNewAddress({ interfaceIndex: 3, address: ipAddress("2001:db8::1"), prefixLength: 64, scope: 0, peer: ipAddress("2001:db8::2") }),
  encodeMessage(16, 0, [new Uint8Array(16), stringAttribute(3, "eth0")]),
  encodeMessage(NLMSG_ERROR, NLM_F_ACK_TLVS, [new Uint8Array(Int32Array.of(-22).buffer), encodeMessage(20, 5, []), stringAttribute(1, "no")]),
  encodeService(30, 1, { key, scheduler: "wrr", persistent: true, onePacket: false, schedFlags: 8, timeoutS: 1, prefixLength: 64, persistenceEngine: "sip" }),
  encodeDestination(30, 5, key, { address: ipAddress("2001:db8::9"), family: 6, port: 1, forwarding: "TUN", weight: 1, upperThreshold: 2, lowerThreshold: 1 }),
  encodeSetConfig(30, { tcpS: 1, tcpFinS: 2, udpS: 3 }),
  ...newElements({ family: 10, table: "keepalived" }, "vips", [new Uint8Array(16), new Uint8Array(20).fill(7)]).map(({ message }) => message),
  encodeNewLink({ name: "vrrp.51", stacked: { kind: "macvlan", base: 2, mode: "private" }, hardwareAddress: Uint8Array.of(0, 0, 0x5e, 0, 1, 51), group: 112 }),
  encodeDeleteOwnLink({ name: "ipvl.51", stacked: { kind: "ipvlan", base: 2, mode: "vepa" }, hardwareAddress: undefined }),
  // NFT_MSG_NEWRULE with table, chain and handle, NFT_MSG_NEWGEN with its number.
  encodeMessage(0x0a06, 0, [Uint8Array.of(2, 0, 0, 0), stringAttribute(1, "keepalived"), stringAttribute(2, "in"), attribute(3, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9))]),
  encodeMessage(0x0a0f, 0, [Uint8Array.of(0, 0, 0, 0), be32Attribute(1, 77)]),
  ...fc.sample(route, { numRuns: 4, seed }).map((one) => encodeNewRoute(one, "prepend")),
  ...fc.sample(rule, { numRuns: 4, seed }).map(encodeNewRule),
];

function mutate(good: Uint8Array, random: () => number): Uint8Array {
  const bytes = good.slice();
  for (let changes = Math.floor(random() * 4); changes > 0; changes--) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes;
}

test(`no datagram makes a decoder throw, whatever asks for it (seed ${seed}, ${rounds} rounds)`, { timeout: 20_000 + rounds }, () => {
  const random = mulberry32(seed);
  const accepted = { messages: 0, addresses: 0, events: 0, refusals: 0, services: 0, destinations: 0, configs: 0, routes: 0, rules: 0, filterRules: 0, filterElements: 0, generations: 0, macvlans: 0, deletedLinks: 0 };
  for (let i = 0; i < rounds; i++) {
    const good = GOOD[Math.floor(random() * GOOD.length)] ?? new Uint8Array(0);
    const datagram = concatBytes(random() < 0.3 ? [good, mutate(good, random)] : [mutate(good, random)]);
    for (const message of decodeMessages(datagram) ?? []) {
      accepted.messages++;
      const { payload } = message;
      const event = decodeKernelEvent(message);
      if (event !== undefined) accepted.events++;
      if (event?.type === "link" && event.link.stacked !== undefined) accepted.macvlans++;
      if (decodeDeleteOwnLink(payload) !== undefined) accepted.deletedLinks++;
      if (decodeAcknowledgement(message) !== undefined) accepted.refusals++;
      if (decodeService(payload) !== undefined) accepted.services++;
      if (decodeDestination(payload, 4) !== undefined) accepted.destinations++;
      if (decodeConfig(payload) !== undefined) accepted.configs++;
      if (decodeRoute(payload) !== undefined) accepted.routes++;
      if (decodeRule(payload) !== undefined) accepted.rules++;
      if (decodeRuleName(message) !== undefined) accepted.filterRules++;
      if (decodeElements(message) !== undefined) accepted.filterElements++;
      if (decodeGeneration(message) !== undefined) accepted.generations++;
      decodeDone(message);
      decodeInfo(payload);
      decodeFamily(payload);
      const address = decodeAddress(payload);
      if (address === undefined || message.type !== 20) continue;
      accepted.addresses++;
      const again = decodeMessages(encodeNewAddress(address))?.[0]?.payload;
      expect(decodeAddress(again ?? new Uint8Array(0))?.address).toBe(address.address);
    }
  }
  for (const [kind, count] of Object.entries(accepted)) expect(count, `the mutator never produced ${kind}`).toBeGreaterThan(rounds / 500);
});

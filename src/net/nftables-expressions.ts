// What a rule of nftables is made of: expressions that load into registers, compare, and give a verdict. A register of the
// kind used here holds 16 octets; a key of two parts lies in two of them, one behind the other.

import { attribute, be32Attribute, nestedAttribute, stringAttribute } from "./attributes.ts";
import * as nft from "./linux-nf-tables.ts";

export type Expression = Uint8Array;
type Register = typeof nft.NFT_REG_1 | typeof nft.NFT_REG_2;

/** A part of a packet into register 1. */
export function payload(base: "network" | "transport", offset: number, length: number): Expression {
  return expression("payload", [
    be32Attribute(nft.NFTA_PAYLOAD_DREG, nft.NFT_REG_1),
    be32Attribute(nft.NFTA_PAYLOAD_BASE, base === "network" ? nft.NFT_PAYLOAD_NETWORK_HEADER : nft.NFT_PAYLOAD_TRANSPORT_HEADER),
    be32Attribute(nft.NFTA_PAYLOAD_OFFSET, offset),
    be32Attribute(nft.NFTA_PAYLOAD_LEN, length),
  ]);
}

/** What is known of the packet, e.g. NFT_META_IIF, into a register: into 2 behind 16 octets in 1, or to keep 1. */
export function meta(key: number, register: Register): Expression {
  return expression("meta", [be32Attribute(nft.NFTA_META_KEY, key), be32Attribute(nft.NFTA_META_DREG, register)]);
}

/** Goes on with the rule when the register holds `value`. */
export function isEqual(value: Uint8Array, register: Register = nft.NFT_REG_1): Expression {
  return expression("cmp", [be32Attribute(nft.NFTA_CMP_SREG, register), be32Attribute(nft.NFTA_CMP_OP, nft.NFT_CMP_EQ), dataValue(nft.NFTA_CMP_DATA, value)]);
}

/** Register 1 becomes what of it the mask lets through. */
export function mask(bits: Uint8Array): Expression {
  return expression("bitwise", [
    be32Attribute(nft.NFTA_BITWISE_SREG, nft.NFT_REG_1),
    be32Attribute(nft.NFTA_BITWISE_DREG, nft.NFT_REG_1),
    be32Attribute(nft.NFTA_BITWISE_LEN, bits.length),
    dataValue(nft.NFTA_BITWISE_MASK, bits),
    dataValue(nft.NFTA_BITWISE_XOR, new Uint8Array(bits.length)),
  ]);
}

/** Goes on with the rule when the set holds what is in the register and, with a longer key, behind it. */
export function isIn(set: string, register: Register = nft.NFT_REG_1): Expression {
  return expression("lookup", [be32Attribute(nft.NFTA_LOOKUP_SREG, register), stringAttribute(nft.NFTA_LOOKUP_SET, set)]);
}

/** Likewise; register 2 then holds what the map says of what was in it. */
export function isMapped(map: string): Expression {
  return expression("lookup", [be32Attribute(nft.NFTA_LOOKUP_SREG, nft.NFT_REG_2), be32Attribute(nft.NFTA_LOOKUP_DREG, nft.NFT_REG_2), stringAttribute(nft.NFTA_LOOKUP_SET, map)]);
}

/** Sends a copy of the packet to the address in register 1 by the interface whose index is in register 2. */
export function duplicate(): Expression {
  return expression("dup", [be32Attribute(nft.NFTA_DUP_SREG_ADDR, nft.NFT_REG_1), be32Attribute(nft.NFTA_DUP_SREG_DEV, nft.NFT_REG_2)]);
}

export function counter(): Expression {
  return expression("counter", []);
}

export const DROP = verdict(nft.NF_DROP);
export const ACCEPT = verdict(nft.NF_ACCEPT);

export function goTo(chain: string): Expression {
  return verdict(nft.NFT_GOTO, [stringAttribute(nft.NFTA_VERDICT_CHAIN, chain)]);
}

function verdict(code: number, chain: readonly Uint8Array[] = []): Expression {
  const inner = nestedAttribute(nft.NFTA_DATA_VERDICT, [be32Attribute(nft.NFTA_VERDICT_CODE, code), ...chain]);
  return expression("immediate", [be32Attribute(nft.NFTA_IMMEDIATE_DREG, nft.NFT_REG_VERDICT), nestedAttribute(nft.NFTA_IMMEDIATE_DATA, [inner])]);
}

function expression(name: string, attributes: readonly Uint8Array[]): Expression {
  return nestedAttribute(nft.NFTA_LIST_ELEM, [stringAttribute(nft.NFTA_EXPR_NAME, name), nestedAttribute(nft.NFTA_EXPR_DATA, attributes)]);
}

function dataValue(type: number, value: Uint8Array): Uint8Array {
  return nestedAttribute(type, [attribute(nft.NFTA_DATA_VALUE, value)]);
}

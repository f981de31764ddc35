// nftables over netlink. Behind the nlmsghdr of every message comes struct nfgenmsg:
//
//  0        1         2                 4
// +--------+---------+-----------------+----------- - -
// | family | version |   resource id   |  attributes
// +--------+---------+-----------------+----------- - -
//            0         big endian
//
// Numbers in attributes are big endian. Changes come in a batch, one datagram that begins and ends with a message of its own:
// the kernel does all of it or nothing.

import { attribute, attributeMap, be32Attribute, concatBytes, decodeAttributes, nestedAttribute, readBe32, readString, stringAttribute } from "./attributes.ts";
import * as nft from "./linux-nf-tables.ts";
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_REQUEST } from "./linux-netlink.ts";
import { encodeMessage } from "./netlink.ts";
import type { Expression } from "./nftables-expressions.ts";

const NFGENMSG_LEN = 4;
/** An attribute's length has 16 bits; this many elements of the longest key fit easily. */
const ELEMENTS_PER_MESSAGE = 1000;

/** Where something is: the family as NFPROTO_IPV4 or NFPROTO_IPV6, and the table. */
export interface InTable {
  readonly family: number;
  readonly table: string;
}

/** One message, and what it does in words. */
export interface NftablesMessage {
  readonly message: Uint8Array;
  readonly operation: string;
}

export function batchBegin(): Uint8Array {
  return encodeMessage(nft.NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, [generic(nft.NFPROTO_UNSPEC, nft.NFNL_SUBSYS_NFTABLES)]);
}

export function batchEnd(): Uint8Array {
  return encodeMessage(nft.NFNL_MSG_BATCH_END, NLM_F_REQUEST, [generic(nft.NFPROTO_UNSPEC, nft.NFNL_SUBSYS_NFTABLES)]);
}

/** There already is no error. */
export function newTable(at: InTable): NftablesMessage {
  return change("NFT_MSG_NEWTABLE", nft.NFT_MSG_NEWTABLE, NLM_F_CREATE, at, at.table, [stringAttribute(nft.NFTA_TABLE_NAME, at.table)]);
}

export function deleteTable(at: InTable): NftablesMessage {
  return change("NFT_MSG_DELTABLE", nft.NFT_MSG_DELTABLE, 0, at, at.table, [stringAttribute(nft.NFTA_TABLE_NAME, at.table)]);
}

/** @param hook absent: a chain that is only gone to. `hook` is NF_INET_LOCAL_IN or NF_INET_LOCAL_OUT */
export function newChain(at: InTable, name: string, hook?: { readonly hook: number; readonly priority: number }): NftablesMessage {
  const base = hook && [
    nestedAttribute(nft.NFTA_CHAIN_HOOK, [be32Attribute(nft.NFTA_HOOK_HOOKNUM, hook.hook), be32Attribute(nft.NFTA_HOOK_PRIORITY, hook.priority)]),
    be32Attribute(nft.NFTA_CHAIN_POLICY, nft.NF_ACCEPT),
    stringAttribute(nft.NFTA_CHAIN_TYPE, "filter"),
  ];
  const attributes = [stringAttribute(nft.NFTA_CHAIN_TABLE, at.table), stringAttribute(nft.NFTA_CHAIN_NAME, name), ...(base ?? [])];
  return change("NFT_MSG_NEWCHAIN", nft.NFT_MSG_NEWCHAIN, NLM_F_CREATE, at, name, attributes);
}

/** Behind the others of its chain. */
export function newRule(at: InTable, chain: string, expressions: readonly Expression[]): NftablesMessage {
  const attributes = [stringAttribute(nft.NFTA_RULE_TABLE, at.table), stringAttribute(nft.NFTA_RULE_CHAIN, chain), nestedAttribute(nft.NFTA_RULE_EXPRESSIONS, expressions)];
  return change("NFT_MSG_NEWRULE", nft.NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, at, chain, attributes);
}

export interface NewSet {
  readonly name: string;
  /** NFT_TYPE_… */
  readonly keyType: number;
  /** Octets. */
  readonly keyLength: number;
  /** How the nft command is to print the key. */
  readonly keyOrder: ByteOrder;
  readonly constant?: boolean;
  /** Of a map: what it says of a key. */
  readonly data?: { readonly type: number; readonly length: number; readonly order: ByteOrder };
}

type ByteOrder = "host" | "network";

/** @param id any number, another one for each set of a batch: what its elements refer to while it is being made */
export function newSet(at: InTable, id: number, { name, keyType, keyLength, keyOrder, constant = false, data }: NewSet): NftablesMessage {
  return change("NFT_MSG_NEWSET", nft.NFT_MSG_NEWSET, NLM_F_CREATE, at, name, [
    stringAttribute(nft.NFTA_SET_TABLE, at.table),
    stringAttribute(nft.NFTA_SET_NAME, name),
    ...(constant || data !== undefined ? [be32Attribute(nft.NFTA_SET_FLAGS, (constant ? nft.NFT_SET_CONSTANT : 0) | (data === undefined ? 0 : nft.NFT_SET_MAP))] : []),
    be32Attribute(nft.NFTA_SET_KEY_TYPE, keyType),
    be32Attribute(nft.NFTA_SET_KEY_LEN, keyLength),
    ...(data === undefined ? [] : [be32Attribute(nft.NFTA_SET_DATA_TYPE, data.type), be32Attribute(nft.NFTA_SET_DATA_LEN, data.length)]),
    be32Attribute(nft.NFTA_SET_ID, id),
    attribute(nft.NFTA_SET_USERDATA, concatBytes([byteOrder(0, keyOrder), ...(data === undefined ? [] : [byteOrder(1, data.order)])])),
  ]);
}

/** The user's part of a set, which the nft command reads: type 0 the key's byte order, 1 the data's; 4 octets: 1 host, 2 network. */
function byteOrder(type: number, order: ByteOrder): Uint8Array {
  return Uint8Array.of(type, 4, order === "host" ? 1 : 2, 0, 0, 0);
}

/** A key, of a map with what it says of it. */
export type SetElement = Uint8Array | { readonly key: Uint8Array; readonly data: Uint8Array };

/** What is there already is no error. */
export function newElements(at: InTable, set: string, keys: readonly SetElement[]): NftablesMessage[] {
  return elements("NFT_MSG_NEWSETELEM", nft.NFT_MSG_NEWSETELEM, NLM_F_CREATE, at, set, keys);
}

/** One that is not there fails the whole transaction. */
export function deleteElements(at: InTable, set: string, keys: readonly SetElement[]): NftablesMessage[] {
  return elements("NFT_MSG_DELSETELEM", nft.NFT_MSG_DELSETELEM, 0, at, set, keys);
}

function elements(operation: string, type: number, flags: number, at: InTable, set: string, keys: readonly SetElement[]): NftablesMessage[] {
  const messages: NftablesMessage[] = [];
  for (let from = 0; from < keys.length; from += ELEMENTS_PER_MESSAGE) {
    const list = keys.slice(from, from + ELEMENTS_PER_MESSAGE).map((element, i) => {
      const { key, data } = element instanceof Uint8Array ? { key: element, data: undefined } : element;
      const value = (type: number, bytes: Uint8Array): Uint8Array => nestedAttribute(type, [attribute(nft.NFTA_DATA_VALUE, bytes)]);
      return nestedAttribute(i + 1, [value(nft.NFTA_SET_ELEM_KEY, key), ...(data === undefined ? [] : [value(nft.NFTA_SET_ELEM_DATA, data)])]);
    });
    messages.push(change(operation, type, flags, at, set, [
      stringAttribute(nft.NFTA_SET_ELEM_LIST_SET, set),
      stringAttribute(nft.NFTA_SET_ELEM_LIST_TABLE, at.table),
      nestedAttribute(nft.NFTA_SET_ELEM_LIST_ELEMENTS, list),
    ]));
  }
  return messages;
}

/** Answered with one NFT_MSG_NEWGEN. */
export function getGeneration(): Uint8Array {
  return encodeMessage(messageType(nft.NFT_MSG_GETGEN), NLM_F_REQUEST, [generic(nft.NFPROTO_UNSPEC, 0)]);
}

/** The rules of one table; kernels that cannot choose dump those of the whole family. */
export function getRules({ family, table }: InTable): Uint8Array {
  return encodeMessage(messageType(nft.NFT_MSG_GETRULE), NLM_F_REQUEST | NLM_F_DUMP, [generic(family, 0), stringAttribute(nft.NFTA_RULE_TABLE, table)]);
}

/** The elements of one set. */
export function getElements({ family, table }: InTable, set: string): Uint8Array {
  const attributes = [stringAttribute(nft.NFTA_SET_ELEM_LIST_TABLE, table), stringAttribute(nft.NFTA_SET_ELEM_LIST_SET, set)];
  return encodeMessage(messageType(nft.NFT_MSG_GETSETELEM), NLM_F_REQUEST | NLM_F_DUMP, [generic(family, 0), ...attributes]);
}

/** @returns undefined when it is no NFT_MSG_NEWGEN */
export function decodeGeneration({ type, payload }: { readonly type: number; readonly payload: Uint8Array }): number | undefined {
  if (type !== messageType(nft.NFT_MSG_NEWGEN)) return undefined;
  return readBe32(attributesOf(payload)?.get(nft.NFTA_GEN_ID));
}

export interface RuleName {
  readonly table: string;
  readonly chain: string;
  /** The kernel's own number; a rule that was taken away and put back has another. */
  readonly handle: bigint;
}

/** @returns undefined when it is no NFT_MSG_NEWRULE */
export function decodeRuleName({ type, payload }: { readonly type: number; readonly payload: Uint8Array }): RuleName | undefined {
  if (type !== messageType(nft.NFT_MSG_NEWRULE)) return undefined;
  const attributes = attributesOf(payload);
  const [table, chain, handle] = [attributes?.get(nft.NFTA_RULE_TABLE), attributes?.get(nft.NFTA_RULE_CHAIN), attributes?.get(nft.NFTA_RULE_HANDLE)];
  if (table === undefined || chain === undefined || handle?.length !== 8) return undefined;
  return { table: readString(table), chain: readString(chain), handle: new DataView(handle.buffer, handle.byteOffset, 8).getBigUint64(0) };
}

/** The keys in one message of a dump of elements. @returns undefined when it is no NFT_MSG_NEWSETELEM */
export function decodeElements({ type, payload }: { readonly type: number; readonly payload: Uint8Array }): Uint8Array[] | undefined {
  if (type !== messageType(nft.NFT_MSG_NEWSETELEM)) return undefined;
  const attributes = attributesOf(payload);
  if (attributes === undefined) return undefined;
  const list = attributes.get(nft.NFTA_SET_ELEM_LIST_ELEMENTS);
  const found = list === undefined ? [] : decodeAttributes(list);
  return found?.flatMap(({ value }) => {
    const key = attributeMap(value)?.get(nft.NFTA_SET_ELEM_KEY);
    const data = key && attributeMap(key)?.get(nft.NFTA_DATA_VALUE);
    return data === undefined ? [] : [data];
  });
}

function attributesOf(payload: Uint8Array): ReadonlyMap<number, Uint8Array> | undefined {
  return payload.length < NFGENMSG_LEN ? undefined : attributeMap(payload.subarray(NFGENMSG_LEN));
}

function change(operation: string, type: number, flags: number, { family, table }: InTable, what: string, attributes: readonly Uint8Array[]): NftablesMessage {
  const message = encodeMessage(messageType(type), NLM_F_REQUEST | flags, [generic(family, 0), concatBytes(attributes)]);
  return { message, operation: `${operation} ${family === nft.NFPROTO_IPV4 ? "ip" : "ip6"} ${table}${what === table ? "" : ` ${what}`}` };
}

function messageType(type: number): number {
  return (nft.NFNL_SUBSYS_NFTABLES << 8) | type;
}

function generic(family: number, resource: number): Uint8Array {
  return Uint8Array.of(family, 0, resource >> 8, resource & 0xff);
}

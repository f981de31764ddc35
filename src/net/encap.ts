// RTA_ENCAP: what a route wraps its packets in. The attributes inside are those of RTA_ENCAP_TYPE; numbers of more than
// one octet are in network byte order.

import { addressBytes, formatIpAddress } from "../base/ip.ts";
import type { Encap } from "../base/routing.ts";
import { attribute, attributeMap, be16Attribute, nestedAttribute, readBe16, readU16, readU8, u16Attribute, u8Attribute, viewOf } from "./attributes.ts";
import type { AttributeMap } from "./attributes.ts";
import {
  ILA_ATTR_LOCATOR,
  LWTUNNEL_ENCAP_ILA,
  LWTUNNEL_ENCAP_IP,
  LWTUNNEL_ENCAP_IP6,
  LWTUNNEL_ENCAP_MPLS,
  LWTUNNEL_IP_DST,
  LWTUNNEL_IP_FLAGS,
  LWTUNNEL_IP_ID,
  LWTUNNEL_IP_SRC,
  LWTUNNEL_IP_TOS,
  LWTUNNEL_IP_TTL,
  MPLS_IPTUNNEL_DST,
  RTA_ENCAP,
  RTA_ENCAP_TYPE,
} from "./linux-route.ts";

/** RTA_ENCAP_TYPE and RTA_ENCAP. */
export function encapAttributes(encap: Encap): Uint8Array[] {
  const wrapped = (type: number, attributes: readonly Uint8Array[]) => [u16Attribute(RTA_ENCAP_TYPE, type), nestedAttribute(RTA_ENCAP, attributes)];
  switch (encap.type) {
    case "ip":
      return wrapped(LWTUNNEL_ENCAP_IP, tunnelAttributes({ ...encap }));
    case "ip6":
      return wrapped(LWTUNNEL_ENCAP_IP6, tunnelAttributes({ ...encap, tos: encap.tc, ttl: encap.hoplimit }));
    case "mpls":
      return wrapped(LWTUNNEL_ENCAP_MPLS, [attribute(MPLS_IPTUNNEL_DST, labelStack(encap.labels))]);
    case "ila":
      return wrapped(LWTUNNEL_ENCAP_ILA, [attribute(ILA_ATTR_LOCATOR, locatorBytes(encap.locator))]);
  }
}

/** @returns undefined when there is none, or one of a kind that keepalived cannot make */
export function decodeEncap(attributes: AttributeMap): Encap | undefined {
  const type = readU16(attributes.get(RTA_ENCAP_TYPE));
  const inner = attributeMap(attributes.get(RTA_ENCAP) ?? new Uint8Array(0));
  if (type === undefined || inner === undefined) return undefined;
  switch (type) {
    case LWTUNNEL_ENCAP_IP: {
      const { id, dst, src, tos, ttl, flags } = readTunnel(inner, 4);
      return { type: "ip", id, dst, src, tos, ttl, flags };
    }
    case LWTUNNEL_ENCAP_IP6: {
      const { id, dst, src, tos, ttl, flags } = readTunnel(inner, 16);
      return { type: "ip6", id, dst, src, tc: tos, hoplimit: ttl, flags };
    }
    case LWTUNNEL_ENCAP_MPLS: {
      const labels = readLabels(inner.get(MPLS_IPTUNNEL_DST));
      return labels && { type: "mpls", labels };
    }
    case LWTUNNEL_ENCAP_ILA: {
      const locator = readLocator(inner.get(ILA_ATTR_LOCATOR));
      return locator === undefined ? undefined : { type: "ila", locator };
    }
    default:
      return undefined;
  }
}

type Tunnel = Omit<Encap & { type: "ip" }, "type">;

function tunnelAttributes({ id, dst, src, tos, ttl, flags }: Tunnel): Uint8Array[] {
  return [
    ...(id === undefined ? [] : [attribute(LWTUNNEL_IP_ID, be64(BigInt(id)))]),
    ...(dst === undefined ? [] : [attribute(LWTUNNEL_IP_DST, addressBytes(dst))]),
    ...(src === undefined ? [] : [attribute(LWTUNNEL_IP_SRC, addressBytes(src))]),
    ...(tos === undefined ? [] : [u8Attribute(LWTUNNEL_IP_TOS, tos)]),
    ...(ttl === undefined ? [] : [u8Attribute(LWTUNNEL_IP_TTL, ttl)]),
    ...(flags === undefined ? [] : [be16Attribute(LWTUNNEL_IP_FLAGS, flags)]),
  ];
}

/** What was not given is zero in the kernel, and is told as zero. */
function readTunnel(inner: AttributeMap, octets: 4 | 16): Tunnel {
  const address = (type: number) => {
    const value = inner.get(type);
    return value?.length === octets ? formatIpAddress(value) : undefined;
  };
  const id = inner.get(LWTUNNEL_IP_ID);
  return {
    id: id?.length === 8 ? readBe64(id).toString() : undefined,
    dst: address(LWTUNNEL_IP_DST),
    src: address(LWTUNNEL_IP_SRC),
    tos: readU8(inner.get(LWTUNNEL_IP_TOS)),
    ttl: readU8(inner.get(LWTUNNEL_IP_TTL)),
    flags: readBe16(inner.get(LWTUNNEL_IP_FLAGS)),
  };
}

/** RFC 3032 section 2.1: label in the upper 20 bits, then three of experimental use, bottom of stack, TTL. */
function labelStack(labels: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * labels.length);
  const view = viewOf(bytes);
  labels.forEach((label, i) => view.setUint32(4 * i, label * 0x1000 + (i === labels.length - 1 ? 0x100 : 0)));
  return bytes;
}

function readLabels(stack: Uint8Array | undefined): number[] | undefined {
  if (stack === undefined || stack.length === 0 || stack.length % 4 !== 0) return undefined;
  const view = viewOf(stack);
  return Array.from({ length: stack.length / 4 }, (_, i) => view.getUint32(4 * i) >>> 12);
}

function locatorBytes(locator: string): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = viewOf(bytes);
  locator.split(":").forEach((group, i) => view.setUint16(2 * i, Number.parseInt(group, 16)));
  return bytes;
}

function readLocator(value: Uint8Array | undefined): string | undefined {
  if (value?.length !== 8) return undefined;
  const view = viewOf(value);
  return [0, 2, 4, 6].map((at) => view.getUint16(at).toString(16)).join(":");
}

/** Also for FRA_TUN_ID. */
export function be64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, value);
  return bytes;
}

/** 8 octets. */
export function readBe64(value: Uint8Array): bigint {
  return viewOf(value).getBigUint64(0);
}

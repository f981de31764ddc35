// Generic netlink: struct genlmsghdr (command, version, u16 reserved) between nlmsghdr and attributes; host byte order.

import { attributeMap, readU16, stringAttribute } from "./attributes.ts";
import type { AttributeMap } from "./attributes.ts";
import { CTRL_ATTR_FAMILY_ID, CTRL_ATTR_FAMILY_NAME, CTRL_CMD_GETFAMILY, CTRL_CMD_NEWFAMILY, GENL_HDRLEN, GENL_ID_CTRL } from "./linux-genetlink.ts";
import { NLM_F_REQUEST } from "./linux-netlink.ts";
import { encodeMessage } from "./netlink.ts";

export interface GenericRequest {
  /** From `decodeFamily`. */
  readonly family: number;
  readonly command: number;
  readonly version: number;
  /** NLM_F_DUMP and the like; NLM_F_REQUEST is added. */
  readonly flags?: number;
  readonly attributes: readonly Uint8Array[];
}

export interface GenericMessage {
  readonly command: number;
  readonly attributes: AttributeMap;
}

export function encodeGeneric({ family, command, version, flags = 0, attributes }: GenericRequest): Uint8Array {
  return encodeMessage(family, NLM_F_REQUEST | flags, [Uint8Array.of(command, version, 0, 0), ...attributes]);
}

/** @returns undefined when it is malformed */
export function decodeGeneric(payload: Uint8Array): GenericMessage | undefined {
  const command = payload[0];
  if (command === undefined || payload.length < GENL_HDRLEN) return undefined;
  const attributes = attributeMap(payload.subarray(GENL_HDRLEN));
  return attributes && { command, attributes };
}

/** Asks for the number that the kernel gave a family; ENOENT when it has none of that name. */
export function encodeGetFamily(name: string): Uint8Array {
  const attributes = [stringAttribute(CTRL_ATTR_FAMILY_NAME, name)];
  return encodeGeneric({ family: GENL_ID_CTRL, command: CTRL_CMD_GETFAMILY, version: 1, attributes });
}

/** The answer to `encodeGetFamily`. */
export function decodeFamily(payload: Uint8Array): number | undefined {
  const message = decodeGeneric(payload);
  return message?.command === CTRL_CMD_NEWFAMILY ? readU16(message.attributes.get(CTRL_ATTR_FAMILY_ID)) : undefined;
}

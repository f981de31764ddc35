import type { Frame } from "../lib/frames.ts";

// What is asked of a kernel's IPVS over generic netlink, read from a capture of an nlmon device and independently of src:
// the table before and after does not tell a real server that stayed from one that was deleted and added again.
//
//  0                  14       16                                  32        36
// +------------------+--------+-----------------------------------+---------+----------------------------+
// | capture's header | family | nlmsghdr: length, type, flags,    | command | attributes: length, type,  |
// |                  |        | sequence, port                    |         | value, padding to 4        |
// +------------------+--------+-----------------------------------+---------+----------------------------+

/** A request, as it stands in `text`: "SET_DEST 192.0.2.100:80 198.51.100.11:8080 weight 5". `at` as in Frame. */
export interface IpvsCommand {
  readonly at: number;
  readonly text: string;
}

interface Message {
  readonly at: number;
  readonly type: number;
  readonly isRequest: boolean;
  readonly command: number;
  readonly attributes: Attributes;
}

type Attributes = ReadonlyMap<number, Buffer>;

const CAPTURE_HEADER = 16;
const NETLINK_GENERIC = 16;
const NLMSG_HEADER = 16;
const GENL_HEADER = 4;
const FLAG_REQUEST = 1;
const CONTROLLER = 16;
/** CTRL_ATTR_FAMILY_ID and CTRL_ATTR_FAMILY_NAME, linux/genetlink.h. */
const FAMILY_ID = 1;
const FAMILY_NAME = 2;

/** IPVS_CMD_*, linux/ip_vs.h; those that only read are left out. */
const CHANGES: ReadonlyMap<number, string> = new Map([
  [1, "NEW_SERVICE"], [2, "SET_SERVICE"], [3, "DEL_SERVICE"], [5, "NEW_DEST"], [6, "SET_DEST"], [7, "DEL_DEST"],
  [9, "NEW_DAEMON"], [10, "DEL_DAEMON"], [12, "SET_CONFIG"], [14, "SET_INFO"], [16, "ZERO"], [17, "FLUSH"],
]);

/** IPVS_CMD_ATTR_SERVICE and _DEST, and the attributes nested in them. */
const SERVICE = { itself: 1, address: 3, port: 4, fwmark: 5 } as const;
const DEST = { itself: 2, address: 1, port: 2, weight: 4 } as const;

/**
 * The changes that were asked for, oldest first.
 *
 * @throws Error when nobody asked for the family's number in these frames
 */
export function ipvsCommands(frames: readonly Frame[]): IpvsCommand[] {
  const messages = frames.flatMap(messagesIn);
  const family = messages.find(({ type, attributes }) => type === CONTROLLER && text(attributes.get(FAMILY_NAME)) === "IPVS" && attributes.has(FAMILY_ID));
  if (family === undefined) throw new Error(`the number of the IPVS family is not in these ${frames.length} frames`);
  const number = family.attributes.get(FAMILY_ID)?.readUInt16LE(0);
  return messages.flatMap(({ at, type, isRequest, command, attributes }) => {
    const name = CHANGES.get(command);
    return type === number && isRequest && name !== undefined ? [{ at, text: name + subjects(attributes) }] : [];
  });
}

function messagesIn({ at, bytes }: Frame): Message[] {
  const messages: Message[] = [];
  if (bytes.length < CAPTURE_HEADER || bytes.readUInt16BE(14) !== NETLINK_GENERIC) return messages;
  for (let from = CAPTURE_HEADER; from + NLMSG_HEADER + GENL_HEADER <= bytes.length; ) {
    const length = bytes.readUInt32LE(from);
    if (length < NLMSG_HEADER + GENL_HEADER) break; // an acknowledgement's end, or padding
    const body = bytes.subarray(from + NLMSG_HEADER, from + length);
    const isRequest = (bytes.readUInt16LE(from + 6) & FLAG_REQUEST) !== 0;
    messages.push({ at, type: bytes.readUInt16LE(from + 4), isRequest, command: body.readUInt8(0), attributes: attributesIn(body.subarray(GENL_HEADER)) });
    from += (length + 3) & ~3;
  }
  return messages;
}

function attributesIn(bytes: Buffer | undefined): Attributes {
  const found = new Map<number, Buffer>();
  for (let from = 0; bytes !== undefined && from + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(from);
    if (length < 4) break;
    found.set(bytes.readUInt16LE(from + 2) & 0x3fff, bytes.subarray(from + 4, from + length)); // without the flags for "nested" and byte order
    from += (length + 3) & ~3;
  }
  return found;
}

function subjects(attributes: Attributes): string {
  const words: string[] = [""];
  if (attributes.has(SERVICE.itself)) {
    const service = attributesIn(attributes.get(SERVICE.itself));
    const fwmark = service.get(SERVICE.fwmark)?.readUInt32LE(0);
    words.push(fwmark === undefined ? endpoint(service.get(SERVICE.address), service.get(SERVICE.port)) : `fwmark ${fwmark}`);
  }
  if (attributes.has(DEST.itself)) {
    const dest = attributesIn(attributes.get(DEST.itself));
    const weight = dest.get(DEST.weight)?.readUInt32LE(0);
    words.push(endpoint(dest.get(DEST.address), dest.get(DEST.port)), ...(weight === undefined ? [] : [`weight ${weight}`]));
  }
  return words.join(" ");
}

function endpoint(address: Buffer | undefined, port: Buffer | undefined): string {
  return `${address?.subarray(0, 4).join(".") ?? "?"}:${port?.readUInt16BE(0) ?? "?"}`;
}

function text(value: Buffer | undefined): string {
  return value?.toString("latin1").replace(/\0$/, "") ?? "";
}

import { viewOf } from "../net/attributes.ts";
import { KEEPALIVED_PROTOCOL } from "../base/network.ts";
import { RTM_PROTOCOL_AT } from "../net/linux-route.ts";
import { NLMSG_HDRLEN } from "../net/linux-netlink.ts";
import { RTM_DELROUTE, RTM_DELRULE, RTM_NEWADDR, RTM_NEWROUTE, RTM_NEWRULE } from "../net/linux-rtnetlink.ts";
import { ACCEPT, JUMP_EQUAL, LOAD_BYTE, LOAD_HALF, LOAD_WORD, REJECT, RETURN, filterProgram, instruction, packetFilter } from "./packet-filter.ts";
import { SOL_SOCKET, SO_ATTACH_FILTER, setSocketOption } from "./sockets.ts";

// struct nlmsghdr, host byte order
const TYPE_AT = 4;
const PORT_AT = 12;
/** A port that the kernel gives to no socket; 0 would be the kernel itself. */
const NOBODY = 0xffff_ffff;

/**
 * Keeps the kernel from reporting to `fd` what nobody here will look at:
 * - what the netlink socket with port `own` has done itself, except the deletion of addresses: with a subnet's first one the
 *   kernel may take others along. A takeover of 1,008 addresses would wake, copy and decode a thousand reports of it;
 * - new routes and rules, and the end of routes that keepalived's protocol does not mark: a router with a full table sees
 *   thousands a second, and tracked ones are always marked.
 */
export function attachEventFilter(operation: string, fd: number, own: number = NOBODY): void {
  setSocketOption(operation, fd, SOL_SOCKET, SO_ATTACH_FILTER, filterProgram(packetFilter(program(own))));
}

/** Jumps count from the next instruction. */
const program = (own: number): Uint8Array[] => [
  instruction(LOAD_HALF, TYPE_AT),
  instruction(JUMP_EQUAL, asLoaded(2, RTM_NEWROUTE), REJECTED - 2, 0),
  instruction(JUMP_EQUAL, asLoaded(2, RTM_NEWRULE), REJECTED - 3, 0),
  instruction(JUMP_EQUAL, asLoaded(2, RTM_NEWADDR), OWN - 4, 0),
  instruction(JUMP_EQUAL, asLoaded(2, RTM_DELRULE), OWN - 5, 0),
  instruction(JUMP_EQUAL, asLoaded(2, RTM_DELROUTE), 0, ACCEPTED - 6),
  instruction(LOAD_BYTE, NLMSG_HDRLEN + RTM_PROTOCOL_AT),
  instruction(JUMP_EQUAL, KEEPALIVED_PROTOCOL, 0, REJECTED - 8),
  instruction(LOAD_WORD, PORT_AT), // OWN
  instruction(JUMP_EQUAL, asLoaded(4, own), REJECTED - 10, 0),
  instruction(RETURN, ACCEPT), // ACCEPTED
  instruction(RETURN, REJECT), // REJECTED
];

const OWN = 8;
const ACCEPTED = 10;
const REJECTED = 11;

/** A number in host byte order as a big-endian load sees it. */
function asLoaded(octets: 2 | 4, value: number): number {
  const bytes = new Uint8Array(octets === 2 ? Uint16Array.of(value).buffer : Uint32Array.of(value).buffer);
  return octets === 2 ? viewOf(bytes).getUint16(0, false) : viewOf(bytes).getUint32(0, false);
}

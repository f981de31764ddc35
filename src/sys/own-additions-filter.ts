import { viewOf } from "../net/attributes.ts";
import { RTM_NEWADDR } from "../net/linux-rtnetlink.ts";
import { ACCEPT, JUMP_EQUAL, LOAD_HALF, LOAD_WORD, REJECT, RETURN, filterProgram, instruction, packetFilter } from "./packet-filter.ts";
import { SOL_SOCKET, SO_ATTACH_FILTER, setSocketOption } from "./sockets.ts";

// struct nlmsghdr, host byte order
const TYPE_AT = 4;
const PORT_AT = 12;

/**
 * Keeps the kernel from reporting to `fd` the addresses that the netlink socket with this port has added itself: a
 * takeover of 1,008 addresses would wake, copy and decode a thousand reports of what was just done. Deletions are all
 * reported: with a subnet's first address the kernel may take others along.
 */
export function rejectOwnAdditions(operation: string, fd: number, port: number): void {
  const filter = packetFilter([
    instruction(LOAD_HALF, TYPE_AT),
    instruction(JUMP_EQUAL, asLoaded(2, RTM_NEWADDR), 0, 2),
    instruction(LOAD_WORD, PORT_AT),
    instruction(JUMP_EQUAL, asLoaded(4, port), 1, 0),
    instruction(RETURN, ACCEPT),
    instruction(RETURN, REJECT),
  ]);
  setSocketOption(operation, fd, SOL_SOCKET, SO_ATTACH_FILTER, filterProgram(filter));
}

/** A number in host byte order as a big-endian load sees it. */
function asLoaded(octets: 2 | 4, value: number): number {
  const bytes = new Uint8Array(octets === 2 ? Uint16Array.of(value).buffer : Uint32Array.of(value).buffer);
  return octets === 2 ? viewOf(bytes).getUint16(0, false) : viewOf(bytes).getUint32(0, false);
}

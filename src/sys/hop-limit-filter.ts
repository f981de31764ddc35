import { ACCEPT, JUMP_EQUAL, LOAD_BYTE, REJECT, RETURN, filterProgram, instruction, packetFilter } from "./packet-filter.ts";
import { SOL_SOCKET, SO_ATTACH_FILTER } from "./sockets.ts";

/** SKF_NET_OFF: offsets from here count from the network header, whatever the socket's own start is. */
const NETWORK_HEADER = 0xfff00000;
const HOP_LIMIT_AT = 7;

/** Accepts exactly what has hop limit 255, which no router can have passed on (RFC 5798 section 5.1.2.3). */
const HOP_LIMIT_255 = packetFilter([
  instruction(LOAD_BYTE, NETWORK_HEADER + HOP_LIMIT_AT),
  instruction(JUMP_EQUAL, 255, 0, 1),
  instruction(RETURN, ACCEPT),
  instruction(RETURN, REJECT),
]);

/** An IPv6 raw socket tells a datagram's hop limit only by ancillary data, which raw-socket does not read: so the kernel judges. */
export function attachHopLimitFilter(socket: { setOption(level: number, option: number, value: Buffer, length: number): void }): void {
  const program = filterProgram(HOP_LIMIT_255);
  socket.setOption(SOL_SOCKET, SO_ATTACH_FILTER, program, program.length);
}

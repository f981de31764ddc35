import koffi from "koffi";
import { HOST_LE, concatBytes, viewOf } from "../net/attributes.ts";
import { SOL_SOCKET, SO_ATTACH_FILTER } from "./sockets.ts";

// linux/bpf_common.h, linux/filter.h
const LOAD_BYTE_ABSOLUTE = 0x30;
const JUMP_EQUAL = 0x15;
const RETURN = 0x06;
/** SKF_NET_OFF: offsets from here count from the network header, whatever the socket's own start is. */
const NETWORK_HEADER = 0xfff00000;
const HOP_LIMIT_AT = 7;
const WHOLE_PACKET = 0xffffffff;

/** Classic BPF: accept exactly what has hop limit 255, which no router can have passed on (RFC 5798 section 5.1.2.3). */
const HOP_LIMIT_255 = Buffer.from(
  concatBytes([
    instruction(LOAD_BYTE_ABSOLUTE, 0, 0, NETWORK_HEADER + HOP_LIMIT_AT),
    instruction(JUMP_EQUAL, 0, 1, 255),
    instruction(RETURN, 0, 0, WHOLE_PACKET),
    instruction(RETURN, 0, 0, 0),
  ]),
);

/** An IPv6 raw socket tells a datagram's hop limit only by ancillary data, which raw-socket does not read: so the kernel judges. */
export function attachHopLimitFilter(socket: { setOption(level: number, option: number, value: Buffer, length: number): void }): void {
  // struct sock_fprog: u16 count, padding, pointer. HOP_LIMIT_255 lives as long as the module, so the pointer is good.
  const program = Buffer.alloc(16);
  viewOf(program).setUint16(0, HOP_LIMIT_255.length / 8, HOST_LE);
  viewOf(program).setBigUint64(8, koffi.address(HOP_LIMIT_255), HOST_LE);
  socket.setOption(SOL_SOCKET, SO_ATTACH_FILTER, program, program.length);
}

/** struct sock_filter. */
function instruction(code: number, jumpTrue: number, jumpFalse: number, operand: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = viewOf(bytes);
  view.setUint16(0, code, HOST_LE);
  view.setUint8(2, jumpTrue);
  view.setUint8(3, jumpFalse);
  view.setUint32(4, operand >>> 0, HOST_LE);
  return bytes;
}

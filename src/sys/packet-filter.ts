import koffi from "koffi";
import { HOST_LE, concatBytes, viewOf } from "../net/attributes.ts";

// Classic BPF, linux/bpf_common.h and linux/filter.h: the part that our filters use. Loads are big-endian.
export const LOAD_WORD = 0x20;
export const LOAD_HALF = 0x28;
export const LOAD_BYTE = 0x30;
export const JUMP_EQUAL = 0x15;
export const RETURN = 0x06;
/** Operand of RETURN: the whole packet, or nothing of it. */
export const ACCEPT = 0xffffffff;
export const REJECT = 0;

/** One struct sock_filter; jumps count instructions from the next one. */
export function instruction(code: number, operand: number, jumpTrue = 0, jumpFalse = 0): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = viewOf(bytes);
  view.setUint16(0, code, HOST_LE);
  view.setUint8(2, jumpTrue);
  view.setUint8(3, jumpFalse);
  view.setUint32(4, operand >>> 0, HOST_LE);
  return bytes;
}

/** Instructions as one piece of memory that does not move. */
export function packetFilter(instructions: readonly Uint8Array[]): Buffer {
  return Buffer.from(concatBytes(instructions));
}

/** struct sock_fprog for SO_ATTACH_FILTER. `filter` must be kept alive during the call; the kernel copies it. */
export function filterProgram(filter: Buffer): Buffer {
  const program = Buffer.alloc(16);
  viewOf(program).setUint16(0, filter.length / 8, HOST_LE);
  viewOf(program).setBigUint64(8, koffi.address(filter), HOST_LE);
  return program;
}

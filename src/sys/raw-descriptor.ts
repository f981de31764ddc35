import { KernelError } from "../base/errors.ts";
import { openDescriptors } from "./descriptors.ts";
import { isCloseOnExec, nextDescriptor, setCloseOnExec } from "./libc.ts";
import { SOCK_RAW, SOL_SOCKET, SO_PROTOCOL, SO_TYPE, intSocketOption } from "./sockets.ts";

/**
 * Sets close-on-exec on the raw socket that `create` opens, whose library neither does it nor tells the descriptor.
 *
 * The kernel hands out the lowest free number, so the descriptor is nearly always known beforehand; when another
 * thread opened one in between, all are searched for a raw socket of this protocol that is not close-on-exec yet.
 *
 * @returns the descriptor; it stays the library's
 */
export function closeRawSocketOnExec(protocol: number, create: () => void): number {
  const expected = nextDescriptor();
  create();
  const found = isFreshRawSocket(expected, protocol) ? expected : openDescriptors().find((fd) => isFreshRawSocket(fd, protocol));
  if (found === undefined) throw new Error(`the raw socket of protocol ${protocol} was not found among our descriptors`);
  setCloseOnExec(found);
  return found;
}

function isFreshRawSocket(fd: number, protocol: number): boolean {
  try {
    if (isCloseOnExec(fd)) return false;
    const operation = `getsockopt ${fd}`;
    return intSocketOption(operation, fd, SOL_SOCKET, SO_TYPE) === SOCK_RAW && intSocketOption(operation, fd, SOL_SOCKET, SO_PROTOCOL) === protocol;
  } catch (error) {
    // EBADF: closed since it was listed. ENOTSOCK: a file.
    if (error instanceof KernelError && (error.code === "EBADF" || error.code === "ENOTSOCK")) return false;
    throw error;
  }
}

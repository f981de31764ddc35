// TCP connections with options that must be set before connect(): SO_MARK, SO_BINDTODEVICE and an own source port.

import { Socket, connect } from "node:net";
import type { SocketConstructorOpts } from "node:net";
import { KernelError } from "../base/errors.ts";
import type { IpAddress } from "../base/ip.ts";
import { addressBytes, familyOf } from "../base/ip.ts";
import type { ConnectTarget, Connector } from "../base/ports.ts";
import { HOST_LE, viewOf } from "../net/attributes.ts";
import { closeDescriptor } from "./libc.ts";
import { bindSocket, intBytes, openSocket, setSocketOption, SO_BINDTODEVICE, SOL_SOCKET } from "./sockets.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SO_REUSEADDR = 2;
const SO_MARK = 36;

/** Plain connections are node:net's own; the others begin as a descriptor that is prepared here. */
export class RealConnector implements Connector {
  connect(target: ConnectTarget): Socket {
    const family = familyOf(target.address);
    const { bindAddress, bindPort, bindInterface, fwmark } = target;
    const to = { host: target.address, port: target.port, family };
    if (bindAddress === undefined && bindPort === undefined && bindInterface === undefined && fwmark === 0) return connect(to);
    const operation = `connect [${target.address}]:${target.port}`;
    const fd = openSocket(operation, family === 4 ? AF_INET : AF_INET6, SOCK_STREAM, 0);
    try {
      if (bindInterface !== undefined) {
        const name = new TextEncoder().encode(`${bindInterface}\0`);
        setSocketOption(`${operation} SO_BINDTODEVICE ${bindInterface}`, fd, SOL_SOCKET, SO_BINDTODEVICE, name);
      }
      if (fwmark !== 0) setSocketOption(`${operation} SO_MARK ${fwmark}`, fd, SOL_SOCKET, SO_MARK, intBytes(fwmark));
      if (bindAddress !== undefined || bindPort !== undefined) {
        if (bindPort !== undefined) setSocketOption(`${operation} SO_REUSEADDR`, fd, SOL_SOCKET, SO_REUSEADDR, intBytes(1));
        const source = internetAddress(bindAddress, bindPort ?? 0, family);
        bindSocket(`${operation} bind ${bindAddress ?? "any"} port ${bindPort ?? 0}`, fd, source);
      }
      const options: SocketConstructorOpts = { fd, readable: true, writable: true };
      return new Socket(options).connect(to);
    } catch (error) {
      if (error instanceof KernelError) closeDescriptor(fd);
      throw error;
    }
  }
}

/** struct sockaddr_in (16 bytes) or sockaddr_in6 (28 bytes); the unspecified address when there is none. */
function internetAddress(address: IpAddress | undefined, port: number, family: 4 | 6): Uint8Array {
  const bytes = new Uint8Array(family === 4 ? 16 : 28);
  const view = viewOf(bytes);
  view.setUint16(0, family === 4 ? AF_INET : AF_INET6, HOST_LE);
  view.setUint16(2, port, false);
  if (address !== undefined) bytes.set(addressBytes(address), family === 4 ? 4 : 8);
  return bytes;
}

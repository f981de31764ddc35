// The part of raw-socket 1.8.1 that src/sys uses. `wrap` is its native object; its methods are the synchronous calls.
declare module "raw-socket" {
  interface SocketWrap {
    /** @throws Error with strerror's text as message and no code */
    send(buffer: Buffer, offset: number, length: number, address: string, sent: (bytes: number) => void): void;
    setOption(level: number, option: number, value: Buffer, length: number): void;
    pause(recv: boolean, send: boolean): void;
    close(): void;
    on(event: "recvReady" | "sendReady", listener: () => void): void;
    on(event: "error", listener: (error: Error) => void): void;
    removeAllListeners(event: "recvReady" | "sendReady" | "error"): void;
  }

  interface Socket {
    readonly wrap: SocketWrap;
  }

  const raw: {
    createSocket(options: { readonly protocol: number; readonly addressFamily: number; readonly bufferSize: number }): Socket;
    readonly AddressFamily: { readonly IPv4: number; readonly IPv6: number };
  };
  export default raw;
}

import type { Socket } from "node:net";
import type { IpAddress, IpFamily } from "./ip.ts";
import type { InterfaceAddress, KernelEvent, Link, NewLink, OwnLink } from "./network.ts";
import type { KernelRoute, KernelRule, RouteMode } from "./routing.ts";
import type { Micros } from "./time.ts";

// The ports behind which src/sys stands. Everything on the VRRP thread is synchronous: nothing can happen between two lines.

/** One received datagram. `packet` is owned by the receiver (already copied out of the socket's buffer). */
export interface Datagram {
  /** IPv4: the whole packet with its IP header. IPv6: the payload alone; the kernel has verified its checksum. */
  readonly packet: Uint8Array;
  readonly source: IpAddress;
  /** IPv6: what the header said that was not received. */
  readonly ipv6?: { readonly destination: IpAddress; readonly hopLimit: number };
  /** How long ago the kernel received it, when the kernel says so; a clock step can make it wrong, negative too. */
  readonly ageUs?: Micros;
}

/** A raw socket for one IP protocol: on one interface and joined to a multicast group, or for one local address. Pulled, not pushed. */
export interface DatagramSocket {
  /** The next datagram already queued in the kernel; undefined when the queue is empty. */
  receive(): Datagram | undefined;
  /**
   * IPv4: `packet` begins with the IP header (IP_HDRINCL). IPv6: it is the payload, and the kernel writes its checksum.
   * @param ipv6 what of the IPv6 header is ours to say. `source`: a local address, default the socket's or else the
   *   kernel's choice; `hopLimit`: default 255 for multicast and the kernel's for unicast
   * @throws KernelError e.g. ENETDOWN, ENETUNREACH, ENODEV, EINVAL when `source` is not ours
   */
  send(packet: Uint8Array, destination: IpAddress, ipv6?: { readonly source?: IpAddress; readonly hopLimit?: number }): void;
  /** After it neither `receive` nor `send` may be called. Idempotent. */
  close(): void;
}

export type AdvertSocketOptions = MulticastSocketOptions | UnicastSocketOptions;

interface SocketOptions {
  readonly family: IpFamily;
  /** 112 (VRRP) or 51 (AH). */
  readonly protocol: number;
  /** Called once per turn of the loop in which something became readable; the owner then pulls until empty. */
  readonly wake: () => void;
}

/** Hears the group, and whatever else of the protocol is sent to this host on this interface. */
export interface MulticastSocketOptions extends SocketOptions {
  readonly interfaceIndex: number;
  readonly interfaceName: string;
  readonly group: IpAddress;
}

/** Hears what is sent to one address of this host, never a group. */
export interface UnicastSocketOptions extends SocketOptions {
  readonly group?: undefined;
  /** Bound to. A link-local address needs the interface. */
  readonly source: IpAddress;
  /** Bound to when given, a VRF's device too; without, routing finds the way and every interface is heard. */
  readonly interfaceIndex?: number;
  readonly interfaceName?: string;
}

/** What comes in on an interface of one IP protocol, before this host's firewall judges it. Pulled; it wakes nobody. */
export interface FrameWatch {
  /**
   * The next packet, as a `DatagramSocket` that nothing is kept from would give it; undefined: nothing more has arrived.
   * @throws KernelError ENETDOWN, once when the interface goes down
   */
  receive(): Datagram | undefined;
  /** After it `receive` may not be called. Idempotent. */
  close(): void;
}

export interface FrameWatchOptions {
  readonly family: IpFamily;
  readonly protocol: number;
  /** 0: every interface. */
  readonly interfaceIndex: number;
}

/** Sends whole link-layer frames on any interface (AF_PACKET), without promiscuous mode. */
export interface FrameSocket {
  /**
   * Sends frames on one interface, in order and in few system calls. One that is refused keeps none of the others back.
   *
   * @param frames 14 to 128 octets each
   * @returns the refused ones (KernelError ENETDOWN, ENXIO, ENOBUFS …), in order; empty when all have left
   */
  sendAll(interfaceIndex: number, frames: readonly Uint8Array[]): readonly RefusedFrame[];
  close(): void;
}

export interface RefusedFrame {
  /** Its place in the list that was to be sent. */
  readonly at: number;
  readonly error: Error;
}

/** rtnetlink, synchronous: the kernel executes a request inside sendmsg, the acknowledgement is readable when it returns. */
export interface NetlinkClient {
  /**
   * Sends one request built by src/net with NLM_F_ACK; sequence number and port are filled in here.
   * @throws KernelError with the errno of the acknowledgement and `operation` as its text
   */
  request(message: Uint8Array, operation: string): void;
  /** Many requests in few system calls; the results are in order, undefined for success. */
  requestAll(messages: readonly { readonly message: Uint8Array; readonly operation: string }[]): (Error | undefined)[];
  /** All payloads (without nlmsghdr) of a dump, with their message types. */
  dump(message: Uint8Array, operation: string): { readonly type: number; readonly payload: Uint8Array }[];
  /** One request that is answered by messages and then acknowledged, e.g. a GET of one object. Payloads are copies. @throws KernelError */
  query(message: Uint8Array, operation: string): { readonly type: number; readonly payload: Uint8Array }[];
  close(): void;
}

/** The kernel's events, pulled like a socket. */
export interface LinkMonitor {
  /** The next event already queued; undefined when the queue is empty. */
  receive(): KernelEvent | undefined;
  close(): void;
}

/** Addresses, links, routes, rules and settings of the host, as typed operations (src/net encodes, src/sys sends). */
export interface HostNetwork {
  links(): Link[];
  /** By name. */
  link(name: string): Link | undefined;
  addresses(): InterfaceAddress[];
  /** It is down at first. @throws KernelError EEXIST: something has this name; EBUSY, EOPNOTSUPP, EPERM … */
  addLink(link: NewLink): void;
  /** Administratively up. @throws KernelError EADDRINUSE: a sibling has its MAC address; ENODEV … */
  raiseLink(index: number): void;
  /** The kernel reports the link to everybody who listens, also when it is in that group already. @throws KernelError ENODEV … */
  setLinkGroup(index: number, group: number): void;
  /** By name; being gone already (ENODEV) counts as success. Results in order, undefined for success. */
  deleteLinks(names: readonly string[]): (Error | undefined)[];
  /** Adds many; already being there (EEXIST) counts as success. Results in order, undefined for success. */
  addAddresses(addresses: readonly InterfaceAddress[]): (Error | undefined)[];
  /** Encodes what `addAddresses` will be asked for, so that a takeover finds it done. Changes nothing. */
  prepare(addresses: readonly InterfaceAddress[]): void;
  /** Deletes many; being gone already (EADDRNOTAVAIL) or the interface being gone (ENODEV) counts as success. */
  deleteAddresses(addresses: readonly InterfaceAddress[]): (Error | undefined)[];
  /** Up and running by the interface's flags, and with a link by its driver's word. @returns undefined when the driver cannot be asked so, or there is no such interface */
  linkBeat(interfaceName: string, method: LinkBeatMethod): boolean | undefined;
  /** Of both families, those that keepalived (18) installed. */
  routes(): KernelRoute[];
  /** Of both families, all. */
  rules(): KernelRule[];
  /** Adds many; EEXIST says that this very route, or with `add` another one to the same destination, is there. */
  addRoutes(routes: readonly RouteAddition[]): (Error | undefined)[];
  /** Deletes many; being gone already (ESRCH) or the interface being gone (ENODEV) counts as success. */
  deleteRoutes(routes: readonly KernelRoute[]): (Error | undefined)[];
  /** Adds many; EEXIST says that this very rule is there. */
  addRules(rules: readonly KernelRule[]): (Error | undefined)[];
  /** Deletes many; being gone already (ENOENT) counts as success. */
  deleteRules(rules: readonly KernelRule[]): (Error | undefined)[];
  /** @param name below /proc/sys, "net/ipv4/conf/eth0/promote_secondaries". @returns undefined when there is none. @throws KernelError EMFILE … */
  readSetting(name: string): number | undefined;
  /** @throws KernelError ENOENT, EROFS, EACCES … */
  writeSetting(setting: Setting): void;
}

/** What the scheduler has given a thread since it began. */
export interface ThreadSchedule {
  readonly ranUs: Micros;
  /** Ready to run, and without a processor. */
  readonly waitedUs: Micros;
  /** Of the whole process: how often it waited for memory from disk. */
  readonly majorFaults: number;
}

/** How a driver is asked for its link: a PHY's registers, ethtool, or not at all. */
export type LinkBeatMethod = "MII" | "ETHTOOL" | "IOCTL";

export interface RouteAddition {
  readonly route: KernelRoute;
  readonly mode: RouteMode;
}

/** A number below /proc/sys. */
export interface Setting {
  readonly name: string;
  readonly value: number;
}

/** What is on the host because of us. */
export interface Installed {
  readonly rules: readonly KernelRule[];
  readonly routes: readonly KernelRoute[];
  readonly addresses: readonly InterfaceAddress[];
  /** Those that we have made. */
  readonly links: readonly OwnLink[];
  /** What we have changed, with the values that it had before. */
  readonly settings: readonly Setting[];
  /** Names of nftables tables, each in both families. */
  readonly tables: readonly string[];
}

/**
 * What this daemon has installed, or is about to install, on the host: survives the process, so that the guardian can
 * remove it after a SIGKILL and the next start knows what was ours. Written before the kernel is told.
 */
export interface InstalledRecord {
  read(): Installed;
  /** Encodes what `write` will be asked for, so that a takeover finds it done. Changes nothing. */
  prepare(addresses: readonly InterfaceAddress[]): void;
  write(installed: Installed): void;
}

/** A program with its arguments and the account to run it as; already judged by script security. */
export interface ScriptCommand {
  readonly argv: readonly string[];
  /** Absent: as the daemon. */
  readonly account?: ScriptAccount;
}

export interface ScriptAccount {
  readonly uid: number;
  readonly gid: number;
  /** For the supplementary groups (`set_supplementary_groups`). */
  readonly user?: string;
  readonly supplementaryGroups: boolean;
}

export type ScriptExit =
  | { readonly type: "exited"; readonly code: number }
  | { readonly type: "signalled"; readonly signal: number }
  | { readonly type: "timedOut" }
  /** It could not be started at all. */
  | { readonly type: "failed"; readonly reason: string };

export interface RunningScript {
  /** 0 when it could not be started. Also its process group. */
  readonly pid: number;
  /** Resolves once, when the process has been reaped; never rejects. */
  readonly exit: Promise<ScriptExit>;
  /** TERM to the process group, KILL `killAfterUs` later. Idempotent. */
  stop(): void;
}

export interface ProcessRunner {
  /**
   * Starts `command` in its own process group, stdio on /dev/null, no descriptor of the daemon open, a clean signal
   * state, and killed with the daemon.
   *
   * @param timeoutUs TERM to the group when it has passed, KILL `killAfterUs` later; `exit` is then `timedOut`
   */
  run(command: ScriptCommand, options: { readonly timeoutUs?: Micros; readonly killAfterUs: Micros }): RunningScript;
}

/**
 * Creates the named pipe at `path` (mode 0644 under the process's umask, then the owner) unless one is there, and opens it
 * read-write, non-blocking and close-on-exec: with a reader of our own, writing never fails for want of another.
 */
export type MakeFifo = (path: string, owner: ScriptAccount | undefined) => OpenedFifo;

export type OpenedFifo =
  | { readonly ok: true; readonly fifo: Fifo }
  /** `code` is a symbolic errno, `errno` its number as log lines show it. */
  | { readonly ok: false; readonly reason: "create" | "open" | "notFifo"; readonly code: string; readonly errno: number };

/** A named pipe for `notify_fifo` and its kin. Synchronous and never blocking. */
export interface Fifo {
  /** It did not exist before, so it is ours to remove. */
  readonly created: boolean;
  /**
   * At most PIPE_BUF octets, written whole or not at all.
   * @returns undefined when written, else the system's error text; "Resource temporarily unavailable": the pipe is full
   */
  write(bytes: Uint8Array): string | undefined;
  /** Readers see the end of the stream. Idempotent. */
  close(): void;
  /** Removes the path, whoever created it; being gone already is success. @returns the system's error text, if any */
  remove(): string | undefined;
}

/** What the configuration loader may ask of the file system. Synchronous: it runs in a worker of its own. */
export interface Files {
  /** @throws KernelError ENOENT, EACCES, EISDIR … */
  readText(path: string): string;
  stat(path: string): FileStatus | undefined;
  /** glob(3) with GLOB_BRACE, sorted, relative to `directory`; `noMatch` as glob reports it. */
  glob(pattern: string, directory: string): string[];
  /** Follows symbolic links. undefined when it does not exist. */
  realPath(path: string): string | undefined;
}

export interface FileStatus {
  readonly kind: "file" | "directory" | "fifo" | "other";
  /** Permission bits, 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

/** Accounts as NSS knows them. */
export interface Accounts {
  user(name: string): { readonly uid: number; readonly gid: number } | undefined;
  group(name: string): { readonly gid: number } | undefined;
}

/** Where a TCP connection goes, and from where. */
export interface ConnectTarget {
  readonly address: IpAddress;
  readonly port: number;
  readonly bindAddress?: IpAddress;
  readonly bindPort?: number;
  /** SO_BINDTODEVICE. */
  readonly bindInterface?: string;
  /** SO_MARK; 0 leaves it. */
  readonly fwmark: number;
}

/** Makes TCP connections. */
export interface Connector {
  /**
   * Begins to connect. What becomes of it are the socket's own events: `connect`, or `error` with a `code`.
   *
   * @throws KernelError when the socket could not be made, bound or marked (EMFILE, EADDRINUSE, EPERM, ENODEV): nothing
   *   was asked of the other side
   */
  connect(target: ConnectTarget): Socket;
}

/** One UDP datagram, and what its IP header said of the way it came. `payload` is owned by the receiver. */
export interface UdpDatagram {
  readonly payload: Uint8Array;
  readonly source: IpAddress;
  readonly sourcePort: number;
  /** TTL or hop limit as received. */
  readonly hopLimit: number;
}

/** A UDP port on all addresses of one family. Pulled, not pushed. */
export interface UdpListener {
  /** The next datagram already queued in the kernel; undefined when the queue is empty. */
  receive(): UdpDatagram | undefined;
  /** Idempotent; after it `receive` may not be called. */
  close(): void;
}

export interface UdpListenerOptions {
  readonly family: IpFamily;
  readonly port: number;
  /** Called once per turn of the loop in which something became readable; the owner then pulls until empty. */
  readonly wake: () => void;
}

/** Sends datagrams to one peer, all from the same address and port. Hears nothing. */
export interface UdpSender {
  readonly port: number;
  /** @throws KernelError ENETUNREACH, EPERM (a firewall), ENOBUFS … */
  send(payload: Uint8Array): void;
  /** Idempotent. */
  close(): void;
}

export interface UdpSenderOptions {
  readonly destination: IpAddress;
  readonly destinationPort: number;
  /** undefined: routing chooses. */
  readonly source: IpAddress | undefined;
  /** Of our own port: the first that is free, sought from a random one on. */
  readonly portRange: readonly [first: number, last: number];
  /** TTL or hop limit of what is sent. */
  readonly hopLimit: number;
}

import { KernelError } from "../base/errors.ts";
import type { Datagram, FrameWatch, FrameWatchOptions } from "../base/ports.ts";
import { capturedPacket } from "../net/captured.ts";
import { arrivalAgeUs } from "./arrival.ts";
import { closeDescriptor } from "./libc.ts";
import { ACCEPT, JUMP_EQUAL, LOAD_BYTE, LOAD_WORD, REJECT, RETURN, filterProgram, instruction, packetFilter } from "./packet-filter.ts";
import { AF_PACKET, SOCK_DGRAM, SOL_SOCKET, SO_ATTACH_FILTER, bindSocket, linkLayerAddress, openSocket, receiveFrom, setSocketOption } from "./sockets.ts";

// linux/if_ether.h, linux/if_packet.h, linux/filter.h
/** Of all protocols: such a socket is asked before ingress filters, one of a single protocol behind them. */
const ETH_P_ALL = 0x0003;
const ETH_P_IP = 0x0800;
const ETH_P_IPV6 = 0x86dd;
const PACKET_OTHERHOST = 3;
const PACKET_OUTGOING = 4;
const SKF_AD_OFF = 0xffff_f000;
const SKF_AD_PROTOCOL = SKF_AD_OFF + 0;
const SKF_AD_PKTTYPE = SKF_AD_OFF + 4;
const SKF_AD_VLAN_TAG_PRESENT = SKF_AD_OFF + 48;

const PROTOCOL_AT = { 4: 9, 6: 6 } as const;
/** The longest advert is below 4,200 octets (IPv6, 255 addresses). */
const LONGEST = 9_216;

/** An AF_PACKET socket that is read when somebody asks, and wakes nobody. The kernel's filter keeps everything else out. */
export class PacketFrameWatch implements FrameWatch {
  readonly #fd: number;
  readonly #operation: string;
  readonly #options: FrameWatchOptions;
  readonly #buffer = new Uint8Array(LONGEST);
  readonly #sender = new Uint8Array(20);
  #open = true;

  private constructor(fd: number, operation: string, options: FrameWatchOptions) {
    this.#fd = fd;
    this.#operation = operation;
    this.#options = options;
  }

  /** @throws KernelError EPERM without CAP_NET_RAW, ENODEV when the interface is gone, ENETDOWN when it is down */
  static open(options: FrameWatchOptions): PacketFrameWatch {
    const operation = `frame watch ${options.protocol} dev ${options.interfaceIndex}`;
    // Protocol 0 receives nothing yet: the filter is in force before the first frame comes.
    const fd = openSocket(operation, AF_PACKET, SOCK_DGRAM, 0);
    try {
      setSocketOption(operation, fd, SOL_SOCKET, SO_ATTACH_FILTER, filterProgram(packetFilter(program(options))));
      arrivalAgeUs(fd);
      bindSocket(operation, fd, linkLayerAddress(options.interfaceIndex, ETH_P_ALL));
      return new PacketFrameWatch(fd, operation, options);
    } catch (error) {
      closeDescriptor(fd);
      throw error;
    }
  }

  receive(): Datagram | undefined {
    if (!this.#open) throw new KernelError(this.#operation, "EBADF", "the watch was closed");
    for (;;) {
      const length = receiveFrom(this.#operation, this.#fd, this.#buffer, this.#sender);
      if (length === undefined) return undefined;
      const captured = length > LONGEST ? undefined : capturedPacket(this.#buffer.subarray(0, length), this.#options.family, this.#options.protocol);
      if (captured === undefined) continue;
      const ageUs = arrivalAgeUs(this.#fd);
      return ageUs === undefined ? captured : { ...captured, ageUs };
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeDescriptor(this.#fd);
  }
}

/** What comes in for this host, untagged, of one protocol. Jumps count from the next instruction. */
function program({ family, protocol }: FrameWatchOptions): Uint8Array[] {
  return [
    instruction(LOAD_BYTE, SKF_AD_PKTTYPE),
    instruction(JUMP_EQUAL, PACKET_OUTGOING, REJECTED - 2, 0),
    instruction(JUMP_EQUAL, PACKET_OTHERHOST, REJECTED - 3, 0),
    instruction(LOAD_WORD, SKF_AD_PROTOCOL),
    instruction(JUMP_EQUAL, family === 4 ? ETH_P_IP : ETH_P_IPV6, 0, REJECTED - 5),
    instruction(LOAD_WORD, SKF_AD_VLAN_TAG_PRESENT),
    instruction(JUMP_EQUAL, 0, 0, REJECTED - 7),
    instruction(LOAD_BYTE, PROTOCOL_AT[family]),
    instruction(JUMP_EQUAL, protocol, 0, REJECTED - 9),
    instruction(RETURN, ACCEPT),
    instruction(RETURN, REJECT), // REJECTED
  ];
}

const REJECTED = 10;

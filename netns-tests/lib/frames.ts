// What VRRPv2 directors put on an Ethernet, read and built independently of src: a test that used the daemon's own
// codec would agree with its mistakes.
//
//  0            6            12     14                    34
// +------------+------------+------+---------------------+----------------------------------------------------+
// | destination| source     | type | IPv4 header (20)    | VRRP: version/type, VRID, priority, count,         |
// |            |            | 0800 |                     | auth type, interval, checksum, addresses, auth (8) |
// +------------+------------+------+---------------------+----------------------------------------------------+

/** One captured frame. `at` is in microseconds: CLOCK_MONOTONIC of a Capture, CLOCK_REALTIME of a KernelCapture. */
export interface Frame {
  readonly at: number;
  readonly bytes: Buffer;
}

/** Every field of a VRRPv2 advert's frame. */
export interface AdvertFrame {
  readonly at: number;
  readonly destinationMac: string;
  readonly sourceMac: string;
  readonly headerLength: number;
  readonly tos: number;
  readonly totalLength: number;
  readonly id: number;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  readonly fragmentOffset: number;
  readonly ttl: number;
  readonly protocol: number;
  readonly headerChecksumGood: boolean;
  readonly source: string;
  readonly destination: string;
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  readonly count: number;
  readonly authType: number;
  /** Seconds. */
  readonly advertInterval: number;
  readonly checksum: number;
  readonly checksumGood: boolean;
  readonly addresses: readonly string[];
  /** Hex. */
  readonly authData: string;
  /** What follows the IP datagram in the frame, hex. */
  readonly padding: string;
}

export interface ArpFrame {
  readonly at: number;
  readonly destinationMac: string;
  readonly sourceMac: string;
  readonly hardwareType: number;
  readonly protocolType: number;
  readonly operation: number;
  readonly senderMac: string;
  readonly senderIp: string;
  readonly targetMac: string;
  readonly targetIp: string;
  /** What follows the 28 octets of ARP in the frame, hex. */
  readonly padding: string;
}

const ETHERNET = 14;
const VRRP_PROTOCOL = 112;
export const VRRP_GROUP = "224.0.0.18";
export const VRRP_GROUP_MAC = "01:00:5e:00:00:12";

/** The advert in a frame, or undefined when the frame is none. Wrong checksums and lengths are reported, not refused. */
export function advertOf(frame: Frame): AdvertFrame | undefined {
  const { bytes } = frame;
  if (bytes.length < ETHERNET + 28 || bytes.readUInt16BE(12) !== 0x0800 || bytes[ETHERNET + 9] !== VRRP_PROTOCOL) return undefined;
  const headerLength = (bytes.readUInt8(ETHERNET) & 0x0f) * 4;
  const totalLength = bytes.readUInt16BE(ETHERNET + 2);
  const flags = bytes.readUInt16BE(ETHERNET + 6);
  const vrrp = bytes.subarray(ETHERNET + headerLength, ETHERNET + totalLength);
  if (vrrp.length < 8) return undefined;
  const count = vrrp.readUInt8(3);
  const afterAddresses = Math.min(8 + 4 * count, vrrp.length);
  return {
    at: frame.at,
    destinationMac: macAt(bytes, 0),
    sourceMac: macAt(bytes, 6),
    headerLength,
    tos: bytes.readUInt8(ETHERNET + 1),
    totalLength,
    id: bytes.readUInt16BE(ETHERNET + 4),
    dontFragment: (flags & 0x4000) !== 0,
    moreFragments: (flags & 0x2000) !== 0,
    fragmentOffset: flags & 0x1fff,
    ttl: bytes.readUInt8(ETHERNET + 8),
    protocol: bytes.readUInt8(ETHERNET + 9),
    headerChecksumGood: onesComplementSum(bytes.subarray(ETHERNET, ETHERNET + headerLength)) === 0xffff,
    source: ipAt(bytes, ETHERNET + 12),
    destination: ipAt(bytes, ETHERNET + 16),
    version: vrrp.readUInt8(0) >> 4,
    type: vrrp.readUInt8(0) & 0x0f,
    vrid: vrrp.readUInt8(1),
    priority: vrrp.readUInt8(2),
    count,
    authType: vrrp.readUInt8(4),
    advertInterval: vrrp.readUInt8(5),
    checksum: vrrp.readUInt16BE(6),
    checksumGood: onesComplementSum(vrrp) === 0xffff,
    addresses: [...Array(Math.floor((afterAddresses - 8) / 4)).keys()].map((i) => ipAt(vrrp, 8 + 4 * i)),
    authData: vrrp.subarray(afterAddresses).toString("hex"),
    padding: bytes.subarray(ETHERNET + totalLength).toString("hex"),
  };
}

/** An advert of this VRID, from this source when given. */
export function advertBy(vrid: number, source?: string): (frame: Frame) => AdvertFrame | undefined {
  return (frame) => {
    const advert = advertOf(frame);
    return advert !== undefined && advert.vrid === vrid && (source === undefined || advert.source === source) ? advert : undefined;
  };
}

/** The gratuitous ARP in a frame (sender and target address are the same), or undefined. */
export function gratuitousArpOf(frame: Frame): ArpFrame | undefined {
  const { bytes } = frame;
  if (bytes.length < ETHERNET + 28 || bytes.readUInt16BE(12) !== 0x0806) return undefined;
  const arp = bytes.subarray(ETHERNET);
  const senderIp = ipAt(arp, 14);
  const targetIp = ipAt(arp, 24);
  if (senderIp !== targetIp) return undefined;
  return {
    at: frame.at,
    destinationMac: macAt(bytes, 0),
    sourceMac: macAt(bytes, 6),
    hardwareType: arp.readUInt16BE(0),
    protocolType: arp.readUInt16BE(2),
    operation: arp.readUInt16BE(6),
    senderMac: macAt(arp, 8),
    senderIp,
    targetMac: macAt(arp, 18),
    targetIp,
    padding: arp.subarray(28).toString("hex"),
  };
}

/** Who has an address now. */
export interface Announcement {
  readonly at: number;
  readonly mac: string;
  /** As addressText has it. */
  readonly address: string;
}

/** What a gratuitous ARP or a neighbour advertisement (RFC 4861 section 4.4, behind no extension header) says. */
export function announcementOf(frame: Frame): Announcement | undefined {
  const { bytes, at } = frame;
  const arp = gratuitousArpOf(frame);
  if (arp !== undefined) return { at, mac: arp.senderMac, address: arp.senderIp };
  const icmp = ETHERNET + 40;
  if (bytes.length < icmp + 24 || bytes.readUInt16BE(12) !== 0x86dd || bytes[ETHERNET + 6] !== 58 || bytes[icmp] !== 136) return undefined;
  return { at, mac: macAt(bytes, 6), address: addressText(bytes.subarray(icmp + 8, icmp + 24)) };
}

/** What to put into a built advert; everything has the value of a good one unless given. */
export interface AdvertParts {
  readonly source: string;
  readonly vrid: number;
  readonly priority: number;
  readonly addresses: readonly string[];
  readonly sourceMac?: string;
  readonly destination?: string;
  readonly ttl?: number;
  readonly version?: number;
  readonly type?: number;
  /** The count field, when it should not be the number of addresses. */
  readonly count?: number;
  readonly authType?: number;
  readonly password?: string;
  readonly advertInterval?: number;
  /** Added to the right checksum. */
  readonly checksumError?: number;
  /** Octets of the VRRP message that are sent, when it should be cut short. */
  readonly cutTo?: number;
  /** Octets that follow the VRRP message inside the datagram. */
  readonly trailer?: Uint8Array;
}

/** Builds the frame of one VRRPv2 advert, good or bad. */
export function advertFrame(parts: AdvertParts): Buffer {
  const auth = Buffer.alloc(8);
  auth.write(parts.password ?? "", "latin1");
  const head = Buffer.from([
    ((parts.version ?? 2) << 4) | (parts.type ?? 1),
    parts.vrid,
    parts.priority,
    parts.count ?? parts.addresses.length,
    parts.authType ?? (parts.password === undefined ? 0 : 1),
    parts.advertInterval ?? 1,
    0,
    0,
  ]);
  const whole = Buffer.concat([head, ...parts.addresses.map(ipBytes), auth]);
  whole.writeUInt16BE((~onesComplementSum(whole) + (parts.checksumError ?? 0)) & 0xffff, 6);
  const vrrp = Buffer.concat([whole.subarray(0, parts.cutTo ?? whole.length), parts.trailer ?? Buffer.alloc(0)]);

  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt8(0xc0, 1);
  ip.writeUInt16BE(20 + vrrp.length, 2);
  ip.writeUInt16BE(0x2015, 4);
  ip.writeUInt8(parts.ttl ?? 255, 8);
  ip.writeUInt8(VRRP_PROTOCOL, 9);
  ipBytes(parts.source).copy(ip, 12);
  ipBytes(parts.destination ?? VRRP_GROUP).copy(ip, 16);
  ip.writeUInt16BE(~onesComplementSum(ip) & 0xffff, 10);

  const ethernet = Buffer.concat([macBytes(VRRP_GROUP_MAC), macBytes(parts.sourceMac ?? "02:00:5e:10:00:01"), Buffer.from([0x08, 0x00])]);
  return Buffer.concat([ethernet, ip, vrrp]);
}

/** Ones' complement sum of 16-bit words, RFC 1071; a message that holds its right checksum sums to 0xffff. */
export function onesComplementSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

/** "02:00:5e:10:00:01". */
export function macAt(bytes: Uint8Array, at: number): string {
  return Array.from(bytes.subarray(at, at + 6), (octet) => octet.toString(16).padStart(2, "0")).join(":");
}

function ipAt(bytes: Uint8Array, at: number): string {
  return addressText(bytes.subarray(at, at + 4));
}

/** Four octets as a dotted quad; sixteen as all eight groups in hex, without compression. */
export function addressText(address: Uint8Array): string {
  return address.length === 4 ? address.join(".") : Buffer.from(address).toString("hex").replace(/(.{4})(?=.)/g, "$1:");
}

/** As addressText has it: "2001:db8::1" with all its groups. */
export function expanded(address: string): string {
  if (!address.includes(":")) return address;
  const [head = [], tail = []] = address.split("::").map((part) => part.split(":").filter((group) => group !== ""));
  const zeros = Array<string>(8 - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail].map((group) => group.padStart(4, "0")).join(":");
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(":", ""), "hex");
}

function ipBytes(ip: string): Buffer {
  return Buffer.from(ip.split(".").map(Number));
}

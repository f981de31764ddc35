/**
 * The Internet checksum, RFC 1071: the one's complement of the one's complement sum of 16-bit big-endian words.
 * 0 over data that contains its own correct checksum.
 *
 * @param parts summed one after the other; each but the last has an even length
 */
export function internetChecksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let i = 0; i + 1 < part.length; i += 2) sum += ((part[i] ?? 0) << 8) | (part[i + 1] ?? 0);
    if (part.length % 2 === 1) sum += (part[part.length - 1] ?? 0) << 8;
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

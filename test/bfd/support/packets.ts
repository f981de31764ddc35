import type { BfdPacket } from "../../../src/bfd/packet.ts";

/** A packet of a session that is up and polls, with every field that a test leaves alone. */
export function bfdPacket(overrides: Partial<BfdPacket> = {}): BfdPacket {
  return {
    diagnostic: 3,
    state: "Up",
    poll: true,
    final: false,
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: 5,
    myDiscriminator: 0x449827cf,
    yourDiscriminator: 0x3470c865,
    desiredMinTxUs: 100_000,
    requiredMinRxUs: 150_000,
    requiredMinEchoRxUs: 0,
    ...overrides,
  };
}

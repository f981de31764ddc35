import { expect, test } from "vitest";
import { SECOND } from "../../src/base/time.ts";
import { encodePacket } from "../../src/bfd/packet.ts";
import { bfdDump } from "../../src/control/dump.ts";
import { A, B, bfdInstance } from "../bfd/support/config.ts";
import { FakeUdp, speaker } from "../bfd/support/fake-udp.ts";
import { FakeClock } from "../vrrp/support/fake-clock.ts";

test("keepalived_bfd.data: configuration, both sides' state and what follows from it, in keepalived's words", () => {
  const clock = new FakeClock();
  const lan = new FakeUdp(clock);
  const one = speaker(lan, "a", [A]);
  one.engine.start({ instances: [bfdInstance()] });
  const payload = encodePacket({
    diagnostic: 1, state: "Down", poll: false, final: false, controlPlaneIndependent: false, demand: true, detectMultiplier: 5,
    myDiscriminator: 0xbeef, yourDiscriminator: 0, desiredMinTxUs: 2 * SECOND, requiredMinRxUs: 300_000, requiredMinEchoRxUs: 0,
  });
  clock.advance(100);
  lan.deliver(A, 3784, { payload, source: B, sourcePort: 50_000, hopLimit: 255 });
  lan.deliver(A, 3784, { payload: payload.slice(1), source: B, sourcePort: 50_000, hopLimit: 255 });
  const text = bfdDump(one.engine.status(), 1_795_280_190_887).replace(/local discriminator = 0x[0-9a-f]+/, "local discriminator = 0xLOCAL");
  expect(text).toMatch(/last seen = 1795280190\.887000 \(/);
  expect(text.replace(/last seen = .*/, "last seen = SEEN")).toBe(`------< BFD Data >------
 discarded packets (tooShort) = 1
 maximum lateness = 0 us
------< BFD Topology >------
 BFD Instance = B1
   Neighbor IP = 192.0.2.2
   Source IP = 192.0.2.1
   Required min RX interval = 100000 us
   Desired min TX interval = 100000 us
   Desired idle TX interval = 1000000 us
   Detection multiplier = 3
   TTL = 255
   max_hops = 0
   passive = false
   multihop = false
   send event to VRRP process = Yes
   send event to checker process = Yes
   neighbor reported = down
   source port = 49152
   send error = false
   packets sent = 2, received = 1
   local state = Init
   remote state = Down
   local discriminator = 0xLOCAL
   remote discriminator = 0xbeef
   local diag = No Diagnostic
   remote diag = Control Detection Time Expired
   remote min tx intv = 2000000 us
   remote min rx intv = 300000 us
   local demand = 0
   remote demand = 1
   remote detect multiplier = 5
   !poll, !final
   local tx intv = 1000000 us
   remote tx intv = 2000000 us
   local detection time = 10000000 us
   remote detection time = 3000000 us
   last seen = SEEN
`);
});

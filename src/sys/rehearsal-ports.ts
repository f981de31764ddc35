import type { Firewall } from "../base/firewall.ts";
import type { FrameSocket, HostNetwork, InstalledRecord, NetlinkClient } from "../base/ports.ts";
import { encodeFirewallChange } from "../net/firewall.ts";
import { NLMSG_NOOP } from "../net/linux-netlink.ts";
import { retypedMessage } from "../net/netlink.ts";
import { PacketFrameSocket } from "./frame-socket.ts";
import { KernelHostNetwork } from "./host-network.ts";
import { InstalledRecordFile } from "./installed-record.ts";

const NOWHERE = "/dev/null";

/** What a takeover goes through, down to the system calls, with nobody at the other end. */
export interface RehearsalPorts {
  readonly network: HostNetwork;
  readonly frames: FrameSocket;
  readonly record: InstalledRecord;
  readonly firewall: Pick<Firewall, "change">;
  close(): void;
}

/**
 * The classes that serve a real takeover, so that their code is compiled when it is needed. Requests that would change the
 * host reach the kernel as NLMSG_NOOP, which it acknowledges and does not act on; frames are laid out and not sent; the
 * record is written to /dev/null.
 */
export function rehearsalPorts(netlink: NetlinkClient): RehearsalPorts {
  const frames = PacketFrameSocket.open((...[, , , count]) => count);
  const record = new InstalledRecordFile(NOWHERE);
  const harmless: NetlinkClient = {
    request: (message, operation) => netlink.request(retypedMessage(message, NLMSG_NOOP), operation),
    requestAll: (messages) => netlink.requestAll(messages.map(({ message, operation }) => ({ message: retypedMessage(message, NLMSG_NOOP), operation }))),
    dump: (message, operation) => netlink.dump(message, operation),
    query: (message, operation) => netlink.query(message, operation),
    close: () => undefined,
  };
  return {
    network: new KernelHostNetwork(harmless),
    frames,
    record,
    firewall: { change: (before, after) => void encodeFirewallChange(before, after) },
    close: () => {
      frames.close();
      record.close();
    },
  };
}

import type { KernelEvent } from "../base/network.ts";
import { decodeAddress } from "./addresses.ts";
import { decodeLink } from "./links.ts";
import { NLMSG_OVERRUN } from "./linux-netlink.ts";
import { RTM_DELADDR, RTM_DELLINK, RTM_DELROUTE, RTM_DELRULE, RTM_NEWADDR, RTM_NEWLINK } from "./linux-rtnetlink.ts";
import type { NetlinkMessage } from "./netlink.ts";
import { decodeRoute } from "./routes.ts";
import { decodeRule } from "./rules.ts";

/**
 * What a message of the groups of links, addresses, routes and rules says.
 *
 * @returns undefined for what is none of our business: additions of routes and rules too, and those that we cannot have
 *   made. A malformed address is "lost": what it said is unknown.
 */
export function decodeKernelEvent(message: NetlinkMessage): KernelEvent | undefined {
  switch (message.type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      const link = decodeLink(message.payload);
      if (link === undefined) return undefined; // also a bridge port's report, see decodeLink
      if (message.type === RTM_NEWLINK) return { type: "link", link };
      return { type: "linkDeleted", index: link.index, name: link.name };
    }
    case RTM_NEWADDR:
    case RTM_DELADDR: {
      const address = decodeAddress(message.payload);
      if (address === undefined) return { type: "lost" };
      return { type: message.type === RTM_NEWADDR ? "addressAdded" : "addressDeleted", address };
    }
    case RTM_DELROUTE: {
      const route = decodeRoute(message.payload);
      return route && { type: "routeDeleted", route };
    }
    case RTM_DELRULE: {
      const rule = decodeRule(message.payload);
      return rule && { type: "ruleDeleted", rule };
    }
    case NLMSG_OVERRUN:
      return { type: "lost" };
    default:
      return undefined;
  }
}

import type { Firewall, FirewallTable } from "../base/firewall.ts";
import { KernelError } from "../base/errors.ts";
import { encodeFirewallChange, inTable, tablesOf } from "../net/firewall.ts";
import { NETLINK_NETFILTER } from "../net/linux-nf-tables.ts";
import { batchBegin, batchEnd, decodeElements, decodeGeneration, decodeRuleName, deleteTable, getElements, getGeneration, getRules } from "../net/nftables.ts";
import type { NftablesMessage } from "../net/nftables.ts";
import { KernelNetlinkClient } from "./netlink-client.ts";

/** Octets of one transaction: 10,000 IPv6 addresses take 300 KiB. */
const SEND_BUFFER = 4 << 20;
/** A family that the kernel has no nftables for holds no table either. */
const NOTHING_THERE = ["ENOENT", "EOPNOTSUPP", "EAFNOSUPPORT", "EPROTONOSUPPORT"];

/** nftables of the calling thread's network namespace. The socket is opened by the first use: most hosts need none. */
export class KernelFirewall implements Firewall {
  #netlink: KernelNetlinkClient | undefined;

  change(before: FirewallTable | undefined, after: FirewallTable | undefined): void {
    this.#transaction(encodeFirewallChange(before, after));
  }

  remove(name: string, keep: readonly (4 | 6)[]): void {
    for (const family of [4, 6] as const) {
      if (keep.includes(family)) continue;
      try {
        this.#transaction([deleteTable(inTable(name, family))]);
      } catch (error) {
        if (!(error instanceof KernelError && NOTHING_THERE.includes(error.code))) throw error;
      }
    }
  }

  generation(): number {
    const [reply] = this.#open().query(getGeneration(), "NFT_MSG_GETGEN");
    const generation = reply && decodeGeneration(reply);
    if (generation === undefined) throw new KernelError("NFT_MSG_GETGEN", "EPROTO", "malformed answer");
    return generation;
  }

  contents(table: FirewallTable): string[] {
    return tablesOf(table).flatMap(({ at, sets }) => {
      const rules = this.#dump(getRules(at), "NFT_MSG_GETRULE").flatMap((message) => decodeRuleName(message) ?? []);
      const words = rules.filter((rule) => rule.table === at.table).map(({ chain, handle }) => `${at.family} ${chain} ${handle}`);
      const elements = sets.map((set) => {
        const keys = this.#dump(getElements(at, set), `NFT_MSG_GETSETELEM ${set}`).flatMap((message) => decodeElements(message) ?? []);
        return `${at.family} ${set} ${keys.map((key) => Buffer.from(key).toString("hex")).sort().join(" ")}`;
      });
      return [...words, ...elements];
    });
  }

  close(): void {
    this.#netlink?.close();
    this.#netlink = undefined;
  }

  /** Nothing where the table or the set is not there. */
  #dump(message: Uint8Array, operation: string): { readonly type: number; readonly payload: Uint8Array }[] {
    try {
      return this.#open().dump(message, operation);
    } catch (error) {
      if (error instanceof KernelError && NOTHING_THERE.includes(error.code)) return [];
      throw error;
    }
  }

  #transaction(messages: readonly NftablesMessage[]): void {
    if (messages.length === 0) return;
    const begin = { message: batchBegin(), operation: messages[0]?.operation ?? "" };
    this.#open().transaction(begin, messages, batchEnd());
  }

  #open(): KernelNetlinkClient {
    this.#netlink ??= KernelNetlinkClient.open(NETLINK_NETFILTER, { sendBuffer: SEND_BUFFER });
    return this.#netlink;
  }
}

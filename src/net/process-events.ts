// The process connector: struct nlmsghdr, struct cn_msg of linux/connector.h, struct proc_event of linux/cn_proc.h; host byte order.
//
//  0     4     8     12    16       18      20      24    28          36
// +-----+-----+-----+-----+--------+-------+-------+-----+-----------+---- - -
// | idx | val | seq | ack | length | flags | what  | cpu | timestamp |  data
// +-----+-----+-----+-----+--------+-------+-------+-----+-----------+---- - -

import type { ProcessEvent } from "../base/tracking.ts";
import { HOST_LE, viewOf } from "./attributes.ts";
import { encodeMessage } from "./netlink.ts";
import type { NetlinkMessage } from "./netlink.ts";

export const CN_IDX_PROC = 1;
const CN_VAL_PROC = 1;
const CN_MSG_LEN = 20;
const NLMSG_DONE = 3;
const DATA_AT = 36;

const PROC_EVENT_NONE = 0;
const PROC_EVENT_FORK = 1;
const PROC_EVENT_EXEC = 2;
const PROC_EVENT_COMM = 0x200;
const PROC_EVENT_EXIT = 0x80000000;

const PROC_CN_MCAST_LISTEN = 1;
const PROC_CN_MCAST_IGNORE = 2;

/** Asks the kernel to begin or to end telling. */
export function encodeProcessListen(listen: boolean): Uint8Array {
  const payload = new Uint8Array(CN_MSG_LEN + 4);
  const view = viewOf(payload);
  view.setUint32(0, CN_IDX_PROC, HOST_LE);
  view.setUint32(4, CN_VAL_PROC, HOST_LE);
  view.setUint16(16, 4, HOST_LE);
  view.setUint32(CN_MSG_LEN, listen ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE, HOST_LE);
  return encodeMessage(NLMSG_DONE, 0, [payload]);
}

/** `ready`: the answer to our asking; `error` is its errno, 0 for success. */
export type ProcessMessage = ProcessEvent | { readonly type: "ready"; readonly error: number };

/** @returns undefined for what is none of our business: threads, changes of accounts, malformed messages */
export function decodeProcessEvent({ payload }: NetlinkMessage): ProcessMessage | undefined {
  if (payload.length < DATA_AT + 8) return undefined;
  const view = viewOf(payload);
  const word = (at: number): number => view.getUint32(at, HOST_LE);
  if (word(0) !== CN_IDX_PROC || word(4) !== CN_VAL_PROC) return undefined;
  const [first, second] = [word(DATA_AT), word(DATA_AT + 4)];
  switch (word(CN_MSG_LEN)) {
    case PROC_EVENT_NONE:
      return { type: "ready", error: first };
    case PROC_EVENT_FORK: {
      if (payload.length < DATA_AT + 16) return undefined;
      const [pid, threadGroup] = [word(DATA_AT + 8), word(DATA_AT + 12)];
      return pid === threadGroup ? { type: "fork", pid, parent: second } : undefined;
    }
    // An exec by another thread than the first ends the others and takes over the group's pid.
    case PROC_EVENT_EXEC:
      return { type: "changed", pid: second };
    case PROC_EVENT_COMM:
      return first === second ? { type: "changed", pid: first } : undefined;
    case PROC_EVENT_EXIT:
      return first === second ? { type: "exit", pid: first } : undefined;
    default:
      return undefined;
  }
}

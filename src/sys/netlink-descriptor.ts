import { readFileSync, readdirSync, readlinkSync } from "node:fs";

// /proc/net/netlink: sk, protocol, port, groups, rmem, wmem, dump, locks, drops, inode
const PROTOCOL_COLUMN = 1;
const PORT_COLUMN = 2;
const INODE_COLUMN = 9;

/**
 * The descriptor of this process's netlink socket with that protocol and port, for libraries that hide it.
 * @throws Error when there is none
 */
export function netlinkDescriptor(protocol: number, port: number): number {
  const row = readFileSync("/proc/thread-self/net/netlink", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .find((columns) => Number(columns[PROTOCOL_COLUMN]) === protocol && Number(columns[PORT_COLUMN]) === port);
  const inode = row?.[INODE_COLUMN];
  const found = inode === undefined ? undefined : readdirSync("/proc/self/fd").find((fd) => isSocket(fd, inode));
  if (found === undefined) throw new Error(`no descriptor for netlink protocol ${protocol} port ${port}`);
  return Number(found);
}

function isSocket(fd: string, inode: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === `socket:[${inode}]`;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false; // the listing's own descriptor
    throw error;
  }
}

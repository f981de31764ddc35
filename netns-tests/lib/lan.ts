import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endProcessesIn } from "./namespaces.ts";
import { run } from "./run.ts";

// One LAN (or two), joined by bridges in a namespace of their own; nothing touches the machine's interfaces.
//
//   node 0        node 1        observer            eth0: 192.0.2.x/24     on bridge br0
//    | eth0 eth1   | eth0 eth1   | eth0 eth1        eth1: 198.51.100.x/24  on bridge br1 (when lans = 2)
//   -+--|----------+--|----------+--|--- br0
//   ----+-------------+-------------+--- br1

/** One address as `ip -j addr` prints it; lifetimes only when they are limited. */
export interface KernelAddress {
  readonly device: string;
  readonly family: string;
  readonly local: string;
  /** The peer's address of a point-to-point address. */
  readonly peer?: string;
  readonly prefixlen: number;
  readonly broadcast?: string;
  readonly scope: string;
  readonly label?: string;
  /** The address protocol (IFA_PROTO), when the installed ip command shows it. */
  readonly protocol?: string;
  readonly flags: readonly string[];
}

/** A host in a network namespace. */
export interface Node {
  /** Its namespace. */
  readonly name: string;
  /** Its address on eth0, e.g. "192.0.2.11". */
  readonly address: string;
  /** Its addresses by LAN: eth0's, eth1's. */
  readonly lanAddresses: readonly string[];
  /** A scratch folder of its own, deleted at the end. */
  readonly dir: string;
  /** Runs a command in the namespace and returns its output; rejects with CommandError. */
  exec(...argv: string[]): Promise<string>;
  /** Starts a command in the namespace; it is killed at the latest when the LAN is taken down. Its pid is the command's. */
  spawn(argv: readonly string[], stdio: "pipe" | "ignore"): ChildProcess;
  addresses(device?: string): Promise<KernelAddress[]>;
  /** Whether the kernel has this address on any interface. */
  holds(address: string): Promise<boolean>;
  /** Makes its cables and interfaces again, with their addresses, when they were deleted. */
  plug(): Promise<void>;
  linkDown(device?: string): Promise<void>;
  linkUp(device?: string): Promise<void>;
  /** The cable pulled and plugged again: the interface stays up and loses its carrier. */
  carrierDown(lan?: number): Promise<void>;
  carrierUp(lan?: number): Promise<void>;
  /** The switch drops everything from and to this node while its carrier stays. */
  cut(lan?: number): Promise<void>;
  uncut(lan?: number): Promise<void>;
  mac(device?: string): Promise<string>;
  /** Times that promiscuous mode was asked for on the interface, as the kernel counts. */
  promiscuity(device?: string): Promise<number>;
  /** Writes a file to `dir` and returns its path. */
  write(file: string, text: string, mode?: number): Promise<string>;
}

const LAN_PREFIX = ["192.0.2.", "198.51.100."] as const;
const OBSERVER_HOST = 200;

let lans = 0;

/**
 * Makes `count` nodes and an observer on one LAN or two, calls `story`, takes everything down again, processes included,
 * whatever happened, and returns what the story told.
 *
 * Nodes are 192.0.2.11, .12, … (and 198.51.100.11, …); the observer is .200, runs no director and is where
 * frames are captured, so that capturing changes nothing on the nodes.
 */
export async function withLan<T>(
  count: number,
  story: (nodes: readonly Node[], observer: Node) => Promise<T>,
  options: { readonly lans?: 1 | 2 } = {},
): Promise<T> {
  const id = `rgt${process.pid}x${lans++}`; // leftovers.ts reads it
  const prefixes = LAN_PREFIX.slice(0, options.lans ?? 1);
  const bridgeSpace = `${id}-sw`;
  const spaces: string[] = [];
  const nodes: NetnsNode[] = [];
  try {
    await addNamespace(bridgeSpace, spaces);
    await run(["ip", "-n", bridgeSpace, "-batch", "-"], bridgeCommands(prefixes.length));
    for (let i = 0; i <= count; i++) {
      const name = i === count ? `${id}-ob` : `${id}-n${i}`;
      const host = i === count ? OBSERVER_HOST : 11 + i;
      await addNamespace(name, spaces);
      const dir = await mkdtemp(join(tmpdir(), `${name}-`));
      const node = new NetnsNode(name, bridgeSpace, `p${i}`, prefixes.map((prefix) => `${prefix}${host}`), dir);
      nodes.push(node);
      await node.plug();
    }
    const observer = nodes[count];
    if (observer === undefined) throw new Error("a LAN has an observer");
    return await story(nodes.slice(0, count), observer);
  } finally {
    for (const node of nodes) await endProcessesIn(node.name);
    for (const space of spaces) await run(["ip", "netns", "del", space]);
    for (const node of nodes) await rm(node.dir, { recursive: true, force: true });
  }
}

function bridgeCommands(count: number): string {
  return [...Array(count).keys()].map((lan) => `link add br${lan} type bridge stp_state 0 mcast_snooping 0\nlink set br${lan} up`).join("\n");
}

async function addNamespace(name: string, made: string[]): Promise<void> {
  await run(["ip", "netns", "add", name]);
  made.push(name);
}

class NetnsNode implements Node {
  readonly name: string;
  readonly lanAddresses: readonly string[];
  readonly dir: string;
  readonly #bridgeSpace: string;
  /** The switch's end of the cable to LAN 0 is `${port}l0`, to LAN 1 `${port}l1`. */
  readonly #port: string;

  constructor(name: string, bridgeSpace: string, port: string, lanAddresses: readonly string[], dir: string) {
    this.name = name;
    this.#bridgeSpace = bridgeSpace;
    this.#port = port;
    this.lanAddresses = lanAddresses;
    this.dir = dir;
  }

  get address(): string {
    return this.lanAddresses[0] ?? "";
  }

  async plug(): Promise<void> {
    const cables = [...this.lanAddresses.keys()].map((lan) => {
      const port = this.#portOf(lan);
      return `link add ${port} type veth peer name eth${lan} netns ${this.name}\nlink set ${port} master br${lan}\nlink set ${port} up`;
    });
    await run(["ip", "-n", this.#bridgeSpace, "-batch", "-"], cables.join("\n"));
    const interfaces = this.lanAddresses.map((address, lan) => `addr add ${address}/24 dev eth${lan}\nlink set eth${lan} up`);
    await run(["ip", "-n", this.name, "-batch", "-"], `link set lo up\n${interfaces.join("\n")}`);
  }

  exec(...argv: string[]): Promise<string> {
    return run(["ip", "netns", "exec", this.name, ...argv]);
  }

  spawn(argv: readonly string[], stdio: "pipe" | "ignore"): ChildProcess {
    return spawn("ip", ["netns", "exec", this.name, ...argv], { stdio: [stdio, stdio, stdio], cwd: this.dir });
  }

  async addresses(device?: string): Promise<KernelAddress[]> {
    const links = JSON.parse(await run(["ip", "-n", this.name, "-j", "addr", "show", ...(device === undefined ? [] : ["dev", device])])) as IpLink[];
    return links.flatMap((link) => (link.addr_info ?? []).filter((info) => info.local !== undefined).map((info) => kernelAddress(link.ifname ?? "", info)));
  }

  async holds(address: string): Promise<boolean> {
    return (await this.addresses()).some((a) => a.local === address);
  }

  async linkDown(device = "eth0"): Promise<void> {
    await run(["ip", "-n", this.name, "link", "set", device, "down"]);
  }

  async linkUp(device = "eth0"): Promise<void> {
    await run(["ip", "-n", this.name, "link", "set", device, "up"]);
  }

  async carrierDown(lan = 0): Promise<void> {
    await run(["ip", "-n", this.#bridgeSpace, "link", "set", this.#portOf(lan), "down"]);
  }

  async carrierUp(lan = 0): Promise<void> {
    await run(["ip", "-n", this.#bridgeSpace, "link", "set", this.#portOf(lan), "up"]);
  }

  async cut(lan = 0): Promise<void> {
    await run(["bridge", "-n", this.#bridgeSpace, "link", "set", "dev", this.#portOf(lan), "state", "0"]);
  }

  async uncut(lan = 0): Promise<void> {
    await run(["bridge", "-n", this.#bridgeSpace, "link", "set", "dev", this.#portOf(lan), "state", "3"]);
  }

  async mac(device = "eth0"): Promise<string> {
    return (await this.#link(device)).address ?? "";
  }

  async promiscuity(device = "eth0"): Promise<number> {
    const { promiscuity } = await this.#link(device);
    if (promiscuity === undefined) throw new Error("ip -j -d link shows no promiscuity");
    return promiscuity;
  }

  async write(file: string, text: string, mode = 0o644): Promise<string> {
    const path = join(this.dir, file);
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  }

  #portOf(lan: number): string {
    return `${this.#port}l${lan}`;
  }

  async #link(device: string): Promise<IpLink> {
    const [link] = JSON.parse(await run(["ip", "-n", this.name, "-j", "-d", "link", "show", "dev", device])) as IpLink[];
    if (link === undefined) throw new Error(`${this.name} has no ${device}`);
    return link;
  }
}

/** What `ip -j` prints; only what is read here. */
interface IpLink {
  readonly ifname?: string;
  readonly address?: string;
  readonly promiscuity?: number;
  readonly addr_info?: readonly IpAddress[];
}

interface IpAddress {
  readonly family: string;
  readonly local?: string;
  readonly address?: string;
  readonly prefixlen: number;
  readonly broadcast?: string;
  readonly scope: string;
  readonly label?: string;
  readonly protocol?: string;
  readonly preferred_life_time?: number;
  readonly valid_life_time?: number;
  readonly [flag: string]: unknown;
}

const FLAGS = ["secondary", "deprecated", "tentative", "permanent", "noprefixroute", "home", "mngtmpaddr", "nodad", "dynamic"];

function kernelAddress(device: string, info: IpAddress): KernelAddress {
  return {
    device,
    family: info.family,
    local: info.local ?? "",
    ...(info.address === undefined ? {} : { peer: info.address }),
    prefixlen: info.prefixlen,
    ...(info.broadcast === undefined ? {} : { broadcast: info.broadcast }),
    scope: info.scope,
    ...(info.label === undefined ? {} : { label: info.label }),
    ...(info.protocol === undefined ? {} : { protocol: info.protocol }),
    flags: FLAGS.filter((flag) => info[flag] === true),
  };
}

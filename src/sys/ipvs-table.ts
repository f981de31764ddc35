import { KernelError } from "../base/errors.ts";
import type { IpvsDestination, IpvsService, IpvsServiceKey, IpvsSyncDaemon, IpvsTable, IpvsTimeouts } from "../base/ipvs.ts";
import { decodeFamily, encodeGetFamily } from "../net/genetlink.ts";
import {
  decodeConfig,
  decodeDestination,
  decodeInfo,
  decodeService,
  encodeDeleteDaemon,
  encodeDeleteDestination,
  encodeDeleteService,
  encodeDestination,
  encodeDestinationDump,
  encodeFlush,
  encodeGetConfig,
  encodeGetInfo,
  encodeNewDaemon,
  encodeService,
  encodeServiceDump,
  encodeSetConfig,
} from "../net/ipvs-codec.ts";
import { IPVS_CMD_NEW_DEST, IPVS_CMD_NEW_SERVICE, IPVS_CMD_SET_DEST, IPVS_CMD_SET_SERVICE, IPVS_GENL_NAME } from "../net/linux-ip-vs.ts";
import { NETLINK_GENERIC } from "../net/linux-netlink.ts";
import { KernelNetlinkClient } from "./netlink-client.ts";
import { withinNetworkNamespace } from "./network-namespace.ts";

/** The IPVS table of the calling thread's network namespace, over generic netlink. Opened by its first call. */
export class KernelIpvsTable implements IpvsTable {
  readonly #namespace: string | undefined;
  #opened: { readonly netlink: KernelNetlinkClient; readonly family: number } | undefined;

  /** @param namespace path of the network namespace whose table it is; the calling thread's own when undefined */
  constructor(namespace?: string) {
    this.#namespace = namespace;
  }

  version(): string {
    return this.#query("IPVS_CMD_GET_INFO", encodeGetInfo, decodeInfo);
  }

  services(): IpvsService[] {
    const operation = "IPVS_CMD_GET_SERVICE";
    const { netlink, family } = this.#open();
    return netlink.dump(encodeServiceDump(family), operation).map(({ payload }) => mustDecode(decodeService(payload), operation));
  }

  destinations(service: IpvsServiceKey): IpvsDestination[] {
    const operation = `IPVS_CMD_GET_DEST ${describe(service)}`;
    const { netlink, family } = this.#open();
    const found = netlink.dump(encodeDestinationDump(family, service), operation);
    return found.map(({ payload }) => mustDecode(decodeDestination(payload, service.family), operation));
  }

  addService(service: IpvsService): void {
    this.#request(`IPVS_CMD_NEW_SERVICE ${describe(service.key)}`, (family) => encodeService(family, IPVS_CMD_NEW_SERVICE, service));
  }

  setService(service: IpvsService): void {
    this.#request(`IPVS_CMD_SET_SERVICE ${describe(service.key)}`, (family) => encodeService(family, IPVS_CMD_SET_SERVICE, service));
  }

  deleteService(service: IpvsServiceKey): void {
    this.#request(`IPVS_CMD_DEL_SERVICE ${describe(service)}`, (family) => encodeDeleteService(family, service));
  }

  addDestination(service: IpvsServiceKey, destination: IpvsDestination): void {
    const operation = `IPVS_CMD_NEW_DEST ${describe(service)} ${describeDestination(destination)}`;
    this.#request(operation, (family) => encodeDestination(family, IPVS_CMD_NEW_DEST, service, destination));
  }

  setDestination(service: IpvsServiceKey, destination: IpvsDestination): void {
    const operation = `IPVS_CMD_SET_DEST ${describe(service)} ${describeDestination(destination)}`;
    this.#request(operation, (family) => encodeDestination(family, IPVS_CMD_SET_DEST, service, destination));
  }

  deleteDestination(service: IpvsServiceKey, destination: IpvsDestination): void {
    const operation = `IPVS_CMD_DEL_DEST ${describe(service)} ${describeDestination(destination)}`;
    this.#request(operation, (family) => encodeDeleteDestination(family, service, destination));
  }

  flush(): void {
    this.#request("IPVS_CMD_FLUSH", encodeFlush);
  }

  timeouts(): IpvsTimeouts {
    return this.#query("IPVS_CMD_GET_CONFIG", encodeGetConfig, decodeConfig);
  }

  setTimeouts(timeouts: IpvsTimeouts): void {
    this.#request("IPVS_CMD_SET_CONFIG", (family) => encodeSetConfig(family, timeouts));
  }

  /** Starts a synchronisation daemon. @throws KernelError EEXIST when one of this role runs, ENODEV */
  startSyncDaemon(daemon: IpvsSyncDaemon): void {
    this.#request(`IPVS_CMD_NEW_DAEMON ${daemon.role} dev ${daemon.interfaceName}`, (family) => encodeNewDaemon(family, daemon));
  }

  /** @throws KernelError ESRCH when none of this role runs */
  stopSyncDaemon(role: IpvsSyncDaemon["role"]): void {
    this.#request(`IPVS_CMD_DEL_DAEMON ${role}`, (family) => encodeDeleteDaemon(family, role));
  }

  close(): void {
    this.#opened?.netlink.close();
    this.#opened = undefined;
  }

  #request(operation: string, encode: (family: number) => Uint8Array): void {
    const { netlink, family } = this.#open();
    netlink.request(encode(family), operation);
  }

  #query<T>(operation: string, encode: (family: number) => Uint8Array, decode: (payload: Uint8Array) => T | undefined): T {
    const { netlink, family } = this.#open();
    const [reply] = netlink.query(encode(family), operation);
    return mustDecode(reply && decode(reply.payload), operation);
  }

  /** @throws KernelError ENOENT when this kernel has no IPVS */
  #open(): { readonly netlink: KernelNetlinkClient; readonly family: number } {
    if (this.#opened !== undefined) return this.#opened;
    const operation = `CTRL_CMD_GETFAMILY ${IPVS_GENL_NAME}`;
    const open = (): KernelNetlinkClient => KernelNetlinkClient.open(NETLINK_GENERIC);
    const netlink = this.#namespace === undefined ? open() : withinNetworkNamespace(this.#namespace, open);
    try {
      const [reply] = netlink.query(encodeGetFamily(IPVS_GENL_NAME), operation);
      this.#opened = { netlink, family: mustDecode(reply && decodeFamily(reply.payload), operation) };
      return this.#opened;
    } catch (error) {
      netlink.close();
      throw error;
    }
  }
}

function mustDecode<T>(decoded: T | undefined, operation: string): T {
  if (decoded === undefined) throw new KernelError(operation, "EPROTO", "an answer that this program does not understand");
  return decoded;
}

function describe(key: IpvsServiceKey): string {
  return key.type === "fwmark" ? `fwmark ${key.fwmark} IPv${key.family}` : `${key.protocol} [${key.address}]:${key.port}`;
}

function describeDestination({ address, port }: IpvsDestination): string {
  return `[${address}]:${port}`;
}

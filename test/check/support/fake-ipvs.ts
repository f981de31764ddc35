import { KernelError } from "../../../src/base/errors.ts";
import type { IpvsDestination, IpvsService, IpvsServiceKey, IpvsTable, IpvsTimeouts } from "../../../src/base/ipvs.ts";
import { destinationKeyText, serviceKeyText } from "../../../src/ipvs/keys.ts";

/** The kernel's table in memory, with its refusals; `ops` is what it was told, one word group per operation. */
export class FakeIpvs implements IpvsTable {
  readonly table = new Map<string, { service: IpvsService; destinations: Map<string, IpvsDestination> }>();
  ops: string[] = [];
  /** Refuses the next operation that begins with this text, with this code. */
  refuse: { readonly op: string; readonly code: string } | undefined;
  timeoutsNow: IpvsTimeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
  /** Called after each operation. */
  watch: () => void = () => undefined;

  version(): string {
    return "1.2.1";
  }

  services(): IpvsService[] {
    return [...this.table.values()].map(({ service }) => service);
  }

  destinations(key: IpvsServiceKey): IpvsDestination[] {
    return [...(this.table.get(serviceKeyText(key))?.destinations.values() ?? [])];
  }

  addService(service: IpvsService): void {
    const text = serviceKeyText(service.key);
    this.#told(`add service ${text}`);
    if (this.table.has(text)) throw new KernelError(`add ${text}`, "EEXIST");
    this.table.set(text, { service, destinations: new Map() });
    this.watch();
  }

  setService(service: IpvsService): void {
    this.#told(`set service ${serviceKeyText(service.key)} ${service.scheduler}`);
    this.#entry(service.key).service = service;
    this.watch();
  }

  deleteService(key: IpvsServiceKey): void {
    this.#told(`delete service ${serviceKeyText(key)}`);
    this.#entry(key);
    this.table.delete(serviceKeyText(key));
    this.watch();
  }

  addDestination(key: IpvsServiceKey, destination: IpvsDestination): void {
    this.#told(`add ${destination.address} w${destination.weight}`);
    const { destinations } = this.#entry(key);
    const text = destinationKeyText(destination);
    if (destinations.has(text)) throw new KernelError(`add ${text}`, "EEXIST");
    destinations.set(text, destination);
    this.watch();
  }

  setDestination(key: IpvsServiceKey, destination: IpvsDestination): void {
    this.#told(`set ${destination.address} w${destination.weight}`);
    const { destinations } = this.#entry(key);
    const text = destinationKeyText(destination);
    if (!destinations.has(text)) throw new KernelError(`set ${text}`, "ENOENT");
    destinations.set(text, destination);
    this.watch();
  }

  deleteDestination(key: IpvsServiceKey, destination: IpvsDestination): void {
    this.#told(`delete ${destination.address}`);
    if (!this.#entry(key).destinations.delete(destinationKeyText(destination))) throw new KernelError("delete", "ENOENT");
    this.watch();
  }

  flush(): void {
    this.#told("flush");
    this.table.clear();
  }

  timeouts(): IpvsTimeouts {
    return this.timeoutsNow;
  }

  setTimeouts(timeouts: IpvsTimeouts): void {
    this.#told(`timeouts ${timeouts.tcpS} ${timeouts.tcpFinS} ${timeouts.udpS}`);
    const keep = (wanted: number, now: number): number => (wanted === 0 ? now : wanted);
    const now = this.timeoutsNow;
    this.timeoutsNow = { tcpS: keep(timeouts.tcpS, now.tcpS), tcpFinS: keep(timeouts.tcpFinS, now.tcpFinS), udpS: keep(timeouts.udpS, now.udpS) };
  }

  /** What was told since the last call. */
  take(): string[] {
    const taken = this.ops;
    this.ops = [];
    return taken;
  }

  #entry(key: IpvsServiceKey): { service: IpvsService; destinations: Map<string, IpvsDestination> } {
    const entry = this.table.get(serviceKeyText(key));
    if (entry === undefined) throw new KernelError(serviceKeyText(key), "ESRCH");
    return entry;
  }

  #told(op: string): void {
    this.ops.push(op);
    const refusal = this.refuse;
    if (refusal === undefined || !op.startsWith(refusal.op)) return;
    this.refuse = undefined;
    throw new KernelError(op, refusal.code);
  }
}

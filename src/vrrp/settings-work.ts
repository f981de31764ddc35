import type { Log } from "../base/log.ts";
import type { HostNetwork, Setting } from "../base/ports.ts";
import type { KernelView } from "./kernel-view.ts";
import type { RecordPart } from "./record-book.ts";
import type { WantedSetting } from "./wanted-settings.ts";

/** Never the index of an interface. */
const NO_INTERFACE = 0;

/** Settings that are ours while we run, and what they were before. */
export class SettingsWork {
  readonly #network: HostNetwork;
  readonly #record: RecordPart<Setting>;
  readonly #log: Log;
  /** What was there before, by name; recorded. */
  readonly #before = new Map<string, Setting>();
  /** Wanted, with the interface that each was set on; undefined: not there yet. */
  #wanted = new Map<string, WantedSetting & { done: number | undefined }>();

  constructor(network: HostNetwork, record: RecordPart<Setting>, log: Log) {
    this.#network = network;
    this.#record = record;
    this.#log = log;
  }

  /** What a previous run had changed and not put back. */
  adopt(recorded: readonly Setting[]): void {
    for (const setting of recorded) this.#before.set(setting.name, setting);
  }

  /** What a setting had been before we touched it, or is. */
  original(name: string): number | undefined {
    return this.#before.get(name)?.value ?? this.#network.readSetting(name);
  }

  /** From now on what this configuration asks for; what it no longer asks for is put back. */
  configure(wanted: readonly WantedSetting[], kernel: KernelView): void {
    const before = this.#wanted;
    this.#wanted = new Map(wanted.map((one) => [one.name, { ...one, done: before.get(one.name)?.value === one.value ? before.get(one.name)?.done : undefined }]));
    const unwanted = [...this.#before.values()].filter(({ name }) => !this.#wanted.has(name));
    this.#putBack(unwanted);
    this.apply(kernel);
  }

  /** An interface that came, or came again, has its own settings. */
  apply(kernel: KernelView): void {
    for (const one of this.#wanted.values()) {
      const index = one.interface === undefined ? NO_INTERFACE : kernel.linkNamed(one.interface)?.index;
      if (index === undefined || index === one.done) continue;
      one.done = index;
      this.#set(one);
    }
  }

  /** Puts back everything. Never throws. */
  releaseAll(): void {
    this.#wanted.clear();
    this.#putBack([...this.#before.values()]);
  }

  #set({ name, value, atLeast, interface: device }: WantedSetting): void {
    const now = this.#network.readSetting(name);
    if (now === undefined || now === value || (atLeast && now > value)) return;
    // What a previous run has noted is older, and so the truth.
    if (!this.#before.has(name)) this.#before.set(name, { name, value: now });
    this.#record.write([...this.#before.values()]);
    if (device === undefined) this.#log.info(`NOTICE: setting sysctl ${dotted(name)} from ${now} to ${value}`);
    this.#attempt({ name, value });
  }

  #putBack(settings: readonly Setting[]): void {
    for (const setting of settings) {
      if (this.#attempt(setting)) this.#before.delete(setting.name);
    }
    if (settings.length > 0) this.#record.write([...this.#before.values()]);
  }

  /** @returns whether it stands as asked for, or cannot stand at all */
  #attempt(setting: Setting): boolean {
    try {
      if (this.#network.readSetting(setting.name) === undefined) return true; // its interface is gone
      this.#network.writeSetting(setting);
      return true;
    } catch (error) {
      this.#log.error(`cannot set ${setting.name} to ${setting.value}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }
}

/** As sysctl(8) names what has no interface in it. */
function dotted(name: string): string {
  return name.replaceAll("/", ".");
}

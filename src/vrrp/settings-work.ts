import type { Log } from "../base/log.ts";
import type { HostNetwork, Setting } from "../base/ports.ts";
import type { VrrpConfig } from "../conf/model.ts";
import type { KernelView } from "./kernel-view.ts";
import type { RecordPart } from "./record-book.ts";

/** Settings of interfaces that are ours while we run, and what they were before. */
export class SettingsWork {
  readonly #network: HostNetwork;
  readonly #record: RecordPart<Setting>;
  readonly #log: Log;
  /** What was there before, by name; recorded. */
  readonly #before = new Map<string, Setting>();
  /** Wanted, with the interface that each was set on; undefined: not there yet. */
  #wanted = new Map<string, { readonly setting: Setting; readonly interface: string; done: number | undefined }>();

  constructor(network: HostNetwork, record: RecordPart<Setting>, log: Log) {
    this.#network = network;
    this.#record = record;
    this.#log = log;
  }

  /** What a previous run had changed and not put back. */
  adopt(recorded: readonly Setting[]): void {
    for (const setting of recorded) this.#before.set(setting.name, setting);
  }

  /** From now on what this configuration asks for; what it no longer asks for is put back. */
  configure(config: VrrpConfig, kernel: KernelView): void {
    const wanted = config.instances.filter((one) => one.promoteSecondaries && one.interface !== "").map((one) => one.interface);
    const before = this.#wanted;
    this.#wanted = new Map(wanted.map((name) => {
      const setting = { name: `net/ipv4/conf/${name}/promote_secondaries`, value: 1 };
      return [setting.name, { setting, interface: name, done: before.get(setting.name)?.done }];
    }));
    const unwanted = [...this.#before.values()].filter(({ name }) => !this.#wanted.has(name));
    this.#putBack(unwanted);
    this.apply(kernel);
  }

  /** An interface that came, or came again, has its own settings. */
  apply(kernel: KernelView): void {
    for (const one of this.#wanted.values()) {
      const index = kernel.linkNamed(one.interface)?.index;
      if (index === undefined || index === one.done) continue;
      one.done = index;
      this.#set(one.setting);
    }
  }

  /** Puts back everything. Never throws. */
  releaseAll(): void {
    this.#wanted.clear();
    this.#putBack([...this.#before.values()]);
  }

  #set(setting: Setting): void {
    const value = this.#network.readSetting(setting.name);
    if (value === undefined || value === setting.value) return;
    // What a previous run has noted is older, and so the truth.
    if (!this.#before.has(setting.name)) this.#before.set(setting.name, { ...setting, value });
    this.#record.write([...this.#before.values()]);
    this.#attempt(setting);
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

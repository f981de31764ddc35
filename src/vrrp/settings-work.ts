import type { Log } from "../base/log.ts";
import type { HostNetwork, Setting } from "../base/ports.ts";
import type { KernelView } from "./kernel-view.ts";
import type { RecordPart } from "./record-book.ts";
import type { WantedSetting } from "./wanted-settings.ts";

/** Never the index of an interface. */
const NO_INTERFACE = 0;

/** What a setting was before we changed it. */
interface Original {
  readonly setting: Setting;
  /** Of the interface that it belongs to. */
  readonly index: number;
}

/** Settings that are ours while we run, and what they were before. */
export class SettingsWork {
  readonly #network: HostNetwork;
  readonly #record: RecordPart<Setting>;
  readonly #log: Log;
  readonly #kernel: KernelView;
  /** By name; recorded. */
  readonly #originals = new Map<string, Original>();
  /** Wanted, with the interface that each was set on; undefined: not there yet. */
  #wanted = new Map<string, WantedSetting & { done: number | undefined }>();

  constructor(network: HostNetwork, record: RecordPart<Setting>, log: Log, kernel: KernelView) {
    this.#network = network;
    this.#record = record;
    this.#log = log;
    this.#kernel = kernel;
  }

  /** What a previous run had changed and not put back, on the interfaces that have these names now. */
  adopt(recorded: readonly Setting[]): void {
    for (const setting of recorded) {
      const index = this.#indexOf(deviceOf(setting.name));
      if (index !== undefined) this.#originals.set(setting.name, { setting, index });
    }
  }

  /** What a setting had been before we touched it, or is. */
  original(name: string): number | undefined {
    return this.#originals.get(name)?.setting.value ?? this.#read(name);
  }

  /** @returns undefined, too, when it cannot be read, which is said */
  #read(name: string): number | undefined {
    try {
      return this.#network.readSetting(name);
    } catch (error) {
      this.#log.error(`cannot read ${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  /** From now on what this configuration asks for; what it no longer asks for is put back. */
  configure(wanted: readonly WantedSetting[]): void {
    const before = this.#wanted;
    this.#wanted = new Map(wanted.map((one) => [one.name, { ...one, done: before.get(one.name)?.value === one.value ? before.get(one.name)?.done : undefined }]));
    this.apply();
  }

  /** Follows the interfaces: one that came, or came again, has its own settings, and one with another name keeps its own. */
  apply(): void {
    this.#follow();
    this.#putBack([...this.#originals.keys()].filter((name) => !this.#wanted.has(name)));
    const due = [...this.#wanted.values()].filter((one) => {
      const index = this.#indexOf(one.interface);
      if (index === undefined || index === one.done) return false;
      one.done = index;
      return this.#note(one, index);
    });
    if (due.length > 0) this.#write();
    for (const { name, value } of due) this.#attempt({ name, value });
  }

  /** Puts back everything. Never throws. */
  releaseAll(): void {
    this.#wanted.clear();
    this.#follow();
    this.#putBack([...this.#originals.keys()]);
  }

  #indexOf(device: string | undefined): number | undefined {
    return device === undefined ? NO_INTERFACE : this.#kernel.linkNamed(device)?.index;
  }

  /** Settings go with their interface, wherever it goes. */
  #follow(): void {
    const originals = [...this.#originals.values()];
    this.#originals.clear();
    for (const original of originals) {
      const { setting, index } = original;
      const link = this.#kernel.link(index);
      if (index !== NO_INTERFACE && link === undefined) continue;
      const name = link === undefined ? setting.name : ofDevice(setting.name, link.name);
      this.#originals.set(name, name === setting.name ? original : { setting: { name, value: setting.value }, index });
    }
    if (originals.length > 0) this.#write();
  }

  /** @returns whether it has to be set */
  #note({ name, value, atLeast, interface: device }: WantedSetting, index: number): boolean {
    const now = this.#read(name);
    if (now === undefined || now === value || (atLeast && now > value)) return false;
    // What a previous run has noted is older, and so the truth.
    if (!this.#originals.has(name)) this.#originals.set(name, { setting: { name, value: now }, index });
    if (device === undefined) this.#log.info(`NOTICE: setting sysctl ${dotted(name)} from ${now} to ${value}`);
    return true;
  }

  #putBack(names: readonly string[]): void {
    for (const name of names) {
      const original = this.#originals.get(name);
      if (original !== undefined && this.#attempt(original.setting)) this.#originals.delete(name);
    }
    if (names.length > 0) this.#write();
  }

  /** Once for all of them, before the kernel is told; the same again costs nothing. */
  #write(): void {
    this.#record.write([...this.#originals.values()].map(({ setting }) => setting));
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

/** The interface in "net/ipv4/conf/eth0/rp_filter"; undefined: of no interface. */
function deviceOf(name: string): string | undefined {
  const device = name.split("/")[3];
  return device === "all" || device === "default" ? undefined : device;
}

function ofDevice(name: string, device: string): string {
  return name.split("/").with(3, device).join("/");
}

/** As sysctl(8) names what has no interface in it. */
function dotted(name: string): string {
  return name.replaceAll("/", ".");
}

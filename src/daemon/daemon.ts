import { hostname, tmpdir } from "node:os";
import { KernelError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { MILLISECOND, SECOND } from "../base/time.ts";
import type { Clock, Micros } from "../base/time.ts";
import { immovable } from "../conf/immovable.ts";
import type { LoadRequest } from "../conf/load.ts";
import type { GlobalConfig, Script, VrrpConfig } from "../conf/model.ts";
import { parentDump, statsDump, vrrpDump } from "../control/dump.ts";
import type { VrrpEngine } from "../vrrp/engine.ts";
import { EXIT_CONFIG, EXIT_FATAL, EXIT_NO_CONFIG, EXIT_OK, EXIT_PERMISSION } from "./exit-codes.ts";
import type { GuardianLink } from "./guardian-link.ts";
import { encodeLastConfig, forgetLastConfig, readLastConfig } from "./last-config.ts";
import { isRefused, reportLoad } from "./load-report.ts";
import { loadInWorker } from "./loading.ts";
import type { ConfigParts, LoadedConfig } from "./loading.ts";
import type { Generation, WorkerSettings } from "./messages.ts";
import { needed } from "./needed.ts";
import type { Options } from "./options.ts";
import { forgetRecord, identSuffix, ipvsNamespace, noteNamespace, releaseElsewhere } from "./namespace.ts";
import { dumpPath, lastConfigPath, pidFilePaths, recordPath, RUNTIME_DIRECTORY } from "./paths.ts";
import type { DumpName } from "./paths.ts";
import { PidFiles, ensureDirectory } from "./pid-files.ts";
import type { HeldPidFile } from "./pid-files.ts";
import { checkLogPath, checkLogText } from "./reload-check.ts";
import { whileReloading } from "./reload-file.ts";
import { repeatedStates } from "./repeated-states.ts";
import { startupDelay } from "./startup-delay.ts";
import { processName, threadScheduling } from "./thread-scheduling.ts";
import type { ThreadScheduling } from "./thread-scheduling.ts";
import { Threads } from "./threads.ts";
import { runningOn, versionWords } from "./version.ts";

/** What the daemon needs of the system; main.ts fills it in. */
export interface DaemonHost {
  readonly clock: Clock;
  readonly link: GuardianLink;
  /** How often the guardian had to start the daemon again; 0 for the first life. */
  readonly restarts: number;
  wallClockMs(): number;
  /** Since the host was booted. */
  uptimeUs(): Micros;
  /** undefined when another process holds the lock. @throws KernelError EACCES, EROFS … */
  openPidFile(path: string): HeldPidFile | undefined;
  /** @throws KernelError EPERM without CAP_NET_RAW or CAP_NET_ADMIN */
  openVrrp(threads: Threads, installedRecordPath: string, options: Options): VrrpEngine;
  /** Plays a takeover against nothing, so that the real one finds its code compiled. */
  rehearse(config: VrrpConfig): void;
  /** Of the main thread alone. @throws KernelError EPERM */
  schedule(scheduling: ThreadScheduling, log: Log): void;
  /** As `schedule`; what is refused is said. */
  reschedule(scheduling: ThreadScheduling, log: Log): void;
  setUmask(mask: number): void;
  /**
   * Moves the main thread, and with it every thread that is started from now on.
   * @throws KernelError ENOENT, EPERM without CAP_SYS_ADMIN
   */
  enterNetworkNamespace(name: string): void;
  /** A path of the main thread's network namespace that holds after the thread has moved. */
  ownNetworkNamespace(): string;
  /** Undoes what stands in this record, in the namespace that it was made in. @throws Error */
  releaseRecord(path: string): void;
  killGroup(processGroup: number): void;
  /** After it the process no longer holds the terminal it was started from. */
  detachFromTerminal(): void;
  exit(code: number): never;
  /** Ends the process although a thread hangs. */
  forceExit(code: number): never;
}

const DUMP_ANSWER = 1 * SECOND;
const FLUSH = 500 * MILLISECOND;
/** The thread that writes may be loading yet, and there is nothing else to be in time for. */
const FLUSH_AT_START = 20 * SECOND;

/** The daemon's life on the main thread: load, start, reload, dump, stop. Elections themselves are VrrpEngine's. */
export class Daemon {
  readonly #options: Options;
  readonly #host: DaemonHost;
  readonly #threads: Threads;
  /** What the configuration has to say to it is said before the first thread starts. */
  readonly #worker: { -readonly [K in keyof WorkerSettings]: WorkerSettings[K] };
  #engine: VrrpEngine | undefined;
  #parts: ConfigParts | undefined;
  #recordPath: string | undefined;
  readonly #pidFiles: PidFiles;
  #generation: Generation = 0;
  #applied: ((generation: Generation) => void) | undefined;
  /** The start loads too: whoever asks for a reload meanwhile has one after it. */
  #reload: "idle" | "running" | "queued" = "running";
  #stopping = false;

  constructor(options: Options, host: DaemonHost) {
    this.#options = options;
    this.#host = host;
    this.#worker = { options, syslogSuffix: "", ipvsNamespace: undefined };
    this.#threads = new Threads({
      clock: host.clock,
      worker: this.#worker,
      killGroup: (group) => host.killGroup(group),
      trackScriptResult: (name, exit) => this.#engine?.scriptResult(name, exit),
      trackResult: (result) => this.#engine?.trackResult(result),
      bfdResult: (name, up) => this.#engine?.bfdResult(name, up),
      reloadDue: () => this.reload(),
      applied: (generation) => this.#applied?.(generation),
      wallClockMs: () => host.wallClockMs(),
    });
    this.#pidFiles = new PidFiles(this.#threads.parentLog, (path) => host.openPidFile(path));
  }

  /** Resolves when the start is complete; exits the process when it cannot be. */
  async start(remarks: readonly string[]): Promise<void> {
    const log = this.#threads.parentLog;
    log.info(`Starting ${versionWords()}`);
    log.info(runningOn());
    log.info(`Command line: ${process.argv.slice(1).map((word) => `'${word}'`).join(" ")}`);
    for (const remark of remarks) log.warning(remark);

    const parts = this.#partsOfLastLife() ?? (await this.#load());
    if (typeof parts === "number") return this.#giveUp(parts);
    this.#parts = parts;
    const taken = this.#takePidFiles(parts);
    if (taken !== "taken") return this.#giveUp(taken === "running" ? EXIT_OK : EXIT_FATAL);
    this.#host.link.named(processName(parts.global, "parent"));
    // Before this thread goes where it will live.
    if (this.#options.runVrrp) releaseElsewhere(this.#recordOf(parts.global), parts.global.netNamespace, (record) => this.#host.releaseRecord(record), log);
    if (!this.#settle(parts.global)) return this.#giveUp(EXIT_FATAL);
    const umask = this.#options.umask ?? parts.global.umask;
    if (umask !== undefined) this.#host.setUmask(umask);

    this.#threads.startServices();
    await this.#runScript("startup", parts.global.startupScript, parts.global.startupScriptTimeoutUs);
    const { vrrp, checkers, bfd } = needed(this.#options, parts);
    if (vrrp) log.info(`Starting VRRP child process, pid=${process.pid}`);
    if (checkers) log.info(`Starting Healthcheck child process, pid=${process.pid}`);
    if (bfd) log.info(`Starting BFD child process, pid=${process.pid}`);
    const applied = this.#whenApplied(++this.#generation);
    this.#threads.configure(this.#generation, parts, { vrrp, checkers, bfd });
    if (this.#options.runVrrp && !this.#startVrrp(parts)) return this.#giveUp(EXIT_PERMISSION);
    if (parts.vrrp.instances.length === 0 && !parts.hasVirtualServers && parts.bfd.instances.length === 0) log.warning("Warning - keepalived has no configuration to run");
    await applied;
    if (this.#stopping) return;
    log.info("Startup complete");
    this.#threads.keepConfig(this.#lastConfigPath(), encodeLastConfig(parts));
    if (this.#options.dumpConfig) await this.#logConfig();
    this.#host.detachFromTerminal();
    this.#loaded();
  }

  /** The guardian that signals go to has another pid now. */
  guardianReplaced(pid: number): void {
    this.#threads.parentLog.warning(`The guardian process died: a new one (pid ${pid}) watches`);
    this.#pidFiles.parentIs(pid);
  }

  /** Signals reach nobody, and after a crash nobody cleans up, until there is one again. */
  guardianMissing(error: Error): void {
    this.#threads.parentLog.error(`The guardian process died, and no new one can be started (${error.message}): trying again every second`);
  }

  /** HUP: while one reload runs, exactly one more is queued. */
  reload(): void {
    const log = this.#threads.parentLog;
    if (this.#stopping) return;
    if (this.#reload !== "idle") {
      if (this.#reload === "running") log.info("Reload already in progress, request queued");
      this.#reload = "queued";
      return;
    }
    this.#reload = "running";
    this.#host.link.reloading();
    void this.#reloadNow().finally(() => this.#loaded());
  }

  /** What was read is in force, or refused; what was asked for meanwhile comes now. */
  #loaded(): void {
    this.#host.link.ready();
    const again = this.#reload === "queued";
    this.#reload = "idle";
    if (!again) return;
    this.#threads.parentLog.info("Processing queued reload");
    this.reload();
  }

  /** USR1: everything this process knows, under keepalived's file names. */
  async dump(): Promise<void> {
    const { log, parentLog } = this.#threads;
    const { state, useInstance = false } = this.#parts?.global.dumps ?? {};
    const whose = useInstance ? this.#worker.syslogSuffix.replace("_", ".") : "";
    const path = (name: DumpName): string => dumpPath(state, tmpdir(), name, whose);
    parentLog.info(`Printing parent data for process(${process.pid}) on signal`);
    if (this.#parts !== undefined) this.#threads.writeDump(path("keepalived_parent"), parentDump(this.#parts.global));
    if (this.#engine !== undefined) {
      log.info(`Printing VRRP data for process(${process.pid}) on signal`);
      this.#threads.writeDump(path("keepalived"), vrrpDump(this.#engine.status()));
    }
    const { checks, bfd } = await this.#threads.dumps(DUMP_ANSWER);
    if (checks !== undefined) this.#threads.writeDump(path("keepalived_check"), checks);
    if (bfd === undefined) return;
    parentLog.info(`Printing BFD data for process(${process.pid}) on signal`);
    this.#threads.writeDump(path("keepalived_bfd"), bfd);
  }

  /** -d: what the dumps say, in the log. */
  async #logConfig(): Promise<void> {
    const { checks, bfd } = await this.#threads.dumps(DUMP_ANSWER);
    const text = [this.#parts && parentDump(this.#parts.global), this.#engine && vrrpDump(this.#engine.status()), checks, bfd];
    for (const line of text.join("").split("\n")) if (line !== "") this.#threads.parentLog.info(line);
  }

  /** USR2: keepalived's statistics file. */
  dumpStatistics(): void {
    if (this.#engine === undefined) return;
    this.#threads.log.info(`Printing VRRP stats for process(${process.pid}) on signal`);
    this.#threads.writeDump(`${tmpdir()}/keepalived.stats`, statsDump(this.#engine.status()));
  }

  /** TERM and INT. First the network is given up, synchronously; everything slow comes after it and is bounded. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const { link } = this.#host;
    const global = this.#parts?.global;
    const bound = global?.childWaitTimeUs ?? 5 * SECOND;
    const shutdown = global?.shutdownScript === undefined ? 0 : global.shutdownScriptTimeoutUs + 2 * SECOND;
    link.stopping((bound + shutdown + 2 * FLUSH) / MILLISECOND + 1_000);
    this.#threads.parentLog.info("Stopping");
    this.#engine?.stop();
    this.#threads.stopBfd();
    if (global?.shutdownScript !== undefined) {
      await this.#threads.stopChecks(bound);
      await this.#runScript("shutdown", global.shutdownScript, global.shutdownScriptTimeoutUs);
    }
    await this.#threads.stop(bound);
    const { user, system } = process.cpuUsage();
    this.#threads.log.info(`Stopped - used ${seconds(user)} user time, ${seconds(system)} system time`);
    this.#threads.parentLog.info(`Stopped ${versionWords()}`);
    return this.#exit(EXIT_OK);
  }

  /** A bug on the main thread: the virtual network goes at once, the guardian starts us again. */
  release(): void {
    this.#engine?.release();
  }

  #loadRequest(): LoadRequest {
    const { configFile, configId, allConfig, netNamespace } = this.#options;
    return { path: configFile, configId: configId ?? hostname().split(".")[0] ?? "", testing: false, allConfig, netNamespace };
  }

  #lastConfigPath(): string {
    return lastConfigPath(this.#options.runtimeDirectory ?? RUNTIME_DIRECTORY, this.#options);
  }

  /** After a crash: what was running. */
  #partsOfLastLife(): ConfigParts | undefined {
    if (this.#host.restarts === 0) return undefined;
    const log = this.#threads.parentLog;
    log.write("alert", `VRRP child process died: Respawning (restart ${this.#host.restarts})`);
    const parts = readLastConfig(this.#lastConfigPath());
    if (parts !== undefined) log.info("Using the configuration that was running; HUP reads the file again");
    return parts;
  }

  /** @returns an exit code when the daemon must not start */
  async #load(): Promise<ConfigParts | number> {
    const loaded = await loadInWorker(this.#loadRequest());
    reportLoad(loaded, this.#threads.parentLog);
    const refused = isRefused(loaded, this.#threads.parentLog); // said even when there are errors: all of it in one run
    if (loaded.parts === undefined || loaded.exitCodeDaemon !== undefined) return loaded.exitCodeDaemon ?? EXIT_CONFIG;
    return refused ? EXIT_CONFIG : loaded.parts;
  }

  /** "running": another daemon holds a lock; keepalived exits with 0 then. */
  #takePidFiles(parts: ConfigParts): "taken" | "running" | "failed" {
    const runtimeDirectory = this.#options.runtimeDirectory ?? RUNTIME_DIRECTORY;
    try {
      ensureDirectory(runtimeDirectory);
    } catch (error) {
      this.#threads.parentLog.error(`runtime directory ${runtimeDirectory}: ${(error as Error).message}; give another one with --runtime-dir`);
      return "failed";
    }
    return this.#pidFiles.take(pidFilePaths(this.#options, parts.global), needed(this.#options, parts), this.#host.link.pid);
  }

  /** Our name in the log, and the namespace of this thread and of all that it starts. @returns false when there is none such */
  #settle(global: GlobalConfig): boolean {
    const { parentLog } = this.#threads;
    this.#worker.syslogSuffix = identSuffix(global);
    if (this.#worker.syslogSuffix !== "") parentLog.info(`Changing syslog ident to Keepalived${this.#worker.syslogSuffix}`);
    this.#worker.ipvsNamespace = ipvsNamespace(global, () => this.#host.ownNetworkNamespace());
    if (global.netNamespace === undefined) return true;
    try {
      this.#host.enterNetworkNamespace(global.netNamespace);
      return true;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      parentLog.error(`Unable to set network namespace ${global.netNamespace} - exiting: ${error.message}`);
      return false;
    }
  }

  #recordOf(global: GlobalConfig): string {
    return recordPath(this.#options.runtimeDirectory ?? RUNTIME_DIRECTORY, pidFilePaths(this.#options, global).parent);
  }

  #startVrrp(parts: ConfigParts): boolean {
    const record = this.#recordOf(parts.global);
    const { parentLog } = this.#threads;
    this.#recordPath = record;
    try {
      noteNamespace(record, parts.global.netNamespace);
      this.#host.link.record(record);
      this.#host.schedule(threadScheduling(parts.global, "vrrp"), this.#threads.log);
      this.#engine = this.#host.openVrrp(this.#threads, record, this.#options);
      this.#host.rehearse(parts.vrrp);
      const startupDelayUs = startupDelay(parts.vrrp.startupDelayUs, parts.global.vrrp.delayAfterBootUs, this.#host.uptimeUs());
      this.#engine.start({ ...parts.vrrp, startupDelayUs });
      return true;
    } catch (error) {
      if (!(error instanceof KernelError) || !["EPERM", "EACCES"].includes(error.code)) throw error;
      parentLog.error(`${error.message}: VRRP needs CAP_NET_ADMIN and CAP_NET_RAW (and CAP_SYS_NICE for vrrp_rt_priority); run as root or give them to the service`);
      return false;
    }
  }

  async #reloadNow(): Promise<void> {
    const { parentLog } = this.#threads;
    const begun = this.#host.clock.now();
    parentLog.info("Reloading ...");
    const loaded = await this.#loadAgain();
    if (loaded === undefined) return;
    reportLoad(loaded, parentLog);
    const details = this.#parts && checkLogPath(this.#parts.global);
    if (details !== undefined) this.#threads.writeDump(details, checkLogText(loaded));
    const { parts } = loaded;
    const faulty = loaded.exitCodeDaemon !== undefined || loaded.diagnostics.some(({ severity }) => severity === "error");
    if (parts === undefined || faulty || isRefused(loaded, parentLog)) {
      parentLog.error(`New config failed validation${details === undefined ? "" : `, see ${details} for details`}: the running configuration stays as it is`);
      return;
    }
    const immovableBecause = this.#parts && immovable(this.#parts.global, parts.global);
    if (immovableBecause !== undefined) {
      parentLog.error(immovableBecause);
      return;
    }
    if (this.#stopping) return;
    this.#parts = parts;
    const generation = ++this.#generation;
    const applied = this.#whenApplied(generation);
    // The new notification targets first: what the new instances report must find them.
    this.#threads.configure(generation, parts, needed(this.#options, parts));
    this.#host.link.named(processName(parts.global, "parent"));
    if (this.#engine !== undefined) this.#host.reschedule(threadScheduling(parts.global, "vrrp"), this.#threads.log);
    this.#engine?.reload(parts.vrrp);
    if (parts.global.vrrp.fifoWriteStatesOnReload && this.#engine !== undefined) {
      for (const notification of repeatedStates(this.#engine.status())) this.#threads.notify(notification);
    }
    await applied;
    this.#threads.keepConfig(this.#lastConfigPath(), encodeLastConfig(parts));
    parentLog.info(`Reload complete (${Math.round((this.#host.clock.now() - begun) / MILLISECOND)} ms)`);
  }

  /** @returns undefined, and says so, when the loader itself fails: for want of descriptors or memory, or by a bug */
  async #loadAgain(): Promise<LoadedConfig | undefined> {
    const { parentLog } = this.#threads;
    const load = (): Promise<LoadedConfig> => loadInWorker(this.#loadRequest());
    try {
      return this.#parts === undefined ? await load() : await whileReloading(this.#parts.global, parentLog, load);
    } catch (error) {
      parentLog.error(`The new configuration cannot be loaded (${error instanceof Error ? error.message : String(error)}): the running configuration stays as it is`);
      return undefined;
    }
  }

  #whenApplied(generation: Generation): Promise<void> {
    return new Promise((resolve) => {
      this.#applied = (done) => {
        if (done >= generation) resolve();
      };
    });
  }

  async #runScript(which: "startup" | "shutdown", script: Script | undefined, timeoutUs: number): Promise<void> {
    if (script === undefined) return;
    const log = this.#threads.parentLog;
    log.info(`Running ${which} script ${script.text}`);
    const exit = await this.#threads.runScript(script, timeoutUs);
    if (exit === undefined || exit.type === "timedOut") log.info(`${which} script timed out`);
    else if (exit.type === "failed") log.error(`Call of ${which} script ${script.text} failed: ${exit.reason}`);
    else if (exit.type === "exited" && exit.code === 0) log.info(`${which} script succeeded`);
    else log.info(`${which} script failed, status ${exit.type === "exited" ? exit.code : 128 + exit.signal}`);
  }

  async #giveUp(code: number): Promise<never> {
    this.#stopping = true;
    if (code === EXIT_NO_CONFIG || code === EXIT_CONFIG) this.#threads.parentLog.error(`Not started: see the messages above (exit status ${code})`);
    this.#threads.startServices();
    this.#engine?.release();
    this.#threads.stopBfd();
    await this.#threads.flush(FLUSH_AT_START);
    await this.#threads.stop(1 * SECOND);
    return this.#exit(code);
  }

  async #exit(code: number): Promise<never> {
    for (const group of this.#threads.processGroups) this.#host.killGroup(group);
    this.#pidFiles.remove();
    if (this.#pidFiles.any) {
      forgetLastConfig(this.#lastConfigPath());
      if (this.#recordPath !== undefined && code === EXIT_OK) forgetRecord(this.#recordPath);
    }
    const flushed = await this.#threads.flush(FLUSH);
    this.#host.link.bye(code);
    return flushed ? this.#host.exit(code) : this.#host.forceExit(code);
  }
}

/** As keepalived prints CPU times. */
function seconds(us: number): string {
  return (us / SECOND).toFixed(6);
}

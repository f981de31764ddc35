// The C library's calls that Node does not offer, in one place. All are synchronous and take about 2 microseconds.
// Variadic functions (fcntl, prctl, open) are declared with fixed arguments: on Linux's ABIs the registers are the same.

import { getPriority } from "node:os";
import koffi from "koffi";
import { KernelError } from "../base/errors.ts";

const lib = koffi.load(null);

/** A function of the C library; the caller states the type that `definition` means. */
export function libcFunction<F>(definition: string): F {
  const declared: unknown = lib.func(definition);
  return declared as F;
}

const strerror = libcFunction<(errno: number) => string>("const char *strerror(int errnum)");
const cClose = libcFunction<(fd: number) => number>("int close(int fd)");
const cFcntl = libcFunction<(fd: number, command: number, argument: number) => number>("int fcntl(int fd, int cmd, long arg)");
const cOpen = libcFunction<(path: string, flags: number, mode: number) => number>("int open(const char *path, int flags, int mode)");
const cPrctl = libcFunction<(option: number, a: number, b: number, c: number, d: number) => number>(
  "int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)",
);
const cSetScheduler = libcFunction<(pid: number, policy: number, parameter: Uint8Array) => number>(
  "int sched_setscheduler(int pid, int policy, const void *param)",
);
const cGetParameter = libcFunction<(pid: number, parameter: Int32Array) => number>("int sched_getparam(int pid, _Out_ void *param)");
const cGetScheduler = libcFunction<(pid: number) => number>("int sched_getscheduler(int pid)");
const cSetPriority = libcFunction<(which: number, who: number, nice: number) => number>("int setpriority(int which, unsigned int who, int prio)");
const cUmask = libcFunction<(mask: number) => number>("unsigned int umask(unsigned int mask)");
const cKill = libcFunction<(pid: number, signal: number) => number>("int kill(int pid, int sig)");

const ERRNO_NAMES = errnoNames();
let errnoByText: ReadonlyMap<string, string> | undefined;

/** "EEXIST" for 17; "E999" for a number that has no name. */
export function errnoName(errno: number): string {
  return ERRNO_NAMES.get(errno) ?? `E${errno}`;
}

/** The name for strerror's text, for libraries that hand out nothing else. The text itself when it is not one. */
export function errnoNameOfText(text: string): string {
  errnoByText ??= new Map([...ERRNO_NAMES].map(([errno, name]) => [strerror(errno), name]));
  return errnoByText.get(text) ?? text;
}

/** errno of the call just made on this thread, as its name. */
export function lastErrno(): string {
  return errnoName(koffi.errno());
}

/** Hands `result` on. @throws KernelError with errno's name when it is negative */
export function checked(operation: string, result: number): number {
  if (result < 0) throw new KernelError(operation, lastErrno());
  return result;
}

export function closeDescriptor(fd: number): void {
  cClose(fd); // EINTR and EIO leave it closed on Linux; there is nothing to be done about either
}

export const O_RDONLY = 0;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_NOFOLLOW = 0o400000;
export const O_CLOEXEC = 0o2000000;

/** @throws KernelError ENOENT, EACCES … */
export function openDescriptor(path: string, flags: number, mode = 0): number {
  return checked(`open ${path}`, cOpen(path, flags | O_CLOEXEC, mode));
}

const F_DUPFD_CLOEXEC = 1030;
const F_GETFD = 1;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

/** @throws KernelError EBADF */
export function isCloseOnExec(fd: number): boolean {
  return (checked(`F_GETFD ${fd}`, cFcntl(fd, F_GETFD, 0)) & FD_CLOEXEC) !== 0;
}

/** @throws KernelError EBADF */
export function setCloseOnExec(fd: number, closeOnExec = true): void {
  checked(`F_SETFD ${fd}`, cFcntl(fd, F_SETFD, closeOnExec ? FD_CLOEXEC : 0));
}

/** The number that the next descriptor of this process gets, unless another thread opens one first. */
export function nextDescriptor(): number {
  const fd = checked("F_DUPFD_CLOEXEC", cFcntl(0, F_DUPFD_CLOEXEC, 0));
  cClose(fd);
  return fd;
}

const PR_SET_TIMERSLACK = 29;

/** For `setTimerSlack`: what the thread began with. */
export const DEFAULT_TIMER_SLACK = 0;

/** How late the kernel may deliver the calling thread's sleeps, in nanoseconds; 50,000 unless set. */
export function setTimerSlack(nanoseconds: number): void {
  checked("PR_SET_TIMERSLACK", cPrctl(PR_SET_TIMERSLACK, nanoseconds, 0, 0, 0));
}

const PR_SET_NAME = 15;
const cPrctlText = libcFunction<(option: number, text: string) => number>("int prctl(int option, const char *text)");

const PR_GET_NAME = 16;
const NAME_LEN = 16;
const cPrctlName = libcFunction<(option: number, text: Uint8Array) => number>("int prctl(int option, _Out_ void *text)");

export function threadName(): string {
  const name = new Uint8Array(NAME_LEN);
  checked("PR_GET_NAME", cPrctlName(PR_GET_NAME, name));
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
}

/** What ps shows of the calling thread, and of the process when it is the main thread. @param name at most 15 octets; what is longer is cut */
export function setThreadName(name: string): void {
  checked("PR_SET_NAME", cPrctlText(PR_SET_NAME, name));
}

export const SCHED_OTHER = 0;
export const SCHED_RR = 2;
const SCHED_RESET_ON_FORK = 0x40000000;

/** sched_setscheduler's policy, flags included, and its priority: 1-99 of realtime, else 0. */
export interface SchedulingPolicy {
  readonly policy: number;
  readonly priority: number;
}

/** Of the calling thread. */
export function schedulingPolicy(): SchedulingPolicy {
  const parameter = new Int32Array(1);
  checked("sched_getparam", cGetParameter(0, parameter));
  return { policy: checked("sched_getscheduler", cGetScheduler(0)), priority: parameter[0] ?? 0 };
}

/** Of the calling thread. @throws KernelError EPERM without CAP_SYS_NICE and without RLIMIT_RTPRIO */
export function setSchedulingPolicy({ policy, priority }: SchedulingPolicy): void {
  const parameter = new Uint8Array(Int32Array.of(priority).buffer);
  checked(`sched_setscheduler ${(policy & ~SCHED_RESET_ON_FORK) === SCHED_RR ? "SCHED_RR" : policy} ${priority}`, cSetScheduler(0, policy, parameter));
}

/**
 * Makes the calling thread realtime; threads and processes that it creates are ordinary again.
 *
 * @param priority 1-99
 * @throws KernelError EPERM without CAP_SYS_NICE and without RLIMIT_RTPRIO
 */
export function setRealtime(priority: number): void {
  setSchedulingPolicy({ policy: SCHED_RR | SCHED_RESET_ON_FORK, priority });
}

/** SCHED_OTHER, SCHED_RR … of the calling thread, without SCHED_RESET_ON_FORK. */
export function scheduler(): number {
  return schedulingPolicy().policy & ~SCHED_RESET_ON_FORK;
}

/** Nice value of the calling thread, -20 to 19. */
export function nice(): number {
  return getPriority(); // of "process" 0, which to Linux is the thread that asks
}

/** The same. @throws KernelError EACCES, EPERM */
export function setNice(nice: number): void {
  checked(`setpriority ${nice}`, cSetPriority(0, 0, nice));
}

/** @returns the previous mask */
export function setUmask(mask: number): number {
  return cUmask(mask);
}

/** Sends to every process of the group. @returns false when there is none any more. @throws KernelError EPERM */
export function killGroup(processGroup: number, signal: number): boolean {
  // 0 and 1 would mean our own group and every process of the machine.
  if (!Number.isInteger(processGroup) || processGroup <= 1) throw new RangeError(`not a process group of ours: ${processGroup}`);
  if (cKill(-processGroup, signal) === 0) return true;
  const code = lastErrno();
  if (code === "ESRCH") return false;
  throw new KernelError(`kill ${signal} group ${processGroup}`, code);
}

function errnoNames(): ReadonlyMap<number, string> {
  const aliases = new Set(["EWOULDBLOCK", "ENOTSUP", "EDEADLOCK"]);
  return new Map(
    Object.entries(koffi.os.errno)
      .filter(([name]) => !aliases.has(name))
      .map(([name, errno]) => [errno, name]),
  );
}

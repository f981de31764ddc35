import { checked, closeDescriptor, libcFunction, openDescriptor, O_RDWR } from "./libc.ts";

// What a process does to itself as a daemon; main thread only.

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;
const SIG_IGN = 1n;
const SIGRTMIN = 34;
const SIGRTMAX = 64;
const WNOHANG = 1;

const cSocketPair = libcFunction<(domain: number, type: number, protocol: number, fds: Int32Array) => number>(
  "int socketpair(int domain, int type, int protocol, int *sv)",
);
const cDup2 = libcFunction<(from: number, to: number) => number>("int dup2(int oldfd, int newfd)");
const cSignal = libcFunction<(signal: number, handler: bigint) => unknown>("intptr_t signal(int signum, intptr_t handler)");
const cWaitPid = libcFunction<(pid: number, status: null, options: number) => number>("int waitpid(int pid, void *status, int options)");

/** Two connected stream sockets, both close-on-exec; the caller owns both. @throws KernelError EMFILE */
export function streamSocketPair(): readonly [number, number] {
  const fds = new Int32Array(2);
  checked("socketpair", cSocketPair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, fds));
  return [fds[0] ?? -1, fds[1] ?? -1];
}

/** Standard input, output and error become /dev/null: the daemon no longer holds the terminal or pipe it was started from. */
export function closeStandardStreams(): void {
  const nothing = openDescriptor("/dev/null", O_RDWR);
  for (const fd of [0, 1, 2]) checked("dup2", cDup2(nothing, fd));
  if (nothing > 2) closeDescriptor(nothing);
}

/** Node cannot handle real-time signals, and unhandled they kill: exporters send SIGRTMIN+2 to ask keepalived for JSON. */
export function ignoreRealtimeSignals(): void {
  for (let signal = SIGRTMIN; signal <= SIGRTMAX; signal++) cSignal(signal, SIG_IGN);
}

/** Collects a dead child that its worker, dead too, can no longer collect. @returns whether it had ended */
export function reapChild(pid: number): boolean {
  return cWaitPid(pid, null, WNOHANG) !== 0;
}

/** A system call or a netlink request that the kernel refused. */
export class KernelError extends Error {
  override readonly name = "KernelError";
  /** Symbolic errno, e.g. "EEXIST"; what callers branch on. */
  readonly code: string;
  /** What was attempted, e.g. "RTM_NEWADDR 192.0.2.1/24 dev eth0". */
  readonly operation: string;

  constructor(operation: string, code: string, detail = "") {
    super(`${operation}: ${code}${detail && ` (${detail})`}`);
    this.operation = operation;
    this.code = code;
  }
}

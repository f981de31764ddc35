import { setFlagsFromString } from "node:v8";

/**
 * From now on V8 keeps what it has compiled. Otherwise it drops the code of functions that have not been called for a few
 * collections, and a director that has been BACKUP for a day would compile its takeover while it is at it.
 */
export function keepCompiledCode(): void {
  setFlagsFromString("--no-flush-bytecode");
}

/** Makes a switch that misses a case fail to compile; reached at run time only through a broken message. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}`);
}

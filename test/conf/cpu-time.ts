/** Milliseconds of processor time since `process.cpuUsage()` said `started`: what others do on the machine does not count. */
export function cpuMs(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1_000;
}

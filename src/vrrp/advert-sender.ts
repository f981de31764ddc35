import { MILLISECOND } from "../base/time.ts";
import { PRIORITY_STOP } from "./advert.ts";
import { advertPackets } from "./advert-packets.ts";
import type { AdvertSockets } from "./advert-sockets.ts";
import type { VrrpHost } from "./host.ts";
import { nextIdentification } from "./instance.ts";
import type { Instance } from "./instance.ts";

/**
 * One advert of an instance, to its group or to each of its peers. A peer that cannot be reached keeps none of the others
 * from hearing; the advert counts as sent, with its sequence number and stamp, when any packet left.
 */
export function sendAdvert(instance: Instance, priority: number, { host, sockets }: { readonly host: VrrpHost; readonly sockets: AdvertSockets }): void {
  const { config, source, stats } = instance;
  if (source === undefined) {
    host.log.info(`No address yet for ${config.interface}`);
    return;
  }
  const open = sockets.get(instance.socketKey);
  if (open === undefined) return; // cannot be MASTER without; on the way out there is nobody to tell
  const now = { priority, source, identification: nextIdentification(instance), wallUs: host.wallClockMs() * MILLISECOND };
  const { adverts, memory } = advertPackets(config, now, { receive: instance.memory, stamp: instance.stamp });
  const failures: string[] = [];
  for (const { destination, packet, ipv6 } of adverts) {
    try {
      open.socket.send(packet, destination, ipv6);
    } catch (error) {
      // ENETDOWN, ENODEV …: the interface's events say what follows from it; the next advert is tried all the same.
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  const [failure] = failures;
  if (failure !== undefined && !instance.sendFailing) host.log.warning(`(${config.name}): send advert error (${failure})`);
  instance.sendFailing = failure !== undefined;
  if (failures.length === adverts.length) return;
  instance.memory = memory.receive;
  instance.stamp = memory.stamp;
  instance.lastSent = adverts;
  instance.lastSource = source;
  stats.advertSent++;
  if (priority === PRIORITY_STOP) stats.priZeroSent++;
}

import type { Config, SyncGroup } from "../model.ts";
import { addressText } from "./addresses.ts";
import { printInstance, printNotify } from "./instance.ts";
import { routeText, ruleText } from "./routing.ts";
import { printBfd, printTracked, printTrackFile, printTrackProcess, printTrackScript } from "./trackers.ts";
import { quoted, secondsText } from "./writer.ts";
import type { Writer } from "./writer.ts";

/** Static objects, trackers, groups and instances, with their notifications. */
export function printVrrp(writer: Writer, config: Config): void {
  const { vrrp, bfd } = config;
  printLinks(writer, config);
  for (const { name, members } of vrrp.trackGroups) writer.block(`track_group ${quoted(name)}`, () => writer.list("group", members.map(quoted)));
  writer.list("static_ipaddress", vrrp.staticAddresses.map(addressText));
  writer.list("static_routes", vrrp.staticRoutes.map(routeText));
  writer.list("static_rules", vrrp.staticRules.map(ruleText));
  for (const instance of bfd.instances) printBfd(writer, instance);
  for (const script of vrrp.scripts) printTrackScript(writer, script);
  for (const file of vrrp.trackFiles) printTrackFile(writer, file);
  for (const process of vrrp.trackProcesses) printTrackProcess(writer, process);
  for (const group of vrrp.syncGroups) printSyncGroup(writer, group, config);
  for (const instance of vrrp.instances) printInstance(writer, instance, config);
}

function printLinks(writer: Writer, { vrrp: { linkbeat, interfaceUpDownDelays, garpGroups } }: Config): void {
  writer.flag("linkbeat_use_polling", linkbeat.usePolling);
  writer.list("linkbeat_interfaces", linkbeat.interfaces.map(({ interface: name, method }) => `${quoted(name)}${method === undefined ? "" : ` ${method}`}`));
  writer.list("interface_up_down_delays", interfaceUpDownDelays.map(({ interface: name, downUs, upUs }) => `${quoted(name)} ${secondsText(downUs)} ${secondsText(upUs)}`));
  for (const { interfaces, garpIntervalUs, gnaIntervalUs } of garpGroups) {
    writer.block("garp_group", () => {
      writer.value("garp_interval", garpIntervalUs === undefined ? undefined : secondsText(garpIntervalUs));
      writer.value("gna_interval", gnaIntervalUs === undefined ? undefined : secondsText(gnaIntervalUs));
      writer.list("interfaces", interfaces.map(quoted));
    });
  }
}

function printSyncGroup(writer: Writer, group: SyncGroup, config: Config): void {
  writer.block(`vrrp_sync_group ${quoted(group.name)}`, () => {
    writer.list("group", group.members.map(quoted));
    printTracked(writer, group, config.vrrp);
    writer.flag("sync_group_tracking_weight", group.syncGroupTrackingWeight);
    const target = config.notify.groups.get(group.name);
    if (target !== undefined) printNotify(writer, target);
  });
}

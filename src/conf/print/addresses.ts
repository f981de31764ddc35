import { familyOf } from "../../base/ip.ts";
import type { StaticTracking, VirtualAddress } from "../model.ts";
import { quoted } from "./writer.ts";

/** The line of an address. With a far end the prefix length is the far end's. */
export function addressText(address: VirtualAddress & Partial<StaticTracking>): string {
  const { peer, prefixLength } = address;
  const words = peer === undefined ? [`${address.address}/${prefixLength}`] : [address.address, "peer", `${peer}/${prefixLength}`];
  words.push("dev", quoted(address.interface));
  const v4 = familyOf(address.address) === 4;
  if (v4) words.push("scope", String(address.scope));
  if (address.broadcast !== undefined) words.push("broadcast", address.broadcast);
  if (address.label !== undefined) words.push("label", quoted(address.label));
  if (address.preferredLifetimeS !== undefined) words.push("preferred_lft", String(address.preferredLifetimeS));
  else if (!v4) words.push("preferred_lft", "forever");
  const flags = {
    home: address.home,
    "-nodad": address.duplicateDetection,
    mngtmpaddr: address.managedTemporary,
    noprefixroute: address.noPrefixRoute,
    autojoin: address.autojoin,
    no_track: !address.track,
    use_vmac: address.useVmac,
  };
  for (const [word, on] of Object.entries(flags)) if (on) words.push(word);
  if (address.trackGroup !== undefined) words.push("track_group", quoted(address.trackGroup));
  return words.join(" ");
}

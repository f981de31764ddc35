import type { InstanceDraft, IpvlanDraft, VmacDraft } from "../drafts.ts";
import type { Word } from "../grammar.ts";
import type { Reader } from "../keyword.ts";
import { INT_MAX } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { Line, readPrefix } from "./line.ts";
import { routingState } from "./routing-names.ts";

/** IFNAMSIZ without the terminating NUL. */
const LONGEST_INTERFACE_NAME = 15;

function isInterfaceName(text: string): boolean {
  return Buffer.byteLength(text) <= LONGEST_INTERFACE_NAME && !/[\s/]/.test(text) && text !== "." && text !== "..";
}

/** `[[name] NAME] [MAC] [netlink_notify_msg] [group N]`. */
export const readUseVmac: Reader<InstanceDraft> = (reading, draft, statement) => {
  const [at] = statement.words;
  if (at === undefined) return;
  const line = new Line(reading, statement);
  line.take();
  const vmac: VmacDraft = draft.vmac ?? { at, netlinkNotifyMsg: false };
  draft.vmac = vmac;
  for (let word = line.take(); word !== undefined; word = line.take()) {
    if (word.text === "netlink_notify_msg") vmac.netlinkNotifyMsg = true;
    else if (word.text === "group") readGroup(line, vmac);
    else if (word.text === "name") {
      const name = line.required();
      if (name !== undefined) setVmacName(reading, vmac, name);
    } else if (word.text.includes(":")) readMac(reading, vmac, word);
    else setVmacName(reading, vmac, word);
  }
};

function setVmacName(reading: Reading, vmac: VmacDraft, word: Word): void {
  if (vmac.name !== undefined) return reading.problem("general-error", "VMAC interface name already specified", word);
  if (isInterfaceName(word.text)) vmac.name = word.text;
  else reading.problem("general-error", `VMAC interface name '${word.text}' too long or invalid characters - ignoring`, word);
}

/** VRRP's own addresses, RFC 9568 section 7.3: theirs is the default. */
const RFC_PREFIX = /^00:00:5e:00:0[12]$/;

/** 5 or 6 octets. */
function readMac(reading: Reading, vmac: VmacDraft, word: Word): void {
  const octets = word.text.split(":");
  if ((octets.length !== 5 && octets.length !== 6) || !octets.every((octet) => /^[0-9a-fA-F]{1,2}$/.test(octet))) {
    return reading.problem("general-error", `VMAC invalid MAC address ${word.text} - ignored`, word);
  }
  const mac = Uint8Array.from(octets, (octet) => Number.parseInt(octet, 16));
  if (((mac[0] ?? 0) & 1) !== 0) return reading.problem("general-error", `VMAC MAC address is multicast ${word.text} - ignoring`, word);
  if (RFC_PREFIX.test([...mac.slice(0, 5)].map((octet) => octet.toString(16).padStart(2, "0")).join(":"))) {
    return reading.problem("general-error", `VMAC MAC address ${word.text} is one of VRRP's own - ignoring`, word, { remedy: "leave it out: the right one is the default" });
  }
  vmac.mac = mac;
}

/** `group N|NAME` of the link. */
function readGroup(line: Line, draft: { group?: number }): void {
  const word = line.required();
  if (word === undefined) return;
  const group = routingState(line.reading).names.find("group", word.text, INT_MAX);
  if (group === undefined) line.reading.problem("general-error", `Invalid interface group '${word.text}' - ignoring`, word);
  else draft.group = group;
}

/** `[[name] NAME] [IP] [bridge|private|vepa] [group N]`. */
export const readUseIpvlan: Reader<InstanceDraft> = (reading, draft, statement) => {
  const [at] = statement.words;
  if (at === undefined) return;
  const line = new Line(reading, statement);
  line.take();
  const ipvlan: IpvlanDraft = draft.ipvlan ?? { at };
  draft.ipvlan = ipvlan;
  for (let word = line.take(); word !== undefined; word = line.take()) {
    if (word.text === "bridge" || word.text === "private" || word.text === "vepa") {
      if (ipvlan.mode === undefined) ipvlan.mode = word.text;
      else reading.problem("general-error", `(${draft.name}) ipvlan type already specified - ignoring '${word.text}'`, word);
    } else if (word.text === "group") readGroup(line, ipvlan);
    else if (word.text === "name") {
      const name = line.required();
      if (name !== undefined) setIpvlanName(reading, draft, ipvlan, name);
    } else if (/[:.]/.test(word.text) && /^[0-9a-fA-F:.]+(?:\/[0-9]+)?$/.test(word.text)) {
      const address = readPrefix(reading, word);
      if (address !== undefined) ipvlan.address = address;
    } else setIpvlanName(reading, draft, ipvlan, word);
  }
};

function setIpvlanName(reading: Reading, draft: InstanceDraft, ipvlan: IpvlanDraft, word: Word): void {
  if (ipvlan.name !== undefined) return reading.problem("general-error", `(${draft.name}) IPVLAN interface already specified - ignoring '${word.text}'`, word);
  if (isInterfaceName(word.text)) ipvlan.name = word.text;
  else reading.problem("general-error", `ipvlan interface name '${word.text}' too long or invalid characters - ignoring`, word);
}

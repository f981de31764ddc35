import { addressBytes, familyOf, isMulticast, parseIpAddress } from "../../base/ip.ts";
import type { IpAddress } from "../../base/ip.ts";
import type { AddressDraft, InstanceDraft } from "../drafts.ts";
import type { Statement, Word } from "../grammar.ts";
import { readInteger, UINT_MAX } from "../numbers.ts";
import type { Reading } from "../reading.ts";
import { joinFamily } from "./instance.ts";
import { readPrefix } from "./line.ts";
import { routingState } from "./routing-names.ts";

const LONGEST_LABEL = 15;

/** A line of `virtual_ipaddress`. */
export function readVirtualAddress(reading: Reading, draft: InstanceDraft, statement: Statement): void {
  const entry = readAddress(reading, statement, false);
  if (entry === undefined) return;
  if (!draft.dualStack && !joinFamily(draft, entry.address)) {
    return reading.problem("general-error", `(${draft.name}): address family must match VRRP instance [${entry.at.text}] - ignoring`, entry.at);
  }
  draft.addresses.push(entry);
}

/** A line of `virtual_ipaddress_excluded`; both families are welcome. */
export function readExcludedAddress(reading: Reading, draft: InstanceDraft, statement: Statement): void {
  const entry = readAddress(reading, statement, false);
  if (entry !== undefined) draft.excluded.push(entry);
}

/** A line of `garp_extra`: an address, and where it is announced. */
export function readGarpExtra(reading: Reading, draft: InstanceDraft, statement: Statement): void {
  const [at, dev, device, more] = statement.words;
  if (at === undefined) return;
  const address = parseIpAddress(at.text);
  if (address === undefined || isMulticast(address)) return reading.problem("general-error", `(${draft.name}) garp_extra: '${at.text}' is not an address that can be announced`, at);
  if (dev !== undefined && (dev.text !== "dev" || device === undefined || more !== undefined)) {
    return reading.problem("general-error", `(${draft.name}) garp_extra: behind the address comes 'dev' with an interface, and nothing else`, more ?? dev);
  }
  draft.garpExtra.push({ at, address, ...(device === undefined ? {} : { interface: device }) });
}

/**
 * `IP[/LEN]` and the options of `ip address`; undefined after a message.
 *
 * @param isStatic knows `track_group`, and not `use_vmac`
 */
export function readAddress(reading: Reading, statement: Statement, isStatic: boolean): AddressDraft | undefined {
  const [at] = statement.words;
  const parsed = at === undefined ? undefined : readPrefix(reading, at);
  if (at === undefined || parsed === undefined) return undefined;
  const draft: AddressDraft = {
    at,
    ...parsed,
    home: false,
    noPrefixRoute: false,
    managedTemporary: false,
    autojoin: false,
    duplicateDetection: false,
    track: true,
    useVmac: false,
  };
  for (let i = 1; i < statement.words.length; ) {
    const used = readOption(reading, draft, statement.words, i, isStatic);
    if (used === undefined) return undefined;
    i += used;
  }
  return draft;
}

/** @returns how many words the option takes; undefined drops the address */
function readOption(reading: Reading, draft: AddressDraft, words: readonly Word[], at: number, isStatic: boolean): 1 | 2 | undefined {
  const option = words[at];
  const value = words[at + 1];
  if (option === undefined) return undefined;
  switch (option.text) {
    case "home":
      draft.home = true;
      return 1;
    case "-nodad":
      draft.duplicateDetection = true; // keepalived suppresses detection; this word cancels that
      return 1;
    case "mngtmpaddr":
      draft.managedTemporary = true;
      return 1;
    case "noprefixroute":
      draft.noPrefixRoute = true;
      return 1;
    case "autojoin":
      draft.autojoin = true;
      return 1;
    case "no_track":
      draft.track = false;
      return 1;
    case "use_vmac":
      if (isStatic) break;
      draft.useVmac = true;
      return 1;
  }
  if (!VALUED.includes(option.text) && !(isStatic && option.text === "track_group")) {
    reading.problem("general-error", `Unknown configuration entry '${option.text}' for ip address - ignoring`, option);
    return 1;
  }
  if (value === undefined) {
    reading.problem("general-error", `No ${option.text} parameter specified for ${draft.at.text}`, option);
    return 2;
  }
  return readValue(reading, draft, option, value) ? 2 : undefined;
}

const VALUED = ["dev", "scope", "broadcast", "brd", "label", "peer", "preferred_lft"];

/** @returns false when the address goes */
function readValue(reading: Reading, draft: AddressDraft, option: Word, value: Word): boolean {
  switch (option.text) {
    case "dev":
      draft.interface = value;
      return true;
    case "scope":
      return readScope(reading, draft, value);
    case "broadcast":
    case "brd":
      return readBroadcast(reading, draft, option, value);
    case "label":
      if (familyOf(draft.address) === 6) {
        reading.problem("general-error", `Cannot specify label for IPv6 addresses (${draft.at.text}) - ignoring label`, value);
        return true;
      }
      if (Buffer.byteLength(value.text) <= LONGEST_LABEL) {
        draft.label = value.text;
        return true;
      }
      reading.problem("general-error", `Address label ${value.text} is longer than maximum length ${LONGEST_LABEL} - removing address`, value);
      return false;
    case "peer":
      return readPeer(reading, draft, value);
    case "preferred_lft": {
      const lifetime = value.text === "forever" ? "forever" : readInteger(reading, value, 0, UINT_MAX);
      if (lifetime === undefined) reading.problem("general-error", `preferred_lft ${value.text} is invalid`, value);
      else draft.preferredLifetimeS = lifetime;
      return true;
    }
    default:
      draft.trackGroup = value;
      return true;
  }
}

function readScope(reading: Reading, draft: AddressDraft, value: Word): boolean {
  if (familyOf(draft.address) === 6) {
    reading.problem("general-error", `Cannot specify scope for IPv6 addresses (${draft.at.text}) - ignoring scope`, value);
    return true;
  }
  const scope = routingState(reading).names.find("rt_scopes", value.text, 255);
  if (scope === undefined) reading.problem("general-error", `Invalid scope '${value.text}' specified for ${draft.at.text} - ignoring`, value);
  else draft.scope = scope;
  return true;
}

function readBroadcast(reading: Reading, draft: AddressDraft, option: Word, value: Word): boolean {
  if (familyOf(draft.address) === 6) {
    reading.problem("general-error", `VRRP is trying to assign a broadcast ${option.text} to the IPv6 address ${draft.at.text} !!?? WTF... skipping VIP...`, value);
    return false;
  }
  if (value.text === "+" || value.text === "-") {
    draft.broadcast = value.text;
    return true;
  }
  const broadcast = parseIpAddress(value.text);
  if (broadcast !== undefined && familyOf(broadcast) === 4) {
    draft.broadcast = broadcast;
    return true;
  }
  reading.problem("general-error", `VRRP is trying to assign invalid broadcast ${value.text}. skipping VIP...`, value);
  return false;
}

function readPeer(reading: Reading, draft: AddressDraft, value: Word): boolean {
  if (draft.at.text.includes("/")) {
    reading.problem("general-error", "Cannot specify address prefix when specifying peer address - ignoring", value);
    return true;
  }
  const peer = readPrefix(reading, value);
  if (peer === undefined || familyOf(peer.address) !== familyOf(draft.address)) {
    reading.problem("general-error", `Invalid peer address ${value.text}`, value);
    return false;
  }
  draft.peer = peer.address;
  draft.peerPrefixLength = peer.prefixLength;
  return true;
}

/** `+` sets all host bits, `-` clears them; IPv4 with a prefix shorter than 31. */
export function computeBroadcast(address: IpAddress, prefixLength: number, form: "+" | "-"): IpAddress | undefined {
  if (familyOf(address) !== 4 || prefixLength > 30) return undefined;
  const bytes = addressBytes(address);
  const value = new DataView(bytes.buffer).getUint32(0);
  const hostBits = 2 ** (32 - prefixLength) - 1;
  const broadcast = form === "+" ? (value | hostBits) >>> 0 : (value & ~hostBits) >>> 0;
  return parseIpAddress([broadcast >>> 24, (broadcast >>> 16) & 255, (broadcast >>> 8) & 255, broadcast & 255].join("."));
}

import { familyOf } from "../../base/ip.ts";
import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Word } from "../grammar.ts";
import type { Encap } from "../model/routing.ts";
import { readInteger } from "../numbers.ts";
import { readPlainAddress, readUint64 } from "./line.ts";
import type { Line } from "./line.ts";
import { routingState } from "./routing-names.ts";

// `encap ip|ip6|mpls|ila OPTIONS` of a route or next hop. An option that is wrong is left to the reader of the route, who
// stumbles over it a second time and drops the route, as keepalived does.

const LARGEST_LABEL = 2 ** 20 - 1;

/** What follows `encap`; undefined after a message. */
export function readEncap(line: Line): Encap | undefined {
  const type = line.take();
  switch (type?.text) {
    case undefined:
      line.reading.problem("general-error", "Missing encap type", undefined);
      return undefined;
    case "ip":
      return readTunnel(line, 4);
    case "ip6":
      return readTunnel(line, 6);
    case "mpls":
      return readLabels(line);
    case "ila":
      return readLocator(line);
    default:
      line.reading.problem("general-error", `Unknown encap type - ${type?.text ?? ""}`, type);
      return undefined;
  }
}

interface TunnelDraft {
  id?: string | undefined;
  dst?: IpAddress;
  src?: IpAddress;
  tos?: number;
  ttl?: number;
  flags?: number;
}

/** The words of both families for the same octet of the header. */
const TOS = { 4: "tos", 6: "tc" } as const;
const TTL = { 4: "ttl", 6: "hoplimit" } as const;

function readTunnel(line: Line, family: IpFamily): Encap | undefined {
  const draft: TunnelDraft = {};
  const name = family === 4 ? "ip" : "ip6";
  for (let start = line.position; ; start = line.position) {
    const option = line.next?.text;
    if (option !== "id" && option !== "dst" && option !== "src" && option !== "flags" && option !== TOS[family] && option !== TTL[family]) break;
    line.take();
    const value = line.required();
    if (value === undefined || !readTunnelOption(line, draft, option, value, family, name)) {
      line.rewind(start);
      return undefined;
    }
  }
  const { id, dst, src, tos, ttl, flags } = draft;
  if (id === undefined && dst === undefined) {
    line.reading.problem("general-error", `address or id missing for ${name} encapsulation`, line.next);
    return undefined;
  }
  return family === 4 ? { type: "ip", id, dst, src, tos, ttl, flags } : { type: "ip6", id, dst, src, tc: tos, hoplimit: ttl, flags };
}

/** @returns false after a message */
function readTunnelOption({ reading }: Line, draft: TunnelDraft, option: string, value: Word, family: IpFamily, name: string): boolean {
  const bad = (message: string): false => {
    reading.problem("general-error", message, value);
    return false;
  };
  switch (option) {
    case "id":
      draft.id = readUint64(reading, value);
      return draft.id !== undefined || bad(`encap id ${value.text} value is invalid`);
    case "dst":
    case "src": {
      const address = readPlainAddress(reading, value);
      if (address === undefined) return bad(`Invalid encap ${name} ${option} ${value.text}`);
      if (familyOf(address) !== family) return bad(`IPv${familyOf(address)} address ${value.text} not valid for ${name} encapsulation`);
      draft[option] = address;
      return true;
    }
    case "tos": {
      const tos = routingState(reading).names.find("rt_dsfield", value.text, 255);
      if (tos === undefined) return bad(`dsfield ${value.text} not valid for ip encapsulation`);
      draft.tos = tos;
      return true;
    }
    case "tc": {
      const tc = routingState(reading).names.find("rt_dsfield", value.text, 255);
      if (tc === undefined) return bad(`tc value ${value.text} is invalid for ip6 encapsulation`);
      draft.tos = tc;
      return true;
    }
    case "ttl":
    case "hoplimit": {
      const ttl = readInteger(reading, value, 0, 255);
      if (ttl === undefined) return bad(option === "ttl" ? `ttl ${value.text} is not valid for ip encapsulation` : `Invalid hoplimit ${value.text} specified for ip6 encapsulation`);
      draft.ttl = ttl;
      return true;
    }
    default: {
      const flags = readInteger(reading, value, 0, 65_535);
      if (flags === undefined) return bad(`flags ${value.text} is not valid for ${name} encapsulation`);
      draft.flags = flags;
      return true;
    }
  }
}

/** `LABEL[/LABEL...]`. */
function readLabels(line: Line): Encap | undefined {
  const word = line.take();
  if (word === undefined) {
    line.reading.problem("general-error", "missing address for MPLS encapsulation", undefined);
    return undefined;
  }
  const labels = word.text.split("/").map((text) => (/^[0-9]{1,7}$/.test(text) && Number(text) <= LARGEST_LABEL ? Number(text) : undefined));
  const valid = labels.filter((label) => label !== undefined);
  if (valid.length === labels.length) return { type: "mpls", labels: valid };
  line.reading.problem("general-error", `invalid mpls address ${word.text} for encapsulation`, word);
  return undefined;
}

/** `HEX:HEX:HEX:HEX`. */
function readLocator(line: Line): Encap | undefined {
  const word = line.take();
  if (word === undefined) {
    line.reading.problem("general-error", "missing locator for ILA encapsulation", undefined);
    return undefined;
  }
  if (/^[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4}){3}$/.test(word.text)) {
    return { type: "ila", locator: word.text.split(":").map((group) => Number.parseInt(group, 16).toString(16)).join(":") };
  }
  line.reading.problem("general-error", `invalid locator ${word.text} for ila encapsulation`, word);
  return undefined;
}

import { familyOf } from "../../base/ip.ts";
import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Word } from "../grammar.ts";
import type { Encap, Nexthop, Realms } from "../model/routing.ts";
import { readInteger } from "../numbers.ts";
import { readEncap } from "./encap.ts";
import { readPlainAddress } from "./line.ts";
import type { Line } from "./line.ts";
import { parseRealms } from "./realms.ts";

interface NexthopDraft {
  via?: IpAddress;
  interface?: string;
  weight: number;
  onlink: boolean;
  encap?: Encap;
  realms?: Realms;
}

/**
 * What follows `nexthop`, up to the next one or to what is no option of it; undefined after a message.
 *
 * @param family the route's, when something has decided it
 * @param devices is given the words of devices
 */
export function readNexthop(line: Line, family: IpFamily | undefined, devices: Word[]): { readonly value: Nexthop; readonly family: IpFamily | undefined } | undefined {
  const draft: NexthopDraft = { weight: 1, onlink: false };
  while (line.next !== undefined) {
    const [option, start] = [line.next, line.position];
    line.take();
    switch (option.text) {
      case "via":
        if (!readVia(line, draft, family)) return undefined;
        break;
      case "dev": {
        const device = line.required();
        if (device === undefined) return undefined;
        draft.interface = device.text;
        devices.push(device);
        break;
      }
      case "weight":
        if (!readWeight(line, draft)) return undefined;
        break;
      case "onlink":
        draft.onlink = true;
        break;
      case "encap": {
        const encap = readEncap(line);
        if (encap === undefined) return undefined;
        draft.encap = encap;
        break;
      }
      case "realms":
        if (!readRealms(line, draft)) return undefined;
        break;
      default:
        line.rewind(start);
        return finish(draft);
    }
  }
  return finish(draft);
}

function finish({ via, interface: device, weight, onlink, encap, realms }: NexthopDraft): { value: Nexthop; family: IpFamily | undefined } {
  return { value: { via, interface: device, weight, onlink, encap, realms }, family: via === undefined ? undefined : familyOf(via) };
}

function readVia(line: Line, draft: NexthopDraft, family: IpFamily | undefined): boolean {
  const { reading } = line;
  const [inet, inet6] = [line.takeIf("inet"), line.takeIf("inet6")];
  const word = line.required();
  if (word === undefined) return false;
  if ((inet && family === 6) || (inet6 && family === 4)) {
    reading.problem("general-error", "IPv4/6 mismatch for nexthop", word);
    return false;
  }
  const address = readPlainAddress(reading, word);
  if (address === undefined) {
    reading.problem("general-error", `invalid nexthop address ${word.text}`, word);
    return false;
  }
  const wanted = family ?? (inet ? 4 : inet6 ? 6 : undefined);
  if (wanted !== undefined && familyOf(address) !== wanted) {
    reading.problem("general-error", "Address family mismatch for next hop", word);
    return false;
  }
  draft.via = address;
  return true;
}

function readWeight(line: Line, draft: NexthopDraft): boolean {
  const word = line.required();
  if (word === undefined) return false;
  const weight = readInteger(line.reading, word, 0, 256);
  if (weight === undefined || weight === 0) {
    line.reading.problem("general-error", `Invalid weight ${word.text} specified for route`, word);
    return false;
  }
  draft.weight = weight;
  return true;
}

function readRealms(line: Line, draft: NexthopDraft): boolean {
  const word = line.required();
  if (word === undefined) return false;
  const realms = parseRealms(line.reading, word.text);
  if (realms === undefined) {
    line.reading.problem("general-error", `Invalid realms ${word.text} for route`, word);
    return false;
  }
  draft.realms = realms;
  return true;
}

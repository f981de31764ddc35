import { ignored } from "../forms.ts";
import type { EntryTable, KeywordTable } from "../keyword.ts";

/** `SSL`. */
export const SSL: KeywordTable<unknown> = {
  password: { argument: "STRING", default: "none", meaning: "pass phrase of the key file", effect: "report", form: ignored({}) },
  ca: { argument: "PATH", default: "none", meaning: "CA file loaded (peer is not verified)", effect: "report", form: ignored({}) },
  certificate: { argument: "PATH", default: "none", meaning: "client certificate", effect: "report", form: ignored({}) },
  key: { argument: "PATH", default: "none", meaning: "client private key", effect: "report", form: ignored({}) },
};

/** `virtual_server_group`. */
export const VIRTUAL_SERVER_GROUP: EntryTable = {
  "<IP>": { argument: "IP [PORT]", range: "port 0-65535", default: "port 0", meaning: "one address", effect: "refuse" },
  "<IP-RANGE>": { argument: "IP-N|IP-IP [PORT]", range: "last octet or hextet only", default: "port 0", meaning: "consecutive addresses, one service each", effect: "refuse" },
  "<IP/MASK>": { argument: "IP/LEN [PORT]", range: "host bits zero", default: "port 0", meaning: "every address of a network", effect: "refuse" },
  fwmark: { argument: "N [inet|inet6]", range: "0-UINT32", default: "ip_family of service", meaning: "packets carrying a firewall mark", effect: "refuse" },
};

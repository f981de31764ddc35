import type { TlsCredentialsDraft } from "../drafts.ts";
import type { EntryTable, KeywordTable } from "../keyword.ts";
import { credential } from "../readers/credentials.ts";

/** `SSL`. */
export const SSL: KeywordTable<TlsCredentialsDraft> = {
  password: { argument: "STRING", default: "none", meaning: "pass phrase of the key file", effect: "report", form: credential("password", "password") },
  ca: { argument: "PATH", default: "none", meaning: "CA file loaded (peer is not verified)", effect: "report", form: credential("ca", "cafile") },
  certificate: { argument: "PATH", default: "none", meaning: "client certificate", effect: "report", form: credential("certificate", "certfile") },
  key: { argument: "PATH", default: "none", meaning: "client private key", effect: "report", form: credential("key", "keyfile") },
};

/** Lines of `virtual_server_group`; read by readers/group.ts. */
export const VIRTUAL_SERVER_GROUP: EntryTable = {
  "<IP>": { argument: "IP [PORT]", range: "port 0-65535", default: "port 0", meaning: "one address", effect: "refuse" },
  "<IP-RANGE>": { argument: "IP-N|IP-IP [PORT]", range: "last octet or hextet only", default: "port 0", meaning: "consecutive addresses, one service each", effect: "refuse" },
  "<IP/MASK>": { argument: "IP/LEN [PORT]", range: "host bits zero", default: "port 0", meaning: "every address of a network", effect: "refuse" },
  fwmark: { argument: "N [inet|inet6]", range: "0-UINT32", default: "ip_family of service", meaning: "packets carrying a firewall mark", effect: "refuse" },
};

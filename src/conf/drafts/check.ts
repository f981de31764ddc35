import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Word } from "../grammar.ts";
import type { CheckedUrl, CheckerConfig, DnsType, Forwarding, GroupEntry, Protocol, ReplyOctet, Tunnel } from "../model.ts";
import type { ScriptDraft } from "../script.ts";
import type { AccountDraft } from "./account.ts";

/** What virtual server, real server and checker hand down to one another. */
export interface CheckerDefaultsDraft {
  alpha?: boolean;
  retry?: number;
  delayBeforeRetryUs?: Micros;
  delayLoopUs?: Micros;
  warmupUs?: Micros;
  connectTimeoutUs?: Micros;
  virtualHost?: string;
}

export interface UrlDraft {
  path?: string;
  digest?: string;
  statusCodes?: CheckedUrl["statusCodes"];
  virtualHost?: string;
  regex?: string;
  regexNoMatch: boolean;
  regexOptions: readonly string[];
  regexMinOffset: number;
  regexMaxOffset?: number;
  regexStack?: { readonly start: number; readonly max: number };
  tlsCompliant?: boolean;
}

/** Where a checking socket connects to and from. */
export interface SocketDraft {
  connectAddress?: IpAddress;
  connectPort?: number;
  bindAddress?: IpAddress;
  bindPort?: number;
  bindInterface?: string;
  connectTimeoutUs?: Micros;
  fwmark?: number;
}

/** When to ask. */
export interface ScheduleDraft {
  alpha?: boolean;
  retry?: number;
  delayBeforeRetryUs?: Micros;
  delayLoopUs?: Micros;
  warmupUs?: Micros;
  logAllFailures?: boolean;
}

/** A checker of any type; each has its own of these. */
export interface CheckerDraft extends SocketDraft, ScheduleDraft {
  readonly at: Word;
  readonly type: CheckerConfig["type"];
  virtualHost?: string;
  httpProtocol: "1.0" | "1.0C" | "1.1";
  fastRecovery: boolean;
  readonly urls: UrlDraft[];
  enableSni?: boolean;
  sniName?: string;
  tlsCompliant: boolean;
  script?: ScriptDraft;
  timeoutUs?: Micros;
  dynamic: boolean;
  account?: AccountDraft;
  heloName?: string;
  readonly hosts: SocketDraft[];
  dnsType?: DnsType;
  dnsName?: string;
  payload?: readonly number[];
  requireReply?: readonly ReplyOctet[];
  minReplyLength?: number;
  maxReplyLength?: number;
  trackFile?: Word;
  weight?: number;
  reverse?: boolean;
  bfd?: Word;
}

/** A forwarding method with its tunnel. */
export interface ForwardingDraft {
  readonly method: Forwarding;
  readonly tunnel: Tunnel | undefined;
}

export interface RealServerDraft extends CheckerDefaultsDraft {
  readonly at: Word;
  readonly address: IpAddress;
  readonly port: number | undefined;
  weight?: number;
  forwarding?: ForwardingDraft;
  inhibitOnFailure?: boolean;
  upperThreshold: number;
  lowerThreshold: number;
  smtpAlert?: boolean;
  notifyUp?: ScriptDraft;
  notifyDown?: ScriptDraft;
  snmpName?: string;
  readonly checkers: CheckerDraft[];
}

export type ServiceDraft =
  | { readonly type: "address"; readonly address: IpAddress; readonly port: number }
  | { readonly type: "fwmark"; readonly fwmark: number }
  | { readonly type: "group"; readonly name: Word };

export interface GroupDraft {
  readonly at: Word;
  readonly name: string;
  readonly entries: GroupEntry[];
}

/** The `SSL` block. */
export interface TlsCredentialsDraft {
  password?: string;
  ca?: string;
  certificate?: string;
  key?: string;
}

export interface VirtualServerDraft extends CheckerDefaultsDraft {
  readonly at: Word;
  readonly service: ServiceDraft;
  family?: IpFamily;
  scheduler?: string;
  readonly schedulerFlags: Set<"flag-1" | "flag-2" | "flag-3">;
  forwarding?: ForwardingDraft;
  onePacket: boolean;
  persistenceTimeoutS?: number;
  persistenceEngine?: string;
  persistenceGranularity?: { readonly at: Word; readonly prefixLength: number; readonly family: IpFamily };
  protocol?: Protocol;
  haSuspend: boolean;
  omega: boolean;
  quorum: number;
  hysteresis: number;
  weight?: number;
  inhibitOnFailure: boolean;
  quorumUp?: ScriptDraft;
  quorumDown?: ScriptDraft;
  smtpAlert?: boolean;
  snmpName?: string;
  sorryServer?: { readonly at: Word; readonly address: IpAddress; readonly port: number | undefined };
  sorryServerInhibit: boolean;
  sorryServerForwarding?: ForwardingDraft;
  readonly realServers: RealServerDraft[];
}

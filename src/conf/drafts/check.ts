import type { IpAddress, IpFamily } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Word } from "../grammar.ts";
import type { CheckedUrl, Forwarding, Protocol } from "../model.ts";
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
}

export interface CheckerDraft extends CheckerDefaultsDraft {
  readonly at: Word;
  readonly type: "TCP_CHECK" | "HTTP_GET" | "MISC_CHECK";
  connectAddress?: IpAddress;
  connectPort?: number;
  bindAddress?: IpAddress;
  bindPort?: number;
  bindInterface?: string;
  fwmark: number;
  logAllFailures?: boolean;
  httpProtocol: "1.0" | "1.0C" | "1.1";
  fastRecovery: boolean;
  readonly urls: UrlDraft[];
  script?: ScriptDraft;
  timeoutUs?: Micros;
  dynamic: boolean;
  account?: AccountDraft;
}

export interface RealServerDraft extends CheckerDefaultsDraft {
  readonly at: Word;
  readonly address: IpAddress;
  readonly port: number | undefined;
  weight?: number;
  forwarding?: Forwarding;
  inhibitOnFailure?: boolean;
  upperThreshold: number;
  lowerThreshold: number;
  smtpAlert?: boolean;
  notifyUp?: ScriptDraft;
  notifyDown?: ScriptDraft;
  readonly checkers: CheckerDraft[];
}

export type ServiceDraft =
  | { readonly type: "address"; readonly address: IpAddress; readonly port: number }
  | { readonly type: "fwmark"; readonly fwmark: number }
  | { readonly type: "group"; readonly name: string };

export interface VirtualServerDraft extends CheckerDefaultsDraft {
  readonly at: Word;
  readonly service: ServiceDraft;
  family?: IpFamily;
  scheduler?: string;
  readonly schedulerFlags: Set<"flag-1" | "flag-2" | "flag-3">;
  forwarding?: Forwarding;
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
  sorryServer?: { readonly at: Word; readonly address: IpAddress; readonly port: number | undefined };
  sorryServerInhibit: boolean;
  sorryServerForwarding?: Forwarding;
  readonly realServers: RealServerDraft[];
}

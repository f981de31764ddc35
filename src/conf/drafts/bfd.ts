import type { IpAddress } from "../../base/ip.ts";
import type { Micros } from "../../base/time.ts";
import type { Word } from "../grammar.ts";

export interface BfdDraft {
  readonly at: Word;
  readonly name: string;
  neighbor?: { readonly at: Word; readonly address: IpAddress };
  source?: { readonly at: Word; readonly address: IpAddress };
  /** It was written wrongly: the instance goes. */
  unusable: boolean;
  minRxUs?: Micros;
  minTxUs?: Micros;
  idleTxUs?: Micros;
  multiplier?: number;
  passive: boolean;
  ttl?: number;
  maxHops?: number;
  multihop: boolean;
  weight: number;
  reverse: boolean;
  vrrp: boolean;
  checker: boolean;
}

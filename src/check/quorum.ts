/** What a virtual server's quorum is decided from. */
export interface QuorumInputs {
  readonly quorum: number;
  readonly hysteresis: number;
  /** Sum of the weights of the live real servers. */
  readonly weight: number;
  /** How many real servers are live, whatever their weight. */
  readonly alive: number;
}

/** Gained at quorum + hysteresis; lost below quorum - hysteresis, or when nothing is alive. Between, it stays as it is. */
export function quorumUp(was: boolean, { quorum, hysteresis, weight, alive }: QuorumInputs): boolean {
  if (was) return alive > 0 && weight >= quorum - hysteresis;
  return alive > 0 && weight >= quorum + hysteresis;
}

/** "Gained quorum 1+0=1 <= 2" without the first two words, as in log lines. */
export function gainedText({ quorum, hysteresis, weight }: QuorumInputs): string {
  return `${quorum}+${hysteresis}=${quorum + hysteresis} <= ${weight}`;
}

export function lostText({ quorum, hysteresis, weight }: QuorumInputs): string {
  return `${quorum}-${hysteresis}=${quorum - hysteresis} > ${weight}`;
}

/**
 * keepalived's mails put the numbers of a lost quorum like those of a gained one, whatever they say: quorum and
 * hysteresis with their threshold "below which", then "<=" and the weight.
 */
export function lostMailText({ quorum, hysteresis, weight }: QuorumInputs): string {
  return `${quorum}+${hysteresis}=${quorum - hysteresis} <= ${weight}`;
}

/** RFC 5880 section 4.1, "Diag": why the sender's session last left the state Up. */
export const DIAGNOSTIC = {
  none: 0,
  detectionTimeExpired: 1,
  neighborSignaledDown: 3,
} as const;

const TEXTS = [
  "No Diagnostic",
  "Control Detection Time Expired",
  "Echo Function Failed",
  "Neighbor Signaled Session Down",
  "Forwarding Plane Reset",
  "Path Down",
  "Concatenated Path Down",
  "Administratively Down",
  "Reverse Concatenated Path Down",
];

/** @param code 0..31; from 9 on they are reserved */
export function diagnosticText(code: number): string {
  return TEXTS[code] ?? `Unknown (${code})`;
}

/** Rows whose example is still to be written: "BLOCK KEYWORD". Shrinks to nothing. */
export const VRRP_PENDING: readonly string[] = [];

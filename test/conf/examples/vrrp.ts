import type { BlockExamples } from "./example.ts";

/** Examples for the blocks of VRRP, by the names of `BLOCKS`. */
export const VRRP_EXAMPLES: Readonly<Record<string, BlockExamples>> = {
  vrrp_sync_group: {
    frame: (lines) => `vrrp_sync_group VG1 {\n${lines}\n}\n`,
    keywords: {},
  },
};

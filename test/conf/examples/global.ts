import type { BlockExamples } from "./example.ts";

/** Examples for the top level and the process-wide blocks, by the names of `BLOCKS`. */
export const GLOBAL_EXAMPLES: Readonly<Record<string, BlockExamples>> = {
};

import type { BlockExamples } from "./example.ts";

/** Examples for the blocks of checks and balancing, by the names of `BLOCKS`. */
export const CHECK_EXAMPLES: Readonly<Record<string, BlockExamples>> = {
};

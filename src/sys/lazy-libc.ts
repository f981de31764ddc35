import { createRequire } from "node:module";
import type Koffi from "koffi";

const require = createRequire(import.meta.url);
let loaded: typeof Koffi | undefined;

/** koffi, loaded when first asked for: a configuration without wildcards and accounts is tested without it. */
export function lazyKoffi(): typeof Koffi {
  loaded ??= require("koffi") as typeof Koffi;
  return loaded;
}

/** A function of the C library, bound when it is first called; the caller states the type that `definition` means. */
export function lazyLibcFunction<A extends unknown[], R>(definition: string): (...args: A) => R {
  let bound: ((...args: A) => R) | undefined;
  return (...args) => {
    if (bound === undefined) {
      const declared: unknown = lazyKoffi().load(null).func(definition);
      bound = declared as (...args: A) => R;
    }
    return bound(...args);
  };
}

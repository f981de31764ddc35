import type { LoadEnvironment } from "./environment.ts";

const LARGEST_RANDOM = 32_767;

/**
 * `$_PWD`, `$_INSTANCE`, `$_HASH`, `$_BANG`, `${_ENV NAME}`, `${_RANDOM}`, `${_RANDOM MAX}` and `${_RANDOM MIN MAX}`.
 *
 * @param directory of the file that is being read
 * @returns undefined when it is none of them, or has words that it does not take
 */
export function predefined(environment: LoadEnvironment, configId: string, directory: string, name: string, words: readonly string[]): string | undefined {
  switch (name) {
    case "_PWD":
      return environment.files.realPath(directory) ?? directory;
    case "_INSTANCE":
      return configId;
    case "_HASH":
      return "#";
    case "_BANG":
      return "!";
    case "_ENV":
      return words[0] === undefined ? undefined : (environment.env[words[0]] ?? "");
    case "_RANDOM":
      return randomNumber(environment, words);
    default:
      return undefined;
  }
}

function randomNumber(environment: LoadEnvironment, words: readonly string[]): string | undefined {
  const limits = words.map(Number);
  if (limits.length > 2 || limits.some((limit) => !Number.isSafeInteger(limit))) return undefined;
  const max = limits.at(-1) ?? LARGEST_RANDOM;
  const min = limits.length === 2 ? (limits[0] ?? 0) : 0;
  return min > max ? undefined : String(environment.random(min, max));
}

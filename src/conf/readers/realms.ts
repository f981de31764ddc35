import type { Realms } from "../model/routing.ts";
import type { Reading } from "../reading.ts";
import { routingState } from "./routing-names.ts";

/** `[FROM/]TO`, each a number or a name of rt_realms; undefined when it is neither. */
export function parseRealms(reading: Reading, text: string): Realms | undefined {
  const { names } = routingState(reading);
  const numbers = text.split("/").map((part) => names.find("rt_realms", part, 255));
  const [first, second] = numbers;
  if (first === undefined || numbers.length > 2 || (numbers.length === 2 && second === undefined)) return undefined;
  return second === undefined ? { from: 0, to: first } : { from: first, to: second };
}

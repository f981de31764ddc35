import type { Config } from "./model.ts";

// The model as JSON: names as in the model, every field written (null where there is nothing), octets as hexadecimal.

/** Fields that hold a password or a key, in whatever part of the model. */
const SECRETS = new Set(["password", "secret"]);
/** As keepalived writes `auth_data`. */
export const HIDDEN = "********";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Described in doc/config.md; fields may be added with new keywords. */
export interface ConfigDocument {
  readonly format: "regent-config";
  readonly version: 1;
  readonly config: Json;
}

/** @param showSecrets otherwise passwords and keys are eight asterisks */
export function configJson(config: Config, showSecrets: boolean): string {
  const document: ConfigDocument = { format: "regent-config", version: 1, config: plain(config, showSecrets) };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** Plain data of the model as JSON. @throws Error for what is no plain data, which would be a bug of the model */
export function plain(value: unknown, showSecrets: boolean, field = ""): Json {
  if (value === undefined || value === null) return null;
  if (SECRETS.has(field) && !showSecrets) return HIDDEN;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (value instanceof Map) return plain(Object.fromEntries(value as Map<string, unknown>), showSecrets, field);
  if (Array.isArray(value)) return value.map((item: unknown) => plain(item, showSecrets));
  switch (typeof value) {
    case "boolean":
    case "string":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw new Error(`${field} is ${value}, which JSON does not have`);
    case "object":
      return Object.fromEntries(Object.entries(value).map(([name, inner]: [string, unknown]) => [name, plain(inner, showSecrets, name)]));
    default:
      throw new Error(`${field} is a ${typeof value}, which is no plain data`);
  }
}

export function isSecret(field: string): boolean {
  return SECRETS.has(field);
}

import { SECOND } from "../base/time.ts";
import type { InstanceDraft } from "./drafts.ts";
import type { Authentication, AuthHmac, VrrpInstance } from "./model.ts";
import type { Reading } from "./reading.ts";

/** What of the instance authentication depends on. */
export type Facts = Pick<VrrpInstance, "version" | "family" | "strictMode" | "advertIntervalUs">;

export function resolveAuthentication(reading: Reading, draft: InstanceDraft, facts: Facts): Pick<VrrpInstance, "authentication" | "authHmac"> {
  const authHmac = resolveAuthHmac(reading, draft, facts);
  return { authentication: resolvePassword(reading, draft, facts, authHmac !== undefined), authHmac };
}

const NONE: Authentication = { type: "none" };

function resolvePassword(reading: Reading, draft: InstanceDraft, { version, family, strictMode }: Facts, signed: boolean): Authentication {
  const { name, at, authType, authPass = "" } = draft;
  if (authType === undefined) return NONE;
  const refused = (message: string): Authentication => {
    const remedy = authPass === "" ? "write auth_pass, or remove the authentication block" : "remove the authentication block";
    reading.problem("general-error", `(${name}) ${message}`, reading.written(at, "authentication") ?? at, { code: "contradiction", remedy });
    return NONE;
  };
  if (strictMode) return refused("Strict mode does not support authentication. Ignoring.");
  if (version === 3) return refused("VRRP version 3 does not support authentication. Ignoring.");
  if (authPass === "") return refused("Authentication specified but no password given. Ignoring");
  if (authType === "AH" && family === 6) return refused("AH authentication is not supported with IPv6. Ignoring.");
  if (signed) return refused("authentication cannot be combined with auth_hmac. Ignoring.");
  const password = new Uint8Array(8);
  password.set(Buffer.from(authPass).subarray(0, 8));
  return { type: authType === "AH" ? "ah" : "pass", password };
}

const SHORTEST_WINDOW_S = 5;
const LONGEST_WINDOW_S = 300;

function resolveAuthHmac(reading: Reading, { name, at, authHmac: draft }: InstanceDraft, { strictMode, advertIntervalUs }: Facts): AuthHmac | undefined {
  if (draft === undefined) return undefined;
  const { activeKey } = draft;
  if (activeKey === undefined || !draft.keys.some(({ id }) => id === activeKey.id)) {
    const message = activeKey === undefined ? "auth_hmac has no active_key" : `auth_hmac active_key ${activeKey.id} is not defined`;
    reading.problem("general-error", `(${name}) ${message} - disabling`, activeKey?.at ?? at, { remedy: "name a key of this block as the active one" });
    return undefined;
  }
  let { mode = "enforce" } = draft;
  if (strictMode && mode !== "enforce") {
    reading.problem("general-error", `(${name}) strict mode requires auth_hmac mode enforce - resetting`, at);
    mode = "enforce";
  }
  return {
    keys: draft.keys.map(({ id, secret, file }) => ({ id, secret, file })),
    activeKey: activeKey.id,
    timeWindowS: draft.timeWindowS ?? Math.min(LONGEST_WINDOW_S, Math.max(SHORTEST_WINDOW_S, Math.ceil((3 * advertIntervalUs) / SECOND))),
    antiReplay: draft.antiReplay ?? "time",
    mode,
  };
}

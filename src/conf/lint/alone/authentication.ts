import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { VrrpInstance } from "../../model.ts";

type Code = "auth-pass-too-long" | "auth-in-version-3" | "auth-without-password" | "auth-pass-in-clear" | "auth-and-hmac";

const PASSWORD_OCTETS = 8;

/** `authentication`, which promises more than VRRP can keep. */
export const AUTHENTICATION_RULE = rule<Code>({
  subject: "Authentication",
  codes: {
    "auth-pass-too-long": {
      severity: "warning",
      title: "only eight octets of auth_pass count",
      explanation:
        "An advert has room for eight octets of password. keepalived cuts the rest off, so two long passwords with the same beginning are the same, and a longer one adds no security. Other implementations may refuse it.",
      replaces: /(?:Truncating auth_pass|auth_pass .*8|password .*(?:truncat|8 char))/i,
    },
    "auth-in-version-3": {
      severity: "warning",
      title: "version 3 has no authentication",
      explanation: "VRRPv3 has no authentication data; keepalived drops the block. 'auth_hmac' (keepalived 2.4.2 and later) signs adverts of both versions.",
      replaces: /authentication .*(?:version 3|VRRPv3|v3)|(?:version 3|VRRPv3).*authentication/i,
    },
    "auth-without-password": {
      severity: "warning",
      title: "authentication without a password is none",
      explanation: "Without auth_pass the whole authentication block is dropped and adverts go out unauthenticated, which the other director, if it has a password, rejects: both become MASTER.",
      replaces: /Authentication specified but no password given/,
    },
    "auth-pass-in-clear": {
      severity: "info",
      title: "auth_type PASS is sent in clear",
      explanation:
        "The password is in every advert for everybody on the segment to read; RFC 5798 removed it for that reason. It keeps two pairs with one virtual router id apart, no more. What helps: a segment of its own, unicast with min_ttl 255, or 'auth_hmac' on both directors.",
    },
    "auth-and-hmac": {
      severity: "warning",
      title: "authentication beside auth_hmac is dropped",
      explanation: "The two cannot be combined: with auth_hmac keepalived drops the authentication block. A peer that still wants the password rejects the adverts.",
      replaces: /auth_hmac.*authentication|authentication.*auth_hmac/i,
    },
  },
  find: (file) => file.config.vrrp.instances.flatMap((instance) => [...ofInstance(file, instance)]),
});

function* ofInstance(file: LintedFile, { name, version }: VrrpInstance): Generator<Found<Code>, void> {
  const entry = file.outline.instance(name);
  const block = entry?.last("authentication");
  if (entry === undefined || block === undefined) return;
  const pass = entry.last("authentication", "auth_pass");
  const type = entry.last("authentication", "auth_type");
  const octets = Buffer.byteLength(pass?.name ?? "");
  if (entry.has("auth_hmac")) {
    yield { code: "auth-and-hmac", at: block.place(), reason: `${name} has auth_hmac, so its authentication block is dropped`, remedy: "remove one of the two", related: [entry.last("auth_hmac")?.related("auth_hmac is here") ?? block.related("here")] };
    return;
  }
  if (version === 3) {
    yield { code: "auth-in-version-3", at: block.place(), reason: `${name} speaks version 3, so its authentication block is dropped`, remedy: "remove the block, or use auth_hmac on both directors" };
    return;
  }
  if (type !== undefined && octets === 0) {
    yield { code: "auth-without-password", at: type.place(), reason: `${name} has an auth_type and no auth_pass: its adverts are not authenticated`, remedy: "add auth_pass, or remove the block" };
  }
  if (pass !== undefined && octets > PASSWORD_OCTETS) {
    yield {
      code: "auth-pass-too-long",
      at: pass.place(1),
      // The secret itself is not repeated: findings end up in the logs of CI.
      reason: `${name}: the password has ${octets} octets, of which the first ${PASSWORD_OCTETS} count`,
      remedy: "write at most eight octets, the same on both directors",
    };
  }
  if (type?.name === "PASS" && octets > 0) {
    yield { code: "auth-pass-in-clear", at: type.place(1), reason: `${name} sends its password in clear in every advert`, remedy: "do not count on it; use auth_hmac, or keep the segment to the directors" };
  }
}

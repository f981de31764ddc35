import { ADDRESSES } from "./alone/addresses.ts";
import { AUTHENTICATION_RULE } from "./alone/authentication.ts";
import { CHECKS } from "./alone/checks.ts";
import { EFFECTS } from "./alone/effects.ts";
import { GROUPS } from "./alone/groups.ts";
import { INTERVAL } from "./alone/interval.ts";
import { LEXICAL } from "./alone/lexical.ts";
import { MAIL } from "./alone/mail.ts";
import { PREEMPTION } from "./alone/preemption.ts";
import { REGEX } from "./alone/regex.ts";
import { SCRIPTS } from "./alone/scripts.ts";
import { SECRETS_RULE } from "./alone/secrets.ts";
import { OLD_WORDS } from "./alone/old-words.ts";
import { TWICE } from "./alone/twice.ts";
import { UNICAST } from "./alone/unicast.ts";
import { WEIGHTS } from "./alone/weights.ts";
import type { LintCode, PairRule, Rule } from "./finding.ts";
import { PAIR_INSTANCES } from "./pair/instances.ts";
import { PAIR_ELECTION } from "./pair/election.ts";
import { PAIR_GROUPS } from "./pair/groups.ts";
import { PAIR_SERVICES } from "./pair/services.ts";
import { PAIR_UNICAST } from "./pair/unicast.ts";

/** In the order of doc/lint.md. */
export const RULES: readonly Rule[] = [PREEMPTION, INTERVAL, AUTHENTICATION_RULE, UNICAST, ADDRESSES, WEIGHTS, GROUPS, CHECKS, REGEX, SCRIPTS, SECRETS_RULE, MAIL, EFFECTS, TWICE, OLD_WORDS, LEXICAL];

export const PAIR_RULES: readonly PairRule[] = [PAIR_INSTANCES, PAIR_ELECTION, PAIR_UNICAST, PAIR_GROUPS, PAIR_SERVICES];

/** Every code of a rule. */
export const LINT_CODES: ReadonlyMap<string, LintCode> = new Map([...RULES, ...PAIR_RULES].flatMap(({ codes }) => Object.entries(codes)));

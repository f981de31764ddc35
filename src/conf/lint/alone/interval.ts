import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { VrrpInstance } from "../../model.ts";
import { exactly } from "../words.ts";

type Code = "advert-int-fraction" | "advert-int-resolution" | "advert-int-too-long" | "few-down-timer-adverts";

const MOST_SECONDS = { 2: 255, 3: 40.95 } as const;

/** `advert_int` as the two versions carry it: whole seconds in one octet, or hundredths in twelve bits. */
export const INTERVAL = rule<Code>({
  subject: "Advertisement interval",
  codes: {
    "advert-int-fraction": {
      severity: "error",
      title: "version 2 carries whole seconds only",
      explanation:
        "A VRRPv2 advert carries its interval as whole seconds, and a receiver drops adverts whose interval is not its own. keepalived rounds a fraction (0 becomes 1), so 'advert_int 0.5' is one second. Intervals below a second need version 3 on both directors.",
      replaces: /VRRPv2 advertisement interval .* must be an integer/,
    },
    "advert-int-resolution": {
      severity: "warning",
      title: "version 3 carries hundredths of a second",
      explanation: "A VRRPv3 advert carries its interval in units of 10 ms. What is finer is rounded.",
      replaces: /advertisement interval .* (?:must be|rounded|multiple)/i,
    },
    "advert-int-too-long": {
      severity: "error",
      title: "the interval does not fit the advert",
      explanation: "The longest interval is 255 s in version 2 (one octet) and 40.95 s in version 3 (twelve bits of 10 ms).",
      replaces: /advert.*(?:out of range|too large|must be less|maximum|between)/i,
    },
    "few-down-timer-adverts": {
      severity: "info",
      title: "one or two lost adverts are enough for a takeover",
      explanation:
        "down_timer_adverts (3 by default) is how many intervals of silence a BACKUP bears. With 1 a single lost or late advert ends in two MASTERs for a moment; with 2 a short burst of loss does. A shorter advert_int with 3 adverts detects as fast and bears loss better.",
    },
  },
  find: (file) => file.config.vrrp.instances.flatMap((instance) => [...ofInstance(file, instance)]),
});

function* ofInstance(file: LintedFile, instance: VrrpInstance): Generator<Found<Code>, void> {
  const { name, version, advertIntervalUs, downTimerAdverts } = instance;
  const entry = file.outline.instance(name);
  const written = entry?.last("advert_int");
  const seconds = Number(written?.name);
  if (written !== undefined && Number.isFinite(seconds)) {
    const at = written.place(1);
    if (seconds > MOST_SECONDS[version]) {
      yield {
        code: "advert-int-too-long",
        at,
        reason: `${name}: version ${version} carries at most ${MOST_SECONDS[version]} s, not ${written.name} s`,
        remedy: version === 3 && seconds <= 255 && Number.isInteger(seconds) ? "use a shorter interval, or version 2" : "use a shorter interval",
      };
    } else if (version === 2 && !Number.isInteger(seconds)) {
      yield {
        code: "advert-int-fraction",
        at,
        reason: `${name}: version 2 carries whole seconds, so ${written.name} s becomes ${exactly(advertIntervalUs)}`,
        remedy: "write whole seconds, or 'version 3' on both directors",
      };
    } else if (version === 3 && Math.abs(seconds * 100 - Math.round(seconds * 100)) > 1e-6) {
      yield {
        code: "advert-int-resolution",
        at,
        reason: `${name}: version 3 carries units of 0.01 s, so ${written.name} s becomes ${exactly(advertIntervalUs)}`,
        remedy: "write a multiple of 0.01 s",
      };
    }
  }
  if (downTimerAdverts < 3) {
    yield {
      code: "few-down-timer-adverts",
      at: (entry?.last("down_timer_adverts") ?? file.outline.global("vrrp_down_timer_adverts") ?? entry)?.place() ?? file.outline.top,
      reason: `${name}: silence of ${exactly(downTimerAdverts * advertIntervalUs)} and the skew is enough for a takeover`,
      remedy: "leave it at 3 and shorten advert_int instead",
    };
  }
}

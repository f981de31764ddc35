import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { Entry } from "../outline.ts";

type Code = "mail-without-server" | "mail-without-recipient" | "mail-never-sent";

const ALERT_WORDS = new Set(["smtp_alert", "smtp_alert_vrrp", "smtp_alert_checker"]);
const OFF = new Set(["off", "false", "no"]);

/** Mail alerts. */
export const MAIL = rule<Code>({
  subject: "Mail",
  codes: {
    "mail-without-server": {
      severity: "warning",
      title: "mail alerts without a server",
      explanation: "Alerts are switched on, or recipients are named, but there is no smtp_server: no mail is ever sent, and nothing else says so.",
    },
    "mail-without-recipient": {
      severity: "warning",
      title: "mail alerts without a recipient",
      explanation: "Alerts are switched on, but notification_email names nobody: no mail is ever sent.",
    },
    "mail-never-sent": {
      severity: "info",
      title: "recipients and a server, but nothing to tell about",
      explanation: "notification_email and smtp_server are written, but smtp_alert is on nowhere and there are no real servers, whose alerts are on by default: no mail is ever sent.",
    },
  },
  find: (file) => [...missing(file)],
});

function* missing(file: LintedFile): Generator<Found<Code>, void> {
  const { outline } = file;
  const alerts = [...outline.everything()].filter((entry) => ALERT_WORDS.has(entry.keyword) && !OFF.has(entry.name));
  const [alert] = alerts;
  const server = outline.global("smtp_server");
  const recipients = outline.all("global_defs", "notification_email");
  const named = recipients.some(({ entries }) => entries.length > 0);
  const silenced = isOn(outline.global("no_checker_emails"));
  const wanted: Entry | undefined = alert ?? (named ? recipients.at(-1) : undefined);
  if (wanted !== undefined && server === undefined) {
    yield { code: "mail-without-server", at: wanted.place(), reason: `${wanted.keyword} is written, and no smtp_server`, remedy: "add 'smtp_server ADDRESS [PORT]' to global_defs, or remove the alerts" };
  }
  if (alert !== undefined && !named) {
    yield { code: "mail-without-recipient", at: alert.place(), reason: `${alert.keyword} is written, and notification_email names nobody`, remedy: "add 'notification_email { ADDRESS }' to global_defs, or remove the alerts" };
  }
  const real = outline.all("virtual_server", "real_server").length > 0 && !silenced;
  if (alert === undefined && named && server !== undefined && !real) {
    yield { code: "mail-never-sent", at: server.place(), reason: "nothing sends mail: smtp_alert is on nowhere", remedy: "write 'smtp_alert' in global_defs, or in the instances that matter" };
  }
}

function isOn(entry: Entry | undefined): boolean {
  return entry !== undefined && !OFF.has(entry.name);
}

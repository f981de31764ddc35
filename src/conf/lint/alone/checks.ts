import { rule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { CheckerConfig } from "../../model.ts";
import { checkerEntry, realServerEntry, serviceEntry } from "../services.ts";
import { count, exactly, some } from "../words.ts";

type Code = "probes-shareable" | "real-server-unchecked" | "real-server-weight-zero" | "check-outlives-interval" | "forwarding-ignores-port" | "host-not-used-for-sni" | "smtp-one-line";

/** Checks and the services that they are for. */
export const CHECKS = rule<Code>({
  subject: "Checks and virtual servers",
  codes: {
    "probes-shareable": {
      severity: "info",
      title: "the same question is asked several times",
      explanation:
        "Several real servers, usually one machine in several virtual servers, are asked the very same question with the same settings. keepalived sends one probe for each. With the keyword 'shared_checks' regentd asks once and applies the answer to all of them, each with its own retries, log lines and notifications. Scripts are never shared unless they say so.",
    },
    "real-server-unchecked": {
      severity: "warning",
      title: "a real server that nobody checks",
      explanation: "A real server without any check counts as up for ever, and gets its share of the traffic while it is dead. Add a check; TCP_CHECK needs no more than its name.",
    },
    "real-server-weight-zero": {
      severity: "info",
      title: "a real server with weight 0",
      explanation: "Weight 0 gets no new connections, and adds nothing to the quorum. It is right for a server that is being drained, and often forgotten afterwards.",
    },
    "check-outlives-interval": {
      severity: "warning",
      title: "a check may take longer than its interval",
      explanation:
        "The time-out of the script is longer than delay_loop. While a run is under way no other begins, so a hanging script is noticed only after its time-out, and 'every delay_loop' becomes 'every misc_timeout'.",
    },
    "forwarding-ignores-port": {
      severity: "warning",
      title: "DR and TUN do not change the port",
      explanation:
        "With lb_kind DR or TUN packets reach the real server as the client sent them, so the service's port is used and the port of the real server only by its checks: the check may look at something that no client ever reaches. Use the service's port, or NAT; when only the check differs write 'connect_port' in it.",
      replaces: /real server .* ports don't match - resetting/,
    },
    "host-not-used-for-sni": {
      severity: "info",
      title: "virtualhost of a real server is not sent as SNI",
      explanation: "SSL_GET names its host in the TLS handshake from sni_name, else from the virtualhost of url, check or virtual server; the one of the real server is used for the Host header alone. Write sni_name in the check.",
    },
    "smtp-one-line": {
      severity: "info",
      title: "SMTP_CHECK understands one-line answers only",
      explanation:
        "keepalived reads the reply code at a fixed place and expects a blank behind it: a server that greets or answers HELO in several lines ('220-', '250-'), as many do for mail clients, fails the check although it works. Have the server greet the directors in one line, or use TCP_CHECK.",
    },
  },
  find: (file) => [...servers(file), ...shareable(file), ...smtp(file)],
});

function* servers(file: LintedFile): Generator<Found<Code>, void> {
  for (const server of file.config.check.virtualServers) {
    const service = serviceEntry(file, server);
    const at = service?.place() ?? file.outline.top;
    const unchecked = server.realServers.filter(({ checkers }) => checkers.length === 0);
    const written = unchecked.flatMap((real) => realServerEntry(service, real) ?? []).filter((entry) => !entry.entries.some(({ keyword }) => keyword.endsWith("_CHECK") || keyword.endsWith("_GET")));
    const [bare] = written;
    if (bare !== undefined) {
      yield {
        code: "real-server-unchecked",
        at: bare.place(),
        reason: `${server.label}: ${some(written.map((entry) => entry.texts.slice(1).join(" ")), 3)} ${written.length === 1 ? "has no check and counts" : "have no check and count"} as up for ever`,
        remedy: "add a check, e.g. 'TCP_CHECK { }'",
      };
    }
    const idle = server.realServers.filter(({ weight }) => weight === 0);
    const [first] = idle;
    if (first !== undefined) {
      const entry = realServerEntry(service, first);
      yield { code: "real-server-weight-zero", at: entry?.placeOf("weight") ?? at, reason: `${server.label}: ${some(idle.map(({ label }) => label), 3)} ${idle.length === 1 ? "gets" : "get"} no new connections`, remedy: "give it a weight, or remove it when it is drained" };
    }
    if (server.key.type === "address") {
      const { port } = server.key;
      for (const real of server.realServers) {
        const entry = realServerEntry(service, real);
        const written = entry?.text(2) ?? "";
        if (entry === undefined || real.forwarding === "NAT" || written === "" || Number(written) === port) continue;
        yield {
          code: "forwarding-ignores-port",
          at: entry.place(2),
          reason: `${server.label}: with ${real.forwarding} clients reach ${real.address} on port ${port}; only its checks use ${written}`,
          remedy: `write port ${port} (and 'connect_port ${written}' in the check if that is meant), or use NAT`,
        };
      }
    }
    for (const real of server.realServers) {
      const entry = realServerEntry(service, real);
      for (const checker of real.checkers) {
        const block = checkerEntry(entry, real.checkers, checker);
        if (checker.type === "MISC_CHECK" && checker.timeoutUs > checker.delayLoopUs) {
          yield {
            code: "check-outlives-interval",
            at: block?.placeOf("misc_timeout") ?? at,
            reason: `${real.label}: the script may run ${exactly(checker.timeoutUs)}, and is due every ${exactly(checker.delayLoopUs)}`,
            remedy: "write 'misc_timeout' of at most delay_loop",
          };
        }
      }
      const host = entry?.last("virtualhost");
      for (const block of entry?.all("SSL_GET") ?? []) {
        if (host === undefined || block.has("sni_name") || block.has("virtualhost") || block.all("url", "virtualhost").length > 0) continue;
        yield { code: "host-not-used-for-sni", at: host.place(), reason: `${real.label}: ${host.name} is sent as the Host header, not in the TLS handshake`, remedy: `add 'sni_name ${host.name}' to SSL_GET` };
      }
    }
  }
}

/** How an answer is judged, which each asker does for itself. */
const JUDGING = new Set(["alpha", "retry", "delayBeforeRetryUs", "warmupUs", "logAllFailures"]);

/** What is asked, how often, and of whom; undefined for what is never shared. Two checks are equal exactly when one answer serves both. */
function question(checker: CheckerConfig): string | undefined {
  if (checker.type === "MISC_CHECK" || checker.type === "FILE_CHECK" || checker.type === "BFD_CHECK") return undefined;
  return JSON.stringify(checker, (key, value: unknown) => (JUDGING.has(key) ? undefined : value));
}

/** How many probes of a period would be saved by asking each question once. */
function shareable(file: LintedFile): Found<Code>[] {
  const askers = new Map<string, { readonly type: string; readonly labels: string[] }>();
  let all = 0;
  for (const { label: service, realServers } of file.config.check.virtualServers) {
    for (const { label, checkers } of realServers) {
      for (const checker of checkers) {
        const asked = question(checker);
        if (asked === undefined) continue;
        all++;
        const same = askers.get(asked) ?? { type: checker.type, labels: [] };
        askers.set(asked, same);
        same.labels.push(`${label} of ${service}`);
      }
    }
  }
  const shared = [...askers.values()].filter(({ labels }) => labels.length > 1);
  const saved = shared.reduce((sum, { labels }) => sum + labels.length - 1, 0);
  const [most] = shared.toSorted((a, b) => b.labels.length - a.labels.length);
  if (most === undefined) return [];
  return [
    {
      code: "probes-shareable",
      at: file.outline.all("virtual_server")[0]?.place() ?? file.outline.top,
      reason: `${count(saved, "probe")} of ${all.toLocaleString("en")} in each period would be saved by asking once, e.g. the ${most.type} of ${some(most.labels, 3)}`,
      remedy: "write 'shared_checks' in global_defs once this version has it; keepalived has no such keyword",
    },
  ];
}

function* smtp({ outline }: LintedFile): Generator<Found<Code>, void> {
  const checks = outline.all("virtual_server", "real_server", "SMTP_CHECK");
  const [first] = checks;
  if (first !== undefined) yield { code: "smtp-one-line", at: first.place(), reason: `${count(checks.length, "check fails", "checks fail")} when the server greets in several lines`, remedy: "see that it greets the directors in one line" };
}

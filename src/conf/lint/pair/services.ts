import { pairRule } from "../finding.ts";
import type { Found } from "../finding.ts";
import type { LintedFile } from "../input.ts";
import type { VirtualServer } from "../../model.ts";
import { serviceEntry } from "../services.ts";
import { some } from "../words.ts";

type Code = "pair-service-missing" | "pair-service-differs" | "pair-real-servers-differ" | "pair-sync-daemon-differs";

/** Virtual servers of the two directors. */
export const PAIR_SERVICES = pairRule<Code>({
  subject: "The pair: virtual servers",
  codes: {
    "pair-service-missing": {
      severity: "error",
      title: "a virtual server on one director only",
      explanation: "After a takeover the other director has no such service: its connections are refused, or answered by the director itself.",
    },
    "pair-service-differs": {
      severity: "warning",
      title: "one virtual server, balanced in two ways",
      explanation: "Scheduler, forwarding method, persistence or quorum of the service differ between the directors, so a takeover changes how it behaves: clients may lose their server, or packets return another way.",
    },
    "pair-real-servers-differ": {
      severity: "warning",
      title: "one virtual server, different real servers",
      explanation: "The service has other real servers, or other weights, on the other director: usually a server that was added or removed on one of them only.",
    },
    "pair-sync-daemon-differs": {
      severity: "warning",
      title: "different connection synchronisation",
      explanation:
        "lvs_sync_daemon sends the table of connections to the other director, so that they survive a takeover. It must run on both, on the same segment, with the same id, port and group; otherwise one of them does not know the connections when it takes over.",
    },
  },
  find: (first, second) => {
    const here = byLabel(first.config.check.virtualServers);
    const there = byLabel(second.config.check.virtualServers);
    return [
      ...syncDaemon(first, second),
      ...[...here].flatMap(([label, server]) => {
        const other = there.get(label);
        return other === undefined ? [missing(first, second, server)] : [...differences(first, second, server, other)];
      }),
      ...[...there].filter(([label]) => !here.has(label)).map(([, server]) => missing(second, first, server)),
    ];
  },
});

/** What is written twice in one file is that file's own fault, and told as such; the first stands for it here. */
function byLabel<Item extends { readonly label: string }>(items: readonly Item[]): ReadonlyMap<string, Item> {
  const first = new Map<string, Item>();
  for (const item of items) if (!first.has(item.label)) first.set(item.label, item);
  return first;
}

function missing(file: LintedFile, other: LintedFile, server: VirtualServer): Found<Code> {
  return { code: "pair-service-missing", at: serviceEntry(file, server)?.place(1) ?? file.outline.top, reason: `${server.label} is not in ${other.path}`, remedy: "add it there, or remove it here" };
}

function* differences(first: LintedFile, second: LintedFile, here: VirtualServer, there: VirtualServer): Generator<Found<Code>, void> {
  const at = serviceEntry(first, here)?.place(1) ?? first.outline.top;
  const other = serviceEntry(second, there);
  const related = other === undefined ? [] : [other.related("the other director's", 1)];
  const aspects: readonly (readonly [string, (server: VirtualServer) => string | number])[] = [
    ["lb_algo", (server) => server.scheduler],
    ["scheduler flags", (server) => server.schedulerFlags.join(" ") || "none"],
    ["lb_kind", (server) => server.forwarding],
    ["persistence_timeout", (server) => server.persistenceTimeoutS],
    ["persistence_engine", (server) => server.persistenceEngine ?? "none"],
    ["quorum", (server) => server.quorum],
    ["addresses of the group", (server) => (server.key.type === "group" ? groupText(server === here ? first : second, server.key.group) : "")],
    ["sorry_server", (server) => server.sorryServer?.label ?? "none"],
  ];
  const mixed = aspects.filter(([, of]) => of(here) !== of(there)).map(([name, of]) => `${name} ${of(here)} here and ${of(there)} there`);
  if (mixed.length > 0) yield { code: "pair-service-differs", at, reason: `${here.label}: ${some(mixed)}`, remedy: "write the service alike on both directors", related };
  const ours = byLabel(here.realServers);
  const theirs = byLabel(there.realServers);
  const weights = [...ours].flatMap(([label, { weight }]) => {
    const other = theirs.get(label)?.weight ?? weight;
    return other === weight ? [] : [`${label} with weight ${weight} here and ${other} there`];
  });
  const parts = [
    ...[...ours.keys()].filter((label) => !theirs.has(label)).map((label) => `${label} only here`),
    ...[...theirs.keys()].filter((label) => !ours.has(label)).map((label) => `${label} only there`),
    ...weights,
  ];
  if (parts.length > 0) yield { code: "pair-real-servers-differ", at, reason: `${here.label}: ${some(parts)}`, remedy: "write the same real servers on both directors", related };
}

function groupText({ config }: LintedFile, name: string): string {
  const entries = config.check.groups.find((group) => group.name === name)?.entries ?? [];
  return entries
    .map((entry) => Object.values(entry).slice(1).join(" "))
    .sort()
    .join(", ");
}

function syncDaemon(first: LintedFile, second: LintedFile): Found<Code>[] {
  const [here, there] = [daemonText(first), daemonText(second)];
  if (here === there) return [];
  const [line, other] = [first.outline.global("lvs_sync_daemon"), second.outline.global("lvs_sync_daemon")];
  const related = line === undefined || other === undefined ? [] : [other.related("the other director's")];
  return [{ code: "pair-sync-daemon-differs", at: (line ?? other)?.place() ?? first.outline.top, reason: `${here ?? "none"} here and ${there ?? "none"} there`, remedy: "write the same lvs_sync_daemon on both", related }];
}

/** Everything but the interface, whose name may differ; the id is by default the VRID of the instance. */
function daemonText({ config }: LintedFile): string | undefined {
  const daemon = config.check.lvsSyncDaemon;
  if (daemon === undefined) return undefined;
  const { instance, id, maxlen, port, ttl, group } = daemon;
  const vrid = config.vrrp.instances.find(({ name }) => name === instance)?.vrid;
  const words = { id: id ?? vrid ?? 0, maxlen, port, ttl, group };
  return Object.entries(words)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]))
    .join(", ");
}

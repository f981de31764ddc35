import { GLOBAL } from "./configs.ts";
import { eventually } from "./eventually.ts";
import type { Node } from "./lan.ts";
import { run } from "./run.ts";

/** What a host routes by, a line each as `ip -d` has it, both families, all tables. */
export interface Routing {
  readonly routes: readonly string[];
  readonly rules: readonly string[];
}

export const NO_ROUTING: Routing = { routes: [], rules: [] };

/** Made by the kernel for link-local and multicast, when duplicate detection is done: they come whenever they like. */
const KERNELS_OWN = /(fe80:|ff00::|anycast).* proto kernel/;

/** @param more than these, which were there before */
export async function routingOf(node: Node, more = NO_ROUTING): Promise<Routing> {
  const [v4, v6, rules4, rules6] = await Promise.all([
    shown(node, ["-4", "route", "show", "table", "all"]),
    shown(node, ["-6", "route", "show", "table", "all"]),
    shown(node, ["-4", "rule"]),
    shown(node, ["-6", "rule"]),
  ]);
  const routes = [...v4, ...v6.map((line) => `inet6 ${line}`)].filter((line) => !KERNELS_OWN.test(line));
  return { routes: without(routes, more.routes), rules: without([...rules4, ...rules6.map((line) => `inet6 ${line}`)], more.rules) };
}

export function countOf({ routes, rules }: Routing): { readonly routes: number; readonly rules: number } {
  return { routes: routes.length, rules: rules.length };
}

/** Waits until there are so many more than before. @returns them */
export async function awaitRouting(node: Node, counts: ReturnType<typeof countOf>, more: Routing, withinMs = 5_000): Promise<Routing> {
  let found = NO_ROUTING;
  const probe = async () => {
    found = await routingOf(node, more);
    return countOf(found);
  };
  try {
    await eventually(counts, probe, withinMs);
  } catch (error) {
    throw new Error(`${node.name} holds\n${[...found.routes, ...found.rules].join("\n")}`, { cause: error });
  }
  return found;
}

async function shown(node: Node, argv: readonly string[]): Promise<string[]> {
  const text = await run(["ip", "-n", node.name, "-o", "-d", ...argv]);
  return text.split("\n").map((line) => line.replaceAll("\\", " ").replace(/\s+/g, " ").replace(/expires \d+sec/, "expires N").trim()).filter((line) => line !== "");
}

/** What is there twice counts twice. */
export function without(lines: readonly string[], fewer: readonly string[]): string[] {
  const left = [...fewer];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** A block of one entry a line; nothing when there are none. */
export function entries(block: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${block} {\n        ${lines.join("\n        ")}\n    }`;
}

/** An instance's routes and rules. */
export function lists(routes: readonly string[], rules: readonly string[]): string[] {
  return [entries("virtual_routes", routes), entries("virtual_rules", rules)];
}

export interface Fixed {
  readonly addresses?: readonly string[];
  readonly routes?: readonly string[];
  readonly rules?: readonly string[];
}

/** What is nobody's instance's. */
export function fixed({ addresses = [], routes = [], rules = [] }: Fixed): string {
  return [entries("static_ipaddress", addresses), entries("static_routes", routes), entries("static_rules", rules), ""].join("\n");
}

export const QUICK_VIP = "192.0.2.100";

/** An instance that is elected within half a second, so that a story is short; it holds 192.0.2.100/24. */
export function quickInstance(priority: number, more: readonly string[] = []): string {
  return `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    priority ${priority}
    virtual_ipaddress {
        ${QUICK_VIP}/24
    }
    ${more.filter((line) => line !== "").join("\n    ")}
}
`;
}

/** A whole configuration of it. */
export function quickDirector(priority: number, more: readonly string[] = []): string {
  return GLOBAL + quickInstance(priority, more);
}

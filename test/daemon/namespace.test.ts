import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { KernelError } from "../../src/base/errors.ts";
import type { LoadEnvironment } from "../../src/conf/environment.ts";
import { immovable } from "../../src/conf/immovable.ts";
import { identSuffix, ipvsNamespace, ipvsRemedy } from "../../src/daemon/namespace.ts";
import { pidFilePaths } from "../../src/daemon/paths.ts";
import { readOptions } from "../../src/daemon/options.ts";
import { MAIN, load } from "../conf/memory-environment.ts";

function global(text: string) {
  const { config } = load(text);
  assert.ok(config);
  return config.global;
}

function options(...argv: string[]) {
  const command = readOptions(["-f", MAIN, ...argv]);
  assert.ok(command.type === "run");
  return command.options;
}

describe("what tells daemons of one host apart", () => {
  const rows: [string, string, string][] = [
    ["", "/run/keepalived.pid", ""],
    ["instance blue\n", "/run/keepalived/keepalived_blue.pid", "_blue"],
    ["net_namespace red\n", "/run/keepalived/red/keepalived.pid", "_red"],
    ["net_namespace red\ninstance blue\n", "/run/keepalived/red/keepalived_blue.pid", "_red_blue"],
  ];
  for (const [text, pidFile, suffix] of rows) {
    test(`${JSON.stringify(text)}: pid file and ident, as keepalived 2.2.7 has them`, () => {
      assert.deepEqual([pidFilePaths(options(), global(text)).parent, identSuffix(global(text))], [pidFile, suffix]);
    });
  }

  test("-s beats the configuration", () => {
    assert.equal(options("-s", "green").netNamespace, "green");
    assert.equal(load("net_namespace red\n", {}, { netNamespace: "green" }).config?.global.netNamespace, "green");
  });

  const places: [string, string | undefined][] = [
    ["", undefined],
    ["net_namespace red\n", undefined],
    ["net_namespace red\nnet_namespace_ipvs\n", "home"],
    ["net_namespace red\nnet_namespace_ipvs blue\n", "/run/netns/blue"],
    ["net_namespace_ipvs\n", undefined],
    ["net_namespace_ipvs blue\n", "/run/netns/blue"],
  ];
  for (const [text, path] of places) test(`${JSON.stringify(text)}: where the IPVS table is`, () => assert.equal(ipvsNamespace(global(text), () => "home"), path));

  test("an IPVS table that is out of reach: what to do", () => {
    const remedy = (operation: string, code: string) => ipvsRemedy(new KernelError(operation, code), "/run/netns/blue");
    assert.match(remedy("open /run/netns/blue", "ENOENT"), /net_namespace_ipvs names a network namespace that is not there/);
    assert.match(remedy("CTRL_CMD_GETFAMILY IPVS", "ENOENT"), /load the module ip_vs/);
    assert.match(remedy("setns /run/netns/blue", "EPERM"), /CAP_NET_ADMIN/);
  });

  test("none of it changes at a reload", () => {
    const running = global("net_namespace red\ninstance blue\n");
    const wanted = (text: string) => immovable(running, global(text));
    assert.equal(wanted("net_namespace red\ninstance blue\n"), undefined);
    assert.equal(wanted("net_namespace green\ninstance blue\n"), "Cannot change network namespace at a reload - please restart keepalived");
    assert.equal(wanted("net_namespace red\nnet_namespace_ipvs\ninstance blue\n"), "Cannot change IPVS network namespace at a reload - please restart keepalived");
    assert.equal(wanted("net_namespace red\n"), "Cannot change instance name at a reload - please restart keepalived");
  });
});

const hidden = (): never => {
  throw new KernelError("open /run/netns/red", "ENOENT");
};

test("a namespace that cannot be looked into hides its interfaces: a note, and nothing is missing", () => {
  const text = "net_namespace red\nvrrp_instance V {\ninterface eth7\nvirtual_router_id 1\nvirtual_ipaddress {\n192.0.2.1\n}\n}\n";
  const { diagnostics, exitCodeTest, config } = load(text, {}, {}, { interfaceNames: hidden });
  assert.deepEqual(diagnostics.map(({ severity, message }) => [severity, message]), [["note", "The interfaces of network namespace red are not known here: open /run/netns/red: ENOENT"]]);
  assert.deepEqual([exitCodeTest, config?.vrrp.instances.length, config?.global.dynamicInterfaces], [0, 1, false]);
  assert.notEqual(load(text).exitCodeTest, 0); // entered, and it has no eth7
});

describe("a VRF that a route names is looked up where the daemon will be", () => {
  const text = (vrf: string) => `net_namespace red\nstatic_routes {\n198.51.100.0/24 dev eth1 vrf ${vrf}\n203.0.113.0/24 dev eth1\n}\n`;
  const interfaceNames = (namespace: string | undefined) => (namespace === "red" ? ["lo", "eth1", "blue"] : ["lo", "green"]);
  const routes = (vrf: string, names: LoadEnvironment["interfaceNames"] = interfaceNames) => {
    const { config, diagnostics } = load(text(vrf), {}, {}, { interfaceNames: names });
    return [config?.vrrp.staticRoutes.map((route) => route.vrf), diagnostics.flatMap(({ severity, line, message }) => (severity === "error" ? [`${line}: ${message}`] : []))];
  };
  test("found", () => assert.deepEqual(routes("blue"), [["blue", undefined], []]));
  test("not found: the route goes, the others stay", () => assert.deepEqual(routes("green"), [[undefined], ["3: VRF green not found for route"]]));
  test("not known: it stays", () => assert.deepEqual(routes("green", hidden), [["green", undefined], []]));
});

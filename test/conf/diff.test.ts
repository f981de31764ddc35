import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { routerKey } from "../../src/base/router-key.ts";
import { configJson } from "../../src/conf/config-json.ts";
import { configDiff, diffJson, diffText, isSame } from "../../src/conf/diff.ts";
import type { DiffDocument } from "../../src/conf/diff.ts";
import { planReload } from "../../src/vrrp/reload.ts";
import { load } from "./memory-environment.ts";

const DIRECTOR = `global_defs {
    router_id LVS
    enable_script_security
    script_user root
}
vrrp_sync_group VG {
    group {
        VI_1
        VI_2
    }
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority 150
    authentication {
        auth_type PASS
        auth_pass secret
    }
    virtual_ipaddress {
        192.0.2.1/24
        192.0.2.2/24
    }
}
vrrp_instance VI_2 {
    interface eth1
    virtual_router_id 52
    priority 150
    virtual_ipaddress {
        198.51.100.1/24
    }
}
virtual_server 192.0.2.1 80 {
    delay_loop 6
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 198.51.100.11 80 {
        TCP_CHECK {
            connect_timeout 5
        }
    }
    real_server 198.51.100.12 80 {
        TCP_CHECK {
            connect_timeout 5
        }
    }
}
`;

function configOf(text: string) {
  const { config } = load(text);
  assert.ok(config !== undefined);
  return config;
}

/** What a reload from the director to `text` would do. */
function changes(text: string): string[] {
  return diffText(configDiff(configOf(DIRECTOR), configOf(text)))
    .split("\n")
    .filter((line) => line !== "" && !line.endsWith("untouched"));
}

const replaced = (from: string, to: string): string => {
  assert.ok(DIRECTOR.includes(from), from);
  return DIRECTOR.replace(from, to);
};

describe("what a reload would do", () => {
  test("nothing", () => {
    const diff = configDiff(configOf(DIRECTOR), configOf(`# a remark\n${DIRECTOR.replaceAll("    ", "\t")}`));
    assert.ok(isSame(diff));
    assert.equal(diffText(diff), "2 x vrrp_instance: untouched\nvrrp_sync_group VG: untouched\nvirtual_server [192.0.2.1]:tcp:80: untouched\nglobal_defs: untouched\n");
  });

  test("a value, a time and an address of an instance", () => {
    const text = replaced("priority 150", "priority 140\n    advert_int 2").replace("192.0.2.2/24", "192.0.2.3/24");
    assert.deepEqual(changes(text), [
      "vrrp_instance VI_1: changed",
      "    priority: 150 -> 140",
      "    advertInterval: 1 s -> 2 s",
      "    virtualAddresses[192.0.2.2/24]: removed",
      "    virtualAddresses[192.0.2.3/24]: added",
    ]);
  });

  test("the order of addresses alone", () => {
    assert.deepEqual(changes(replaced("192.0.2.1/24\n        192.0.2.2/24", "192.0.2.2/24\n        192.0.2.1/24")), ["vrrp_instance VI_1: changed", "    virtualAddresses: another order"]);
  });

  test("a password is said to have changed and not shown", () => {
    const text = replaced("auth_pass secret", "auth_pass hidden");
    assert.deepEqual(changes(text), ["vrrp_instance VI_1: changed", "    authentication.password: another one"]);
    const json = diffJson(configDiff(configOf(DIRECTOR), configOf(text)));
    assert.ok(!/hidden|secret|68696464656e/.test(json));
  });

  test("another name is the same instance", () => {
    assert.deepEqual(changes(DIRECTOR.replaceAll("VI_1", "VI_one")), ["vrrp_instance VI_one: changed", "    name: VI_1 -> VI_one", "vrrp_sync_group VG: changed", "    members[VI_1]: removed".replace("removed", "VI_1 -> none"), "    members[VI_one]: none -> VI_one"]);
  });

  test("another interface is another instance", () => {
    assert.deepEqual(changes(replaced("interface eth1", "interface eth0")), ["vrrp_instance VI_2: removed", "vrrp_instance VI_2: added"]);
  });

  test("real servers, their weights and checks", () => {
    const text = replaced("real_server 198.51.100.11 80 {\n        TCP_CHECK {\n            connect_timeout 5", "real_server 198.51.100.11 80 {\n        weight 3\n        TCP_CHECK {\n            connect_timeout 3").replace("198.51.100.12", "198.51.100.13");
    assert.deepEqual(changes(text), [
      "virtual_server [192.0.2.1]:tcp:80: changed",
      "    realServers[[198.51.100.11]:tcp:80].weight: 1 -> 3",
      "    realServers[[198.51.100.11]:tcp:80].checkers[TCP_CHECK].target.connectTimeout: 5 s -> 3 s",
      "    realServers[[198.51.100.12]:tcp:80]: removed",
      "    realServers[[198.51.100.13]:tcp:80]: added",
      "    notify.realServers.[198.51.100.12]:tcp:80: removed",
      "    notify.realServers.[198.51.100.13]:tcp:80: added",
    ]);
  });

  test("another port is another service", () => {
    assert.deepEqual(changes(replaced("virtual_server 192.0.2.1 80", "virtual_server 192.0.2.1 81")), ["virtual_server [192.0.2.1]:tcp:80: removed", "virtual_server [192.0.2.1]:tcp:81: added"]);
  });

  test("what is settled at start is marked", () => {
    assert.deepEqual(changes(`instance two\n${replaced("router_id LVS", "router_id OTHER")}`).map((line) => line.trim()), [
      "global_defs: changed",
      "global.routerId: LVS -> OTHER",
      "global.instance: none -> two (at the next start only)",
      "global.usePidDir: off -> on (at the next start only)",
      "notify.mail.routerId: LVS -> OTHER",
    ]);
  });

  test("names and scheduling follow a reload", () => {
    assert.deepEqual(changes(replaced("router_id LVS", "router_id LVS\n    process_name a\n    vrrp_process_name b\n    vrrp_cpu_affinity 1")).map((line) => line.trim()), [
      "global_defs: changed",
      "global.processNames.parent: none -> a",
      "global.processNames.vrrp: none -> b",
      "global.scheduling.vrrp.cpuAffinity[1]: none -> 1",
    ]);
  });

  test("instances are matched as the engine matches them", () => {
    const [from, to] = [configOf(DIRECTOR), configOf(replaced("interface eth1", "interface eth0").replace("priority 150", "priority 149"))];
    const plan = planReload(new Map(from.vrrp.instances.map((one) => [routerKey(one), one])), to.vrrp);
    const names = (change: string): string[] => configDiff(from, to).filter((part) => part.kind === "vrrp_instance" && part.change === change).map(({ name }) => name);
    assert.deepEqual(plan.added.map(({ name }) => name), names("added"));
    assert.deepEqual(plan.changed.map(({ config }) => config.name), names("changed"));
    assert.equal(plan.removed.length, names("removed").length);
    assert.equal(plan.unchanged.length, names("untouched").length);
  });

  test("as JSON", () => {
    const document = JSON.parse(diffJson(configDiff(configOf(DIRECTOR), configOf(replaced("priority 150", "priority 140"))))) as DiffDocument;
    assert.equal(document.same, false);
    assert.deepEqual(document.parts[0], { kind: "vrrp_instance", name: "VI_1", change: "changed", fields: [{ field: "priority", from: 150, to: 140, onlyAtStart: false }] });
  });
});

test("the model as JSON has its secrets only when asked", () => {
  const config = configOf(`${DIRECTOR}SSL {\n    password passphrase\n}\n`);
  const hidden = configJson(config, false);
  assert.ok(!/passphrase|736563726574/.test(hidden));
  const shown = configJson(config, true);
  assert.ok(shown.includes('"passphrase"') && shown.includes('"7365637265740000"'));
  const parsed = JSON.parse(hidden) as { config: { vrrp: { instances: { name: string; vmac: unknown }[] } } };
  assert.deepEqual(parsed.config.vrrp.instances.map(({ name, vmac }) => [name, vmac]), [["VI_1", null], ["VI_2", null]]);
});

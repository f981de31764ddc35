import assert from "node:assert/strict";
import { test } from "vitest";
import type { Config } from "../../src/conf/model.ts";
import { faults, load } from "./memory-environment.ts";

const DIRECTOR = `! the classic pair
global_defs {
    router_id LVS_A
    notification_email {
        ops@example.org
        noc@example.org
    }
    notification_email_from lvs@example.org
    smtp_server 192.0.2.25 2525
    smtp_connect_timeout 10
    enable_script_security
    script_user root
}

vrrp_script chk {
    script "/bin/echo 'a b' c"
    interval 2
    weight -20
    fall 3
    rise 2
}

vrrp_sync_group VG1 {
    group {
        VI_1
        VI_2
    }
    notify_master "/bin/true x"
    smtp_alert
}

vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 2
    authentication {
        auth_type PASS
        auth_pass secret
    }
    virtual_ipaddress {
        192.0.2.1/24 dev eth1 label eth1:vip brd +
        192.0.2.2
    }
    virtual_ipaddress_excluded {
        2001:db8::1/64
    }
    track_interface {
        eth1 weight 5
    }
}
vrrp_instance VI_2
{
    interface eth1
    virtual_router_id 52
    nopreempt
    virtual_ipaddress { 198.51.100.1/24 }
    track_script { chk }
    dont_track_primary
}

virtual_server 192.0.2.1 80 {
    delay_loop 6
    lb_algo wrr
    lb_kind NAT
    persistence_timeout 50
    protocol TCP
    quorum 2
    quorum_down "/bin/echo down"
    sorry_server 198.51.100.9 8080
    real_server 198.51.100.11 80 {
        weight 3
        HTTP_GET {
            url {
                path /index.html
                digest 640205B7B0FC66C1EA91C463FAC6334D
            }
            url {
                path /status
                status_code 200 301-302
                virtualhost www.example.org
            }
            connect_timeout 3.5
            retry 3
            delay_before_retry 2
        }
    }
    real_server 198.51.100.12 {
        inhibit_on_failure
        TCP_CHECK { connect_port 8080 }
        MISC_CHECK {
            misc_path "/bin/echo check"
            misc_timeout 4
            misc_dynamic
        }
    }
}
`;

/** As keepalived says: in a sync group weights of members do not count. */
function director(): Config {
  const result = load(DIRECTOR);
  assert.deepEqual(faults(result), [
    "(VI_1) ignoring eth1 tracked interface weight due to SYNC group",
    "(VI_2) ignoring tracked script chk with weights due to SYNC group",
  ]);
  assert.deepEqual(result.unsupported, []);
  assert.ok(result.config);
  return result.config;
}

test("a classic director's configuration becomes the typed model", () => {
  const config = director();
  const [first, second] = config.vrrp.instances;
  assert.ok(first && second);
  assert.deepEqual(
    [first.interface, first.vrid, first.priority, first.initialState, first.advertIntervalUs, first.preempt],
    ["eth0", 51, 150, "MASTER", 2_000_000, true],
  );
  assert.deepEqual(first.authentication, { type: "pass", password: new Uint8Array([115, 101, 99, 114, 101, 116, 0, 0]) });
  assert.deepEqual(
    first.virtualAddresses.map((vip) => [vip.address, vip.prefixLength, vip.interface, vip.label, vip.broadcast]),
    [
      ["192.0.2.1", 24, "eth1", "eth1:vip", "192.0.2.255"],
      ["192.0.2.2", 32, "eth0", undefined, undefined],
    ],
  );
  assert.deepEqual(first.excludedAddresses.map((vip) => [vip.address, vip.prefixLength]), [["2001:db8::1", 64]]);
  // In a sync group a weighted interface becomes a plain one and a weighted script goes.
  assert.deepEqual(first.trackInterfaces, [{ interface: "eth1", weight: 0, reverse: false }]);
  assert.deepEqual([second.priority, second.initialState, second.preempt, second.trackPrimary, second.trackScripts], [100, "BACKUP", false, false, []]);
  assert.deepEqual(config.vrrp.syncGroups, [{ name: "VG1", members: ["VI_1", "VI_2"], trackInterfaces: [], trackScripts: [], trackFiles: [], trackProcesses: [], trackBfds: [], syncGroupTrackingWeight: false }]);
  assert.deepEqual(config.notify.groups.get("VG1")?.master?.argv, ["/bin/true", "x"]);
  assert.deepEqual([config.notify.groups.get("VG1")?.smtpAlert, config.notify.instances.get("VI_1")?.smtpAlert], [true, false]);
  assert.deepEqual(config.notify.mail, {
    routerId: "LVS_A",
    server: { host: "192.0.2.25", port: 2525 },
    heloName: "director1",
    connectTimeoutUs: 10_000_000,
    from: "lvs@example.org",
    to: ["ops@example.org", "noc@example.org"],
    noFaults: false,
  });
});

test("checks inherit from real server and virtual server, and have keepalived's defaults", () => {
  const [service] = director().check.virtualServers;
  assert.ok(service);
  assert.deepEqual(
    [service.label, service.scheduler, service.forwarding, service.persistenceTimeoutS, service.quorum, service.hysteresis],
    ["[192.0.2.1]:tcp:80", "wrr", "NAT", 50, 2, 0],
  );
  assert.deepEqual(service.sorryServer, { address: "198.51.100.9", port: 8080, forwarding: "NAT", inhibit: false, label: "[198.51.100.9]:tcp:8080" });
  const [web, misc] = service.realServers;
  assert.deepEqual(web?.checkers, [
    {
      type: "HTTP_GET",
      alpha: false,
      retry: 3,
      delayBeforeRetryUs: 2_000_000,
      delayLoopUs: 6_000_000,
      warmupUs: 6_000_000,
      logAllFailures: false,
      target: { address: "198.51.100.11", port: 80, bindAddress: undefined, bindPort: undefined, bindInterface: undefined, fwmark: 0, connectTimeoutUs: 3_500_000 },
      httpProtocol: "1.0",
      fastRecovery: false,
      urls: [
        { path: "/index.html", host: "198.51.100.11:80", digest: "640205b7b0fc66c1ea91c463fac6334d", statusCodes: [{ from: 200, to: 299 }] },
        { path: "/status", host: "www.example.org", digest: undefined, statusCodes: [{ from: 200, to: 200 }, { from: 301, to: 302 }] },
      ],
    },
  ]);
  assert.deepEqual([misc?.port, misc?.inhibitOnFailure, misc?.weight], [80, true, 1]);
  assert.deepEqual(
    misc?.checkers.map((checker) => {
      if (checker.type === "MISC_CHECK") return [checker.script.argv, checker.retry, checker.timeoutUs, checker.dynamic];
      return checker.type === "TCP_CHECK" ? [checker.type, checker.target.port, checker.retry] : [checker.type];
    }),
    [
      ["TCP_CHECK", 8080, 1],
      [["/bin/echo", "check"], 0, 4_000_000, true],
    ],
  );
});

test("what is not built refuses by name, and the rest of the file is still checked", () => {
  const result = load("vrrp_instance A {\n interface eth0\n virtual_router_id 5\n debug 1\n virtual_ipaddress {\n 192.0.2.1\n }\n prioriti 7\n}\nglobal_defs {\n lvs_sync_daemon eth0\n nftables_ipvs\n}\n");
  assert.deepEqual(
    result.unsupported.map(({ keyword, where, effect }) => [keyword, where, effect]),
    [
      ["lvs_sync_daemon", "/etc/keepalived/keepalived.conf:11, global_defs", "refuse"],
      ["nftables_ipvs", "/etc/keepalived/keepalived.conf:12, global_defs", "refuse"],
    ],
  );
  assert.deepEqual(result.diagnostics.map(({ line, column, message, suggestion }) => [line, column, message, suggestion]), [[8, 2, "Unknown keyword 'prioriti'", "priority"]]);
  assert.deepEqual([result.exitCodeTest, result.exitCodeDaemon], [5, 2]);
});

test("ha_suspend refuses: real servers would be checked, and taken out, on a director that does not hold the address", () => {
  const result = load("virtual_server 192.0.2.1 80 {\n lb_algo rr\n lb_kind NAT\n protocol TCP\n ha_suspend\n real_server 198.51.100.1 80 {\n }\n}\n");
  assert.deepEqual(result.unsupported.map(({ keyword, effect }) => [keyword, effect]), [["ha_suspend", "refuse"]]);
  assert.deepEqual([result.exitCodeTest, result.exitCodeDaemon], [0, 2]);
});

test("harmless keywords are reported once and do not stop the daemon", () => {
  const result = load("global_defs {\n enable_snmp_vrrp\n enable_snmp_vrrp\n vrrp_no_swap\n}\n");
  assert.deepEqual(result.unsupported.map(({ keyword, effect }) => [keyword, effect]), [["enable_snmp_vrrp", "report"], ["vrrp_no_swap", "report"]]);
  assert.deepEqual([result.exitCodeTest, result.exitCodeDaemon], [0, undefined]);
});

import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DIRECTORS, type DirectorName, INNER_VIP, MAIL, OUTER_VIP, REAL_PORT, REAL_SERVERS, SERVICE_PORT, SORRY } from "./world.ts";

export const VRIDS = { outer: 51, inner: 52 } as const;
export const PERSISTENCE_SECONDS = 60;

/** The classic LVS-NAT director, as it stands in /etc/keepalived/keepalived.conf of many pairs. */
export function directorConfig(name: DirectorName, digest: string): string {
  const { priority } = DIRECTORS[name];
  const { rs1, rs2, rs3 } = REAL_SERVERS;
  return `global_defs {
    router_id ${name}
    notification_email {
        operations@example.org
    }
    notification_email_from ${name}@example.org
    smtp_server ${MAIL}
    smtp_connect_timeout 5
    script_user root
    enable_script_security
}

vrrp_sync_group pair {
    group {
        outer
        inner
    }
    notify_master "${scriptDir(name)}/firewall master"
    notify_backup "${scriptDir(name)}/firewall backup"
    notify_fault  "${scriptDir(name)}/firewall backup"
    smtp_alert
}

vrrp_instance outer {
    state BACKUP
    interface outer
    virtual_router_id ${VRIDS.outer}
    priority ${priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass s3cret
    }
    virtual_ipaddress {
        ${OUTER_VIP}/24 dev outer
    }
}

vrrp_instance inner {
    state BACKUP
    interface inner
    virtual_router_id ${VRIDS.inner}
    priority ${priority}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass s3cret
    }
    # The real servers' gateway
    virtual_ipaddress {
        ${INNER_VIP}/24 dev inner
    }
}

virtual_server ${OUTER_VIP} ${SERVICE_PORT} {
    delay_loop 1
    lb_algo wrr
    lb_kind NAT
    persistence_timeout ${PERSISTENCE_SECONDS}
    protocol TCP
    smtp_alert
    sorry_server ${SORRY} ${REAL_PORT}

    real_server ${rs1} ${REAL_PORT} {
        weight 2
        HTTP_GET {
            url {
                path /
                digest ${digest}
            }
            connect_timeout 1
            nb_get_retry 1
            delay_before_retry 1
        }
    }
    real_server ${rs2} ${REAL_PORT} {
        weight 1
        TCP_CHECK {
            connect_timeout 1
            retry 1
            delay_before_retry 1
        }
    }
    real_server ${rs3} ${REAL_PORT} {
        weight 1
        MISC_CHECK {
            misc_path "${scriptDir(name)}/answers ${rs3} ${REAL_PORT}"
            misc_timeout 2
        }
    }
}
`;
}

/** Where a director's scripts are. Script security wants every folder of the path to be root's alone. */
function scriptDir(name: DirectorName): string {
  return `/run/demo/${name}.d`;
}

/**
 * The scripts that the configuration names: `firewall ROLE` loads the rule set of a role, as notify_master does on many
 * directors, and `answers ADDRESS PORT` judges a real server by a request of its own.
 *
 * The lab's kernel has nf_tables without the families ip and inet, hence iptables-legacy.
 */
export async function writeScripts(name: DirectorName): Promise<void> {
  const dir = scriptDir(name);
  await mkdir(dir, { recursive: true, mode: 0o755 });
  await script(join(dir, "firewall"), `#!/bin/sh\nexec iptables-legacy-restore --wait=5 "${dir}/$1.rules"\n`);
  await script(join(dir, "answers"), ANSWERS);
  await writeFile(join(dir, "master.rules"), ruleSet("master", `-A POSTROUTING -s 198.51.100.0/24 -d 192.0.2.0/24 -j SNAT --to-source ${OUTER_VIP}\n`));
  await writeFile(join(dir, "backup.rules"), ruleSet("backup", ""));
}

const ANSWERS = `#!/bin/bash
exec 3<>"/dev/tcp/$1/$2" || exit 1
printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3
read -r -t 1 _ status _ <&3
[ "$status" = 200 ]
`;

/** Replaces the whole table in one transaction; an empty chain names the role. Only the MASTER lends the outer VIP to what the real servers begin. */
function ruleSet(role: string, rule: string): string {
  return `*nat\n:role-${role} - [0:0]\n:POSTROUTING ACCEPT [0:0]\n${rule}COMMIT\n`;
}

async function script(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

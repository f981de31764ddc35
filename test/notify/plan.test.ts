import assert from "node:assert/strict";
import { test } from "vitest";
import type { Notification, VrrpNotifyState } from "../../src/base/notification.ts";
import type { NotifyConfig } from "../../src/conf/model.ts";
import { isStopping, planDeliveries, queueKeyOf } from "../../src/notify/plan.ts";
import { keyed, NO_MAIL, NOTHING, quorumTarget, script, vrrpTarget } from "./support/configs.ts";

const VS = "[192.0.2.100]:tcp:80";
const RS = "[198.51.100.1]:tcp:80";

const FULL: NotifyConfig = {
  ...NOTHING,
  instances: keyed({
    VI_1: vrrpTarget({
      master: script("/m"),
      backup: script("/b"),
      fault: script("/f"),
      stop: script("/s"),
      masterRxLowerPri: script("/low"),
      any: script("/any x"),
      smtpAlert: true,
    }),
    deletable: vrrpTarget({ fault: script("/f"), deleted: script("/d"), any: script("/any"), notifyDeleted: true, smtpAlert: true }),
    talkative: vrrpTarget({ notifyPriorityChanges: true }),
    "two words": vrrpTarget({ any: script("/any") }),
  }),
  groups: keyed({ G1: vrrpTarget({ master: script("/gm"), any: script("/gany"), smtpAlert: true }) }),
  virtualServers: keyed({
    [VS]: quorumTarget({
      up: script("/qu"),
      down: script("/qd"),
      smtpAlert: true,
      realServers: keyed({ [RS]: { up: script("/ru"), down: script("/rd"), smtpAlert: true } }),
    }),
  }),
  fifo: { path: "/run/fifo", owner: undefined, script: undefined },
};

const SILENT_FAULTS: NotifyConfig = { ...FULL, mail: { ...NO_MAIL, noFaults: true } };

function vrrp(name: string, state: VrrpNotifyState, scope: "instance" | "group" = "instance", priority = 100): Notification {
  return { type: "vrrp", scope, name, state, previous: "BACKUP", priority, reason: "test" };
}

function realServer(up: boolean, reason: string): Notification {
  return { type: "realServer", virtualServer: VS, realServer: RS, up, reason, stopping: false };
}

/** One line per delivery: "run ARGV", "fifo ENGINE JSON", "mail SUBJECT | BODY". */
function told(notification: Notification, config: NotifyConfig, mailed: ReadonlyMap<string, string> = new Map()): string[] {
  return planDeliveries(notification, config, mailed).deliveries.map((delivery) => {
    switch (delivery.type) {
      case "script":
        return `run ${[...delivery.script.argv, ...delivery.arguments].join("|")}`;
      case "fifo":
        return `fifo ${delivery.engine} ${JSON.stringify(Buffer.from(delivery.bytes).toString("latin1"))}`;
      case "mail":
        return `mail ${delivery.mail.subject} | ${delivery.mail.body}`;
    }
  });
}

const cases: { name: string; notification: Notification; config?: NotifyConfig; want: string[] }[] = [
  {
    name: "MASTER: specific, generic with four more arguments, FIFO, mail",
    notification: vrrp("VI_1", "MASTER", "instance", 150),
    want: [
      "run /m",
      "run /any|x|INSTANCE|VI_1|MASTER|150",
      'fifo vrrp "INSTANCE \\"VI_1\\" MASTER 150\\n"',
      "mail VRRP Instance VI_1 - Entering MASTER state | => VRRP Instance is now owning VRRP VIPs <=",
    ],
  },
  {
    name: "BACKUP",
    notification: vrrp("VI_1", "BACKUP"),
    want: [
      "run /b",
      "run /any|x|INSTANCE|VI_1|BACKUP|100",
      'fifo vrrp "INSTANCE \\"VI_1\\" BACKUP 100\\n"',
      "mail VRRP Instance VI_1 - Entering BACKUP state | => VRRP Instance is no longer owning VRRP VIPs <=",
    ],
  },
  {
    name: "STOP",
    notification: vrrp("VI_1", "STOP"),
    want: [
      "run /s",
      "run /any|x|INSTANCE|VI_1|STOP|100",
      'fifo vrrp "INSTANCE \\"VI_1\\" STOP 100\\n"',
      "mail VRRP Instance VI_1 - Stopping | => VRRP Instance stopping <=",
    ],
  },
  {
    name: "FAULT with no_email_faults has no mail",
    notification: vrrp("VI_1", "FAULT"),
    config: SILENT_FAULTS,
    want: ["run /f", "run /any|x|INSTANCE|VI_1|FAULT|100", 'fifo vrrp "INSTANCE \\"VI_1\\" FAULT 100\\n"'],
  },
  {
    name: "deleted without notify_deleted is FAULT everywhere, but notify_fault is not run",
    notification: vrrp("VI_1", "DELETED"),
    want: [
      "run /any|x|INSTANCE|VI_1|FAULT|100",
      'fifo vrrp "INSTANCE \\"VI_1\\" FAULT 100\\n"',
      "mail VRRP Instance VI_1 - Entering FAULT state | => VRRP Instance is no longer owning VRRP VIPs <=",
    ],
  },
  {
    name: "deleted with notify_deleted",
    notification: vrrp("deletable", "DELETED"),
    want: [
      "run /d",
      "run /any|INSTANCE|deletable|DELETED|100",
      'fifo vrrp "INSTANCE \\"deletable\\" DELETED 100\\n"',
      "mail VRRP Instance deletable - Deleted | => VRRP Deleted at reload <=",
    ],
  },
  {
    name: "a group's priority is 0",
    notification: vrrp("G1", "MASTER", "group", 77),
    want: [
      "run /gm",
      "run /gany|GROUP|G1|MASTER|0",
      'fifo vrrp "GROUP \\"G1\\" MASTER 0\\n"',
      "mail VRRP Group G1 - Entering MASTER state | => All VRRP group instances are now in MASTER state <=",
    ],
  },
  {
    name: "a group that stops",
    notification: vrrp("G1", "STOP", "group"),
    want: [
      "run /gany|GROUP|G1|STOP|0",
      'fifo vrrp "GROUP \\"G1\\" STOP 0\\n"',
      "mail VRRP Group G1 - Stopping | => All VRRP group instances are now stopping <=",
    ],
  },
  {
    name: "a name with a blank is one argument and unquoted",
    notification: vrrp("two words", "BACKUP"),
    want: ["run /any|INSTANCE|two words|BACKUP|100", 'fifo vrrp "INSTANCE \\"two words\\" BACKUP 100\\n"'],
  },
  { name: "an instance that is not configured, though its name is an object's", notification: vrrp("constructor", "MASTER"), want: [] },
  {
    name: "lower priority heard",
    notification: { type: "masterRxLowerPri", name: "VI_1", priority: 100 },
    want: ["run /low", 'fifo vrrp "INSTANCE \\"VI_1\\" MASTER_RX_LOWER_PRI 100\\n"'],
  },
  { name: "priority change not asked for", notification: { type: "priority", name: "VI_1", state: "MASTER", priority: 90 }, want: [] },
  {
    name: "priority change asked for: FIFO only",
    notification: { type: "priority", name: "talkative", state: "BACKUP", priority: 90 },
    want: ['fifo vrrp "INSTANCE \\"talkative\\" BACKUP_PRIORITY 90\\n"'],
  },
  {
    name: "real server down: the LVS line ends with a NUL",
    notification: realServer(false, "TCP CHECK failed on service"),
    want: [
      "run /rd",
      `fifo lvs "RS ${RS} ${VS} DOWN\\n\\u0000"`,
      `mail Realserver ${RS} of virtual server ${VS} - DOWN | => TCP CHECK failed on service <=`,
    ],
  },
  {
    name: "quorum up",
    notification: { type: "quorum", virtualServer: VS, up: true, reason: "Gained quorum 1+0=1 <= 2", stopping: false },
    want: ["run /qu", `fifo lvs "VS ${VS} UP\\n\\u0000"`, `mail Virtualserver ${VS} - UP | => Gained quorum 1+0=1 <= 2 <=`],
  },
  {
    name: "without a FIFO there is no line",
    notification: { type: "quorum", virtualServer: VS, up: false, reason: "Lost quorum", stopping: true },
    config: { ...FULL, fifo: undefined, vrrpFifo: { path: "/run/v", owner: undefined, script: undefined } },
    want: ["run /qd", `mail Virtualserver ${VS} - DOWN | => Lost quorum <=`],
  },
];

for (const { name, notification, config = FULL, want } of cases) {
  test(name, () => assert.deepEqual(told(notification, config), want));
}

test("one mail per changed state: a state that was mailed last is not mailed again", () => {
  const story: [Notification, number][] = [
    [vrrp("VI_1", "BACKUP"), 1],
    [vrrp("VI_1", "MASTER"), 1],
    [vrrp("VI_1", "FAULT"), 0],
    [vrrp("VI_1", "MASTER"), 0],
    [vrrp("VI_1", "BACKUP"), 1],
    [vrrp("G1", "BACKUP", "group"), 1],
    [realServer(false, "x"), 1],
    [realServer(false, "x"), 0],
    [realServer(true, "x"), 1],
  ];
  const mailed = new Map<string, string>();
  const counts = story.map(([notification]) => {
    const plan = planDeliveries(notification, SILENT_FAULTS, mailed);
    if (plan.mailed !== undefined) mailed.set(plan.mailed.key, plan.mailed.state);
    return plan.deliveries.filter(({ type }) => type === "mail").length;
  });
  assert.deepEqual(counts, story.map(([, want]) => want));
});

test("an instance and a group of one name do not wait for each other; an instance's events do", () => {
  assert.notEqual(queueKeyOf(vrrp("A", "MASTER")), queueKeyOf(vrrp("A", "MASTER", "group")));
  assert.equal(queueKeyOf(vrrp("A", "MASTER")), queueKeyOf({ type: "masterRxLowerPri", name: "A", priority: 1 }));
});

test("what counts as stopping", () => {
  assert.deepEqual(
    [vrrp("A", "STOP"), vrrp("A", "FAULT"), realServer(false, "x"), { ...realServer(false, "x"), stopping: true } as Notification].map(isStopping),
    [true, false, false, true],
  );
});

test("a state that is told once more after a reload reaches the FIFO alone", () => {
  const repeated = { ...vrrp("VI_1", "MASTER"), repeated: true };
  assert.deepEqual(told(repeated as Notification, FULL), [told(vrrp("VI_1", "MASTER"), FULL).find((line) => line.startsWith("fifo"))]);
});

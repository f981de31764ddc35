import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "vitest";
import { BLOCKS, keywordTable } from "../../src/conf/compatibility.ts";

const PAGE = "doc/compatibility.md";
const BEGIN = "<!-- keywords:begin -->\n";
const END = "\n<!-- keywords:end -->";

test("the keyword reference in doc/compatibility.md is the one of the tables (UPDATE=1 rewrites it)", () => {
  const page = readFileSync(PAGE, "utf8");
  const from = page.indexOf(BEGIN) + BEGIN.length;
  const to = page.indexOf(END);
  assert.ok(page.includes(BEGIN) && to >= from, `${PAGE} lacks the markers`);
  if (process.env["UPDATE"] === "1") writeFileSync(PAGE, page.slice(0, from) + keywordTable() + page.slice(to));
  assert.equal(readFileSync(PAGE, "utf8").slice(from).split(END)[0], keywordTable());
});

/** A few of every kind, so that a table that lost its rows is noticed also where the reference is not at hand. */
const SAMPLE = [
  "<lexer> include", "<root> vrrp_instance", "global_defs router_id", "global_defs vrrp_garp_lower_prio_repeat", "global_defs json_file_location",
  "vrrp_sync_group group", "vrrp_instance use_ipvlan", "vrrp_instance/authentication auth_pass", "vrrp_instance/auth_hmac key", "vrrp_instance/unicast_peer <IP>",
  "<track-entry> <SCRIPT>", "vrrp_script init_fail", "track_file init_file", "<address-entry> -nodad", "<route-entry> nexthop", "<rule-entry> sup_pl",
  "virtual_server_group fwmark", "virtual_server mh-fallback", "virtual_server/real_server FILE_CHECK", "virtual_server/real_server/HTTP_GET fast_recovery",
  "virtual_server/real_server/HTTP_GET/url status_code", "virtual_server/real_server/SSL_GET tls_compliant", "virtual_server/real_server/MISC_CHECK misc_dynamic",
  "bfd_instance multiplier",
];

/** Keywords that keepalived does not know, each marked in its table. */
const OWN = ["vrrp_instance on_deleted", "vrrp_instance garp_extra", "vrrp_instance dual_stack", "vrrp_instance hold_if_filtered"];

const known = new Set(BLOCKS.flatMap(({ block, entries }) => Object.keys(entries).map((name) => `${block} ${name}`)));

test("every kind of keyword has its row", () => {
  assert.deepEqual(SAMPLE.filter((name) => !known.has(name)), []);
  assert.ok(known.size >= 660, `${known.size} rows`);
});

/** Those that a later version will honour, and so have nothing to be done instead. */
const NOT_YET = /^(?:global_defs (?:snmp_|enable_|dbus_|nftables_ipvs_|no_checker_emails|vrrp_garp_extra_if|vrrp_vmac_garp_intvl)|<root> SSL$|SSL |virtual_server)/;

test("whoever writes a keyword without effect is told why, and what to do instead", () => {
  const bare = BLOCKS.flatMap(({ block, entries }) => Object.entries(entries).flatMap(([name, { effect, instead }]) => (effect === "report" && instead === undefined ? [`${block} ${name}`] : [])));
  assert.deepEqual(bare.filter((name) => !NOT_YET.test(name)), []);
});

const REFERENCE = "../shared/reference/keepalived-keywords.tsv";

test("the tables have every row of the reference where it is at hand, and no other", () => {
  const wanted = existsSync(REFERENCE)
    ? readFileSync(REFERENCE, "utf8").trimEnd().split("\n").slice(1).map((line) => line.split("\t").slice(0, 2).join(" "))
    : SAMPLE;
  assert.deepEqual(wanted.filter((name) => !known.has(name)), []);
  const own = BLOCKS.flatMap(({ block, entries }) => Object.entries(entries).flatMap(([name, entry]) => (entry.own === true ? [`${block} ${name}`] : [])));
  assert.deepEqual(own, OWN);
  if (wanted !== SAMPLE) assert.deepEqual([...known].filter((name) => !wanted.includes(name)), OWN);
});

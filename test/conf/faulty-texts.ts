// Texts that keepalived and another reader could understand differently: doc/compatibility.md, "Faulty files".

const HEAD = "vrrp_instance A {\n interface eth0\n virtual_router_id 5\n";
const VIP = " virtual_ipaddress {\n  192.0.2.7\n }\n";
const GOOD = `${HEAD}${VIP}}\n`;

/** The daemon does not start with these; `says` is what it refuses, in that line. */
export const REFUSED: readonly { name: string; text: string; line: number; says: string }[] = [
  { name: "an unknown block in a block", text: `${HEAD} advanced {\n priority 7\n }\n${VIP}}\n`, line: 4, says: "unknown block 'advanced'" },
  { name: "an unknown block at top level", text: `foo {\n bar\n}\n${GOOD}`, line: 1, says: "unknown block 'foo'" },
  { name: "a block after a keyword that has none", text: `${HEAD} priority 7 {\n state MASTER\n }\n${VIP}}\n`, line: 4, says: "a block after 'priority'" },
  { name: "a brace of its own", text: `${HEAD} state BACKUP\n track_interface {\n {\n }\n }\n${VIP}}\n`, line: 6, says: "unexpected '{'" },
  { name: "a brace of its own at top level", text: `{\n${GOOD}}\n`, line: 1, says: "unexpected '{'" },
  { name: "two braces", text: `${HEAD.replace("{", "{{")}${VIP}}}\n`, line: 1, says: "unexpected '{'" },
  { name: "no brace after a block of keywords", text: `${HEAD} authentication\n auth_type PASS\n }\n${VIP}}\n`, line: 4, says: "'authentication' without its block" },
  { name: "no brace after one at top level", text: `vrrp_instance A\n interface eth0\n}\n`, line: 1, says: "'vrrp_instance' without its block" },
  { name: "no brace after a list", text: `${HEAD} virtual_ipaddress\n 192.0.2.7\n }\n}\n`, line: 4, says: "'virtual_ipaddress' without its block" },
  { name: "a closing brace too many", text: `${GOOD}}\n`, line: 8, says: "extra '}'" },
  { name: "a closing brace too few", text: HEAD + VIP, line: 1, says: "missing '}' of the block that begins here" },
  { name: "a parameter that is not defined, in braces", text: `${HEAD} priority 1\n${VIP}}\n\${NO}\n`, line: 9, says: "unknown block '$'" },
  { name: "65 blocks in each other", text: "a {\n".repeat(65) + "}\n".repeat(65), line: 65, says: "unexpected '{'" },
];

/** These both read the same way; `want` is what is said. */
export const STARTED: readonly { name: string; text: string; want: readonly string[] }[] = [
  { name: "an unknown keyword", text: `${HEAD} prioriti 5\n${VIP}}\n`, want: ["Unknown keyword 'prioriti'"] },
  { name: "an unterminated quote", text: `global_defs {\n router_id X "Y\n}\n${GOOD}`, want: ["Unmatched quote: 'Y'"] },
  { name: "an unterminated quote in a command", text: `${HEAD} notify "/bin/true\n${VIP}}\n`, want: ["Unmatched quote: '/bin/true'"] },
  { name: "an empty sequence", text: `~SEQ(A) foo\n${GOOD}`, want: ["~SEQ needs one to three numbers - ignoring line '~SEQ(A) foo'"] },
];

import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { readSource } from "../../src/conf/source.ts";
import { explainDiagnostic, formatDiagnostic } from "../../src/conf/load.ts";
import { environment, faults, load, MAIN } from "./memory-environment.ts";

/** What the grammar sees. */
function lines(text: string, files: Readonly<Record<string, string>> = {}): string[] {
  return [...readSource(environment({ ...files, [MAIN]: text }, { env: { SITE: "north" }, random: (...[, max]) => max }), {
    path: MAIN,
    configId: "director1",
    testing: true,
    allConfig: false,
  }).lines];
}

const cases: { name: string; text: string; want: string[] }[] = [
  { name: "comments end lines outside quotes, also directly after a word", text: 'a b!c\n# d\ne "f#g!" # h\n', want: ["a b", 'e "f#g!"'] },
  { name: "\\# and $_HASH are the character", text: "a \\#b $_HASH $_BANG", want: ["a #b # !"] },
  { name: "a line with NUL is dropped, carriage returns are blank", text: "a\0b\nc\r\n", want: ["c"] },
  { name: "conditions keep or drop lines, and may precede definitions", text: "@director1 a\n@^director1 b\n@other c\n@director1 $X=1\nd $X\n@director1\n", want: ["a", "d 1"] },
  { name: "parameters are expanded at use, recursively", text: "$A=x$B\n$B=y\na $A ${B}z $B,\n$B=w\nb $A", want: ["a xy yz y,", "b xw"] },
  { name: "an undefined name, or one followed by something else, stays", text: "$A=1\na $NO ${NO} $A.", want: ["a $NO ${NO} $A."] },
  { name: "each line of a multi-line value is a line", text: "$A=one \\\n  two \\\n\\\n three\nx { $A\ny { $A }", want: ["x { one", "two", "three", "y { $A }"] },
  { name: "predefined parameters", text: "a $_INSTANCE $_PWD ${_ENV SITE} ${_RANDOM 5 9}", want: ["a director1 /etc/keepalived north 9"] },
  { name: "sequences, leftmost slowest", text: "~SEQ(A,1,2) ~LST(B,x,y) a $A $B ${A}${B}", want: ["a 1 x 1x", "a 1 y 1y", "a 2 x 2x", "a 2 y 2y"] },
  { name: "a sequence counts down, by steps, in hexadecimal", text: "~SEQ(A,3,1) a $A\n~SEQ(A,1,4,9) b $A\n~SEQx(A,9,11) c $A", want: ["a 3", "a 2", "a 1", "b 1", "b 5", "b 9", "c 9", "c a", "c b"] },
  { name: "tuples; missing members are empty", text: "~LST({A,B},{1,2},{3}) a ${A}-${B}", want: ["a 1-2", "a 3-"] },
];

describe("the text before the grammar", () => {
  for (const { name, text, want } of cases) test(name, () => expect(lines(text)).toEqual(want));

  test("a line beyond 1023 characters loses its first part", () => {
    assert.deepEqual(lines(`${"x".repeat(1_023)}rest\nnext`), ["rest", "next"]);
  });

  test("includes are read in place, sorted, relative to the including file", () => {
    const files = { "/etc/keepalived/d/b.conf": "b\ninclude c/*.conf", "/etc/keepalived/d/a.conf": "a", "/etc/keepalived/d/c/x.conf": "x" };
    assert.deepEqual(lines("1\ninclude d/*.conf\n2", files), ["1", "a", "b", "x", "2"]);
  });
});

test("a place survives includes, parameters and sequences", () => {
  const result = load("$P=prioriti\ninclude part.conf\n", { "/etc/keepalived/part.conf": "vrrp_instance A {\n  interface eth0\n  virtual_router_id 1\n  virtual_ipaddress { 192.0.2.1 }\n\t$P 5 # five\n}\n" });
  const [wrong] = result.diagnostics;
  assert.ok(wrong);
  assert.equal(formatDiagnostic(wrong), "(/etc/keepalived/part.conf: Line 5) Unknown keyword 'prioriti'");
  assert.equal(
    explainDiagnostic(wrong),
    "/etc/keepalived/part.conf:5:2: error: Unknown keyword 'prioriti'\n    \t$P 5 # five\n    \t^~\n    did you mean 'priority'?",
  );
  assert.deepEqual(result.files, [MAIN, "/etc/keepalived/part.conf"]);
});

const includes: { name: string; text: string; files?: Record<string, { text: string; mode: number }>; code: number; daemon: number | undefined }[] = [
  { name: "include tolerates a missing file", text: "include no.conf", code: 0, daemon: undefined },
  { name: "includer tolerates a missing file, too", text: "includer no.conf", code: 0, daemon: undefined },
  { name: "includer does not tolerate an executable one", text: "includer x.conf", files: { "/etc/keepalived/x.conf": { text: "", mode: 0o755 } }, code: 6, daemon: 6 },
  { name: "includem wants the file", text: "includem no.conf", code: 6, daemon: 6 },
  { name: "includem does not want a match of wildcards", text: "includem no*.conf", code: 0, daemon: undefined },
  { name: "includew does", text: "includew no*.conf", code: 6, daemon: 6 },
  { name: "includeb wants every alternative", text: "includeb {keepalived,no}.con", code: 6, daemon: 6 },
  { name: "include_check sets the classes for what follows", text: "global_defs {\n include_check match\n}\ninclude no.conf", code: 6, daemon: 6 },
  { name: "a file that includes itself ends in an error", text: "include keepalived.conf", code: 6, daemon: 6 },
];

describe("includes", () => {
  for (const { name, text, files = {}, code, daemon } of includes) {
    test(name, () => {
      const result = load(text, files);
      expect([result.exitCodeTest, result.exitCodeDaemon]).toEqual([code, daemon]);
    });
  }

  test("a missing main file: -t says so and exits 0, the daemon exits 6", () => {
    const result = load("", {}, { path: "/no.conf" });
    assert.deepEqual([result.exitCodeTest, result.exitCodeDaemon, result.config], [0, 6, undefined]);
    assert.deepEqual(result.diagnostics.map(({ message }) => message), ["Config files missing '/no.conf'."]);
  });
});

test("numbers: -t is stricter than the daemon, and a dropped value has its message", () => {
  const text = "vrrp_instance A {\n interface eth0\n virtual_router_id 5\n priority 5x\n virtual_ipaddress { 192.0.2.1 }\n}\n";
  const strict = load(text);
  assert.deepEqual(faults(strict), ["invalid number '5x'", "(A) Priority not valid! must be between 1 & 255. Using default 100"]);
  assert.equal(strict.config?.vrrp.instances[0]?.priority, 100);
  const daemon = load(text, {}, { testing: false });
  assert.deepEqual(faults(daemon), ["WARNING - invalid number '5x'"]);
  assert.deepEqual([daemon.config?.vrrp.instances[0]?.priority, daemon.exitCodeDaemon], [5, undefined]);
  assert.deepEqual(daemon.diagnostics.map(({ severity }) => severity), ["error"]); // which no reload takes
});

test("words like constructor are unknown keywords, not properties of an object", () => {
  const result = load("constructor\n__proto__ {\n}\nvrrp_instance toString {\n hasOwnProperty\n}\n");
  assert.deepEqual(faults(result).filter((message) => message.startsWith("Unknown keyword")), ["Unknown keyword 'constructor'", "Unknown keyword '__proto__'", "Unknown keyword 'hasOwnProperty'"]);
});

import { connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { parseArgs } from "node:util";
import { exchange, HTTP_REASONS, requestText } from "../base/http10.ts";
import type { HttpObserver, HttpProtocol } from "../base/http10.ts";
import { familyOf, parseIpAddress } from "../base/ip.ts";
import type { IpAddress } from "../base/ip.ts";
import type { Connector } from "../base/ports.ts";
import type { Clock } from "../base/time.ts";

/** Where genhash writes, and what it needs of the world beyond a plain connection. */
export interface GenhashIo {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** For `-m`, which must mark the socket before it connects. */
  readonly connector?: Connector;
  /** For the response time that `-v` prints. */
  readonly clock?: Clock;
}

interface Request {
  readonly address: IpAddress;
  readonly port: number;
  readonly path: string;
  readonly tls: boolean;
  readonly serverName: string | undefined;
  readonly virtualHost: string | undefined;
  readonly fwmark: number;
  readonly protocol: HttpProtocol;
  readonly timeoutMs: number;
  readonly verbose: boolean;
}

const USAGE = `Usage: genhash [OPTIONS] -s ADDRESS -p PORT -u URL
Prints the MD5 of a page's body, as 'digest' in an HTTP_GET or SSL_GET check wants it.

  -s, --server ADDRESS         ask this server (an IP address)
  -p, --port PORT              on this port
  -u, --url URL                for this path
  -S, --use-ssl                speak TLS; the certificate is not verified
  -I, --use-sni NAME           with this server name (TLS)
  -V, --use-virtualhost HOST   send this Host header
  -P, --protocol VERSION       1.0, 1.0c (1.0 with Connection: close) or 1.1
  -m, --fwmark MARK            mark the packets
  -t, --timeout SECONDS        give up after this time, default 5
  -v, --verbose                show header, body and response time
  -h, --help                   show this
`;

const PROTOCOLS: Readonly<Record<string, HttpProtocol>> = { "1.0": "1.0", "1.0c": "1.0C", "1.0C": "1.0C", "1.1": "1.1" };

/**
 * `keepalived -T`, `genhash`: asks once and prints the MD5 of the body, read exactly as the HTTP_GET checker reads it.
 * A server that does not answer is told on standard output and is, as in keepalived, no failure of the program.
 *
 * @param argv without the program's name and `-T`
 * @returns the exit status: 0, or 1 for bad usage (and for `-h`, as keepalived's)
 */
export async function main(argv: readonly string[], io: GenhashIo): Promise<number> {
  const request = parse(argv);
  if (typeof request === "string") {
    io.error(`${request}${USAGE}`);
    return 1;
  }
  if (request.fwmark !== 0 && io.connector === undefined) {
    io.error("genhash: this program was started without the means to mark packets: leave -m out\n");
    return 1;
  }
  const before = io.clock?.now() ?? 0;
  await ask(request, io);
  if (request.verbose && io.clock !== undefined) io.out(`\nGlobal response time for [${request.path}] = ${io.clock.now() - before} usecs\n`);
  return 0;
}

async function ask(request: Request, io: GenhashIo): Promise<void> {
  const signal = AbortSignal.timeout(request.timeoutMs);
  const stream = await open(request, io, signal);
  if (typeof stream === "string") return io.out(`${stream}\n`);
  const dump = new Dump(io);
  const host = request.virtualHost ?? hostPort(request.address, request.port);
  const text = requestText(request.path, host, request.protocol);
  const reply = await exchange(stream, text, signal, request.verbose ? dump : undefined);
  if (reply.type === "failed") {
    if (reply.reason === HTTP_REASONS.nothingReceived) io.error("no data received from remote webserver\n");
    else io.out(`${reply.reason}\n`);
    return;
  }
  const md5 = reply.bodyMd5 ?? "";
  if (request.verbose) dump.finish(md5);
  io.out(`${md5}\n`);
}

/** Connects, and shakes hands if asked to. @returns keepalived's words when that did not work */
function open(request: Request, io: GenhashIo, signal: AbortSignal): Promise<Duplex | string> {
  const { address, port, fwmark, tls, serverName } = request;
  const tcp: Socket = fwmark !== 0 && io.connector !== undefined ? io.connector.connect({ address, port, fwmark }) : connectTcp(port, address);
  const name = serverName === undefined ? {} : { servername: serverName };
  const stream = tls ? connectTls({ socket: tcp, rejectUnauthorized: false, ...name }) : tcp;
  return new Promise((resolve) => {
    const fail = (words: string): void => {
      signal.removeEventListener("abort", onAbort);
      stream.destroy();
      tcp.destroy();
      resolve(words);
    };
    const onAbort = (): void => fail(HTTP_REASONS.connectTimeout);
    signal.addEventListener("abort", onAbort);
    tcp.on("error", () => fail(HTTP_REASONS.connectionFailed));
    if (stream !== tcp) stream.on("error", () => fail("SSL handshake/communication error..."));
    stream.once(tls ? "secureConnect" : "connect", () => {
      signal.removeEventListener("abort", onAbort);
      resolve(stream);
    });
  });
}

/** @returns what is wrong, in one line or none, when it is not a request */
function parse(argv: readonly string[]): Request | string {
  const parsed = parseOptions(argv);
  if (parsed === undefined) return "";
  const { values, positionals } = parsed;
  if (values.help === true) return "";
  if (positionals.length > 0) return `Unexpected argument(s): ${positionals.join(" ")}\n`;
  const address = values.server === undefined ? undefined : parseIpAddress(values.server);
  if (values.server !== undefined && address === undefined) return `server should be an IP, not ${values.server}\n`;
  const port = wholeNumber(values.port, 1, 65_535);
  if (port === "invalid") return `invalid port number '${values.port}'\n`;
  const fwmark = wholeNumber(values.fwmark, 0, 0xffff_ffff);
  if (fwmark === "invalid") return `invalid fwmark '${values.fwmark}'\n`;
  const timeoutS = wholeNumber(values.timeout, 0, 86_400);
  if (timeoutS === "invalid") return `invalid timeout '${values.timeout}'\n`;
  const version = values.protocol ?? "1.0";
  const protocol = Object.hasOwn(PROTOCOLS, version) ? PROTOCOLS[version] : undefined;
  if (protocol === undefined) return `invalid HTTP protocol version '${version}'\n`;
  if (address === undefined || port === undefined || values.url === undefined) return "";
  return {
    address,
    port,
    path: values.url,
    tls: values["use-ssl"] ?? false,
    serverName: values["use-sni"],
    virtualHost: values["use-virtualhost"],
    fwmark: fwmark ?? 0,
    protocol,
    timeoutMs: (timeoutS ?? 5) * 1000,
    verbose: values.verbose ?? false,
  };
}

function parseOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        server: { type: "string", short: "s" },
        port: { type: "string", short: "p" },
        url: { type: "string", short: "u" },
        "use-ssl": { type: "boolean", short: "S" },
        "use-sni": { type: "string", short: "I" },
        "use-virtualhost": { type: "string", short: "V" },
        protocol: { type: "string", short: "P" },
        fwmark: { type: "string", short: "m" },
        timeout: { type: "string", short: "t" },
        verbose: { type: "boolean", short: "v" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    if (error instanceof TypeError) return undefined; // an option that is unknown, or lacks its value
    throw error;
  }
}

function wholeNumber(text: string | undefined, least: number, most: number): number | undefined | "invalid" {
  if (text === undefined) return undefined;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  return number >= least && number <= most ? number : "invalid";
}

function hostPort(address: IpAddress, port: number): string {
  return familyOf(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What `-v` shows. */
class Dump implements HttpObserver {
  readonly #io: GenhashIo;
  #body: Uint8Array[] = [];

  constructor(io: GenhashIo) {
    this.#io = io;
  }

  header(octets: Uint8Array): void {
    const { out } = this.#io;
    out(title("   HTTP Header Buffer   "));
    out(hexDump(octets));
    out(title("HTTP Header Ascii Buffer"));
    out(`${Buffer.from(octets).toString("latin1")}\n`);
  }

  body(octets: Uint8Array): void {
    this.#body.push(Uint8Array.from(octets));
  }

  finish(md5: string): void {
    const { out } = this.#io;
    if (this.#body.length > 0) out(title("       HTML Buffer       "));
    out(hexDump(Buffer.concat(this.#body)));
    out(`\n${title("   HTML hash resulting   ")}`);
    out(hexDump(Buffer.from(md5, "hex")));
    out(title("HTML hash final resulting"));
  }
}

function title(text: string): string {
  return `-----------------------[ ${text} ]-----------------------\n`;
}

/** Sixteen octets a line: decimal offset, two groups of hexadecimal, the printable ones. */
function hexDump(octets: Uint8Array): string {
  let text = "";
  for (let at = 0; at < octets.length; at += 16) {
    const line = [...octets.subarray(at, at + 16)];
    const hex = line.map((octet) => `${octet.toString(16).padStart(2, "0")} `);
    const ascii = line.map((octet) => (octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : ".")).join("");
    text += `${String(at).padStart(4, "0")}  ${hex.slice(0, 8).join("").padEnd(24)}- ${hex.slice(8).join("").padEnd(24)}  ${ascii.padEnd(16)}\n`;
  }
  return text;
}

import { readFileSync } from "node:fs";
import { release, type, version as kernelVersion } from "node:os";

/** The keepalived release whose behaviour the reference describes, told to tools that ask for keepalived's version. */
export const KEEPALIVED_VERSION = "2.4.3";
const KEEPALIVED_DATE = "08/13,2026";

/** Regent's own version, from package.json beside the build. */
export function regentVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}

/** As in keepalived's first and last log line; tools match "Keepalived v<number>". */
export function versionWords(): string {
  return `Keepalived v${KEEPALIVED_VERSION} (Regent ${regentVersion()})`;
}

/** What `--version` prints on standard error; exporters read the first line when started under keepalived's name. */
export function versionText(asKeepalived: boolean): string {
  const first = asKeepalived ? `Keepalived v${KEEPALIVED_VERSION} (${KEEPALIVED_DATE})` : `Regent v${regentVersion()}`;
  const second = asKeepalived ? `Provided by Regent v${regentVersion()}` : `Compatible with Keepalived v${KEEPALIVED_VERSION}`;
  return `${first}\n\n${second}\n\n${runningOn()}\nNode ${process.version}\n\nConfig options:  LVS VRRP VRRP_AUTH\n`;
}

export function runningOn(): string {
  return `Running on ${type()} ${release()} ${kernelVersion()}`;
}

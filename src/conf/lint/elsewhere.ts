import type { Accounts, Files, FileStatus } from "../../base/ports.ts";
import type { LoadEnvironment } from "../environment.ts";
import type { Outline } from "./outline.ts";

// A configuration that is meant for another machine: its interfaces, scripts and accounts are taken to be there, so that
// what is judged is the configuration and not this machine.

const PROGRAM: FileStatus = { kind: "file", mode: 0o755, uid: 0, gid: 0, size: 0 };
const NOBODY = 65_534;

/** `here`, with everything in place that the text may name. What exists here is seen as it is. */
export function elsewhere(here: LoadEnvironment, outline: Outline): LoadEnvironment {
  const files: Files = {
    readText: (path) => here.files.readText(path),
    glob: (pattern, directory) => here.files.glob(pattern, directory),
    stat: (path) => here.files.stat(path) ?? PROGRAM,
    realPath: (path) => here.files.realPath(path) ?? path,
  };
  const accounts: Accounts = {
    user: (name) => here.accounts.user(name) ?? { uid: NOBODY, gid: NOBODY },
    group: (name) => here.accounts.group(name) ?? { gid: NOBODY },
  };
  // Every word of the text might be the name of an interface; "eth0" is the default of some.
  const interfaces = [...new Set(["eth0", ...[...outline.everything()].flatMap(({ texts }) => texts)])];
  return { ...here, files, accounts, interfaceNames: () => interfaces, interfaceMtu: () => undefined };
}

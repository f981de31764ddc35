import { regent } from "./cli/regent.ts";
import { loadEnvironment } from "./daemon/load-environment.ts";
import { regentVersion } from "./daemon/version.ts";

// The operator's command: argv and this machine to src/cli.

process.exitCode = await regent(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
  environment: loadEnvironment,
  version: regentVersion,
});

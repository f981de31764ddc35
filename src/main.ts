import { Signals } from "./daemon/signals.ts";
import { helpText, readOptions } from "./daemon/options.ts";
import { EXIT_FATAL, EXIT_OK } from "./daemon/exit-codes.ts";

const signals = new Signals();
const name = process.env["REGENT_NAME"] ?? "regentd";
const command = readOptions(process.argv.slice(2));

/** A command that prints something and ends. What it does not need is not loaded: the daemon's packages take a while. */
async function run(): Promise<number> {
  switch (command.type) {
    case "version": {
      const { versionText } = await import("./daemon/version.ts");
      process.stderr.write(versionText(name === "keepalived"));
      return EXIT_OK;
    }
    case "help":
      process.stderr.write(helpText(name));
      return EXIT_OK;
    case "usage":
      process.stderr.write(`${name}: ${command.message}\n${helpText(name)}`);
      return EXIT_FATAL;
    case "signum": {
      const { signalNumber } = await import("./daemon/config-test.ts");
      const number = signalNumber(command.function);
      if (number === undefined) process.stderr.write(`Unknown sigfunc ${command.function}\n`);
      else process.stdout.write(`${number}\n`);
      return number === undefined ? EXIT_FATAL : EXIT_OK;
    }
    case "genhash": {
      const { main } = await import("./cli/genhash.ts");
      const { genhashHost } = await import("./daemon/genhash-host.ts");
      const out = (text: string): void => void process.stdout.write(text);
      return main(command.argv, { out, error: (text) => void process.stderr.write(text), ...genhashHost() });
    }
    case "configTest": {
      const { testConfig } = await import("./daemon/config-test.ts");
      for (const remark of command.remarks) process.stderr.write(`${remark}\n`);
      return testConfig(command.options, command.output);
    }
    case "run":
      throw new Error("the daemon is started by runDaemon");
  }
}

if (command.type === "run") {
  const { runDaemon } = await import("./daemon/run-daemon.ts");
  await runDaemon(command.options, command.remarks, signals);
} else {
  signals.restore();
  process.exitCode = await run();
}

import { blockText, keywordText } from "../conf/reference/describe.ts";
import { lookUp, REFERENCE } from "../conf/reference/reference.ts";
import { retiredText } from "../conf/reference/retired.ts";
import { readArguments } from "./arguments.ts";
import type { Command, CommandHost } from "./command.ts";

const EXIT_NOT_FOUND = 1;

export const explain: Command = {
  usage: `Usage: regent explain [KEYWORD...]

Says what a keyword of keepalived.conf means, takes and defaults to, as regentd.conf(5) does. A keyword may be
written behind the blocks it stands in:

  regent explain preempt_delay
  regent explain vrrp_instance.preempt_delay
  regent explain real_server.HTTP_GET.url.digest
  regent explain virtual_ipaddress.label

Without KEYWORD the blocks are listed. Exit status 1 when a keyword is not known.
`,

  run(argv, host) {
    const { positionals } = readArguments(argv, {});
    if (positionals.length === 0) {
      const outside = REFERENCE.filter(({ path }) => path === "");
      host.out(outside.map(blockText).join("\n"));
      return 0;
    }
    const known = positionals.map((query) => explainOne(query, host));
    return known.includes(false) ? EXIT_NOT_FOUND : 0;
  },
};

function explainOne(query: string, host: CommandHost): boolean {
  const result = lookUp(query);
  switch (result.found) {
    case "keywords":
      host.out(result.keywords.map(keywordText).join("\n"));
      return true;
    case "block":
      host.out(`${result.block.title}\n\n${blockText(result.block)}`);
      return true;
    case "retired":
      host.out(`${retiredText(result.name, result.retired)}\n`);
      return true;
    case "nothing":
      host.error(`regent explain: no keyword '${query}'${result.nearest.length === 0 ? "" : `; did you mean ${result.nearest.join(" or ")}?`}\n`);
      return false;
  }
}

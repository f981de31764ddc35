import { join } from "node:path";
import { serveRequests } from "./control.ts";
import { allBack, allDead, pageChanges, requestsAreShared, serverStops } from "./demo-checks.ts";
import { everythingStops, firstElection, hostReturns, masterDies, masterReturns, masterStops } from "./demo-failover.ts";
import { directorKind } from "./lab-director.ts";
import { Scene } from "./scene.ts";
import { endShell } from "./shell.ts";
import { Story } from "./story.ts";

// The demo's story, told inside the lab's kernel:  node demo.js keepalived|regentd [keep]

const LIMIT_MS = 105_000;
const LOG_LINES = 40;

const kind = directorKind(process.argv[2] ?? "");
const keep = process.argv[3] === "keep";
const scratch = process.env["LAB_SCRATCH"];
if (scratch === undefined) throw new Error("runs inside the lab only: scripts/demo.sh");

const story = new Story(LIMIT_MS);
story.step("Two directors, three real servers, a sorry server, a mail server and a client, on two networks");
const scene = await Scene.build(story, kind, scratch);
story.say("outer 192.0.2.0/24: client .10, director-a .1, director-b .2, VIP .100");
story.say("inner 198.51.100.0/24: director-a .2, director-b .3, VIP .1 (the gateway), rs1 .11, rs2 .12, rs3 .13, sorry .20, mail .25");

for (const chapter of [firstElection, requestsAreShared, serverStops, pageChanges, allDead, allBack, masterDies, hostReturns, masterStops, masterReturns]) await chapter(scene);

if (keep) {
  report("So far");
  console.log("\nkept running");
  await serveRequests(join(scratch, "control"));
}
await everythingStops(scene);
await scene.end();
endShell();
report("The end");
process.exitCode = story.failures.length === 0 ? 0 : 1;

function report(what: string): void {
  if (story.failures.length > 0) {
    for (const director of [scene.a, scene.b]) console.log(`\n--- the last lines that ${director.namespace} logged\n${director.log(LOG_LINES)}`);
    console.log(`\nNot seen:\n${story.failures.map((failure) => `  ${failure}`).join("\n")}`);
  }
  console.log(`\n${story.seconds().padStart(7)}  ${what}: ${story.seen} things seen in the kernel and on the wire, ${story.failures.length} missed.`);
}

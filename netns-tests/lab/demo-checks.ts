import { on, OUTER_VIP, REAL_PORT, REAL_SERVERS, SERVICE_PORT, SORRY } from "./world.ts";
import { list, pageOf, type Scene, tally } from "./scene.ts";
import { look } from "./story.ts";

// The part of the story about real servers: how they are shared, judged, removed and taken back. director-a is MASTER.

const ALL = [`${REAL_SERVERS.rs1} weight 2`, `${REAL_SERVERS.rs2} weight 1`, `${REAL_SERVERS.rs3} weight 1`];
const SORRY_ONLY = [`${SORRY} weight 1`];
/** Connect refused at once, one retry a second later, on a one second loop; an HTTP check has two rounds. */
const REMOVAL_MS = 8_000;
const MAIL_MS = 5_000;

/** Escaped for a regular expression. */
function literal(address: string): string {
  return address.replaceAll(".", "\\.");
}

function down(address: string): RegExp {
  return new RegExp(`^\\[director-a\\].*${literal(address)}.*DOWN`);
}

function up(address: string): RegExp {
  return new RegExp(`^\\[director-a\\].*${literal(address)}.*UP`);
}

export async function requestsAreShared(scene: Scene): Promise<void> {
  const { story } = scene;
  story.step("The IPVS table of the MASTER, and who answers");
  await story.expect("all three real servers with their weights", 5_000, () => scene.pool("director-a", ALL));
  const service = `-A -t ${OUTER_VIP}:${SERVICE_PORT} -s wrr -p 60`;
  await story.expect("the virtual server, weighted round robin, persistent", 2_000, async () => {
    const rules = await on("director-a", "ipvsadm", "-Sn");
    return look(rules.split("\n").includes(service), rules.split("\n")[0] ?? "");
  });
  await scene.printTable("director-a");

  const answers = await scene.askFromFreshAddresses(8);
  await story.expect("eight clients, shared by weight 2:1:1", 0, () => look(tally(answers) === "rs1 4, rs2 2, rs3 2", tally(answers)));
  const again = answers[0];
  await story.expect("one of them asks five times more: always the same real server", 0, async () => {
    const more = await Promise.all([...Array(5).keys()].map(() => scene.client.ask(again?.from ?? "", OUTER_VIP, SERVICE_PORT)));
    return look(tally(more) === `${again?.body ?? ""} 5`, tally(more));
  });
  await story.expect("rs1 reaches the client through the inner VIP, under the outer VIP's address", 3_000, async () => {
    const { body, error } = await scene.realServers.rs1.ask(REAL_SERVERS.rs1, "192.0.2.10", REAL_PORT);
    return look(body === `asked by ${OUTER_VIP}`, error ?? body);
  });
}

export async function serverStops(scene: Scene): Promise<void> {
  const { story } = scene;
  story.step("rs2's web server is stopped (TCP_CHECK)");
  const since = Date.now();
  await scene.realServers.rs2.stopServing(REAL_SERVERS.rs2);
  await story.expect("rs2 leaves the table", REMOVAL_MS, () => scene.pool("director-a", ALL.filter((server) => !server.startsWith(REAL_SERVERS.rs2))));
  await story.expect("a mail says so", MAIL_MS, () => scene.mailed(since, down(REAL_SERVERS.rs2)));
  await onlyAnsweredBy(scene, ["rs1", "rs3"], 6);
}

export async function pageChanges(scene: Scene): Promise<void> {
  const { story } = scene;
  story.step("rs1 still answers, but with another page (HTTP_GET: its digest no longer matches)");
  const since = Date.now();
  await scene.realServers.rs1.changePage(REAL_SERVERS.rs1, "It works!\n");
  await story.expect("rs1 leaves the table", REMOVAL_MS, () => scene.pool("director-a", [`${REAL_SERVERS.rs3} weight 1`]));
  await story.expect("a mail says so", MAIL_MS, () => scene.mailed(since, down(REAL_SERVERS.rs1)));
  await onlyAnsweredBy(scene, ["rs3"], 3);
}

export async function allDead(scene: Scene): Promise<void> {
  const { story } = scene;
  story.step("rs3 stops as well (MISC_CHECK): nobody is left");
  const since = Date.now();
  await scene.realServers.rs3.stopServing(REAL_SERVERS.rs3);
  await story.expect("the sorry server alone is in the table", REMOVAL_MS, () => scene.pool("director-a", SORRY_ONLY));
  await story.expect("a mail says that rs3 is down", MAIL_MS, () => scene.mailed(since, down(REAL_SERVERS.rs3)));
  await scene.printTable("director-a");
  await onlyAnsweredBy(scene, ["sorry"], 3);
}

export async function allBack(scene: Scene): Promise<void> {
  const { story } = scene;
  story.step("All three are repaired");
  const since = Date.now();
  await scene.realServers.rs1.changePage(REAL_SERVERS.rs1, pageOf("rs1"));
  await scene.realServers.rs2.serve(REAL_SERVERS.rs2, REAL_PORT, pageOf("rs2"));
  await scene.realServers.rs3.serve(REAL_SERVERS.rs3, REAL_PORT, pageOf("rs3"));
  await story.expect("all three are in the table again, the sorry server is not", REMOVAL_MS, () => scene.pool("director-a", ALL));
  for (const address of Object.values(REAL_SERVERS)) await story.expect(`a mail for ${address}`, MAIL_MS, () => scene.mailed(since, up(address)));
  await onlyAnsweredBy(scene, ["rs1", "rs2", "rs3"], 8);
}

/** Fresh clients are answered by all of `servers` and by nobody else. */
async function onlyAnsweredBy(scene: Scene, servers: readonly string[], clients: number): Promise<void> {
  const answers = await scene.askFromFreshAddresses(clients);
  const who = [...new Set(answers.map((answer) => answer.error ?? answer.body))].sort();
  await scene.story.expect(`${clients} clients are answered by ${list(servers)}`, 0, () => look(who.join() === servers.join(), tally(answers)));
}

import { DIRECTORS, type DirectorName, OUTER_VIP, SERVICE_PORT, setCables, vipsOf } from "./world.ts";
import { type Scene, SIDES, skewMs, tally } from "./scene.ts";
import { look, type Look } from "./story.ts";

// The part of the story about the directors: election, loss of the MASTER, handover, and return.

const LOAD_SOURCE = "192.0.2.10";
const LOAD_EVERY_MS = 100;
/** Beyond what RFC 3768 computes: the lab has one slow processor for everybody. */
const SLACK_MS = 700;
/** The same for the short wait of a handover. */
const HANDOVER_SLACK_MS = 300;
/** A director's start in the lab and its three silent seconds. */
const ELECTION_MS = 30_000;
/** Both VIPs move in one movement: within this of each other, as the wire shows it. */
const TOGETHER_MS = 300;
const PASS_TYPE = 1;
const PASSWORD = Buffer.from("s3cret\0\0", "latin1").toString("hex");

export async function firstElection(scene: Scene): Promise<void> {
  const { story } = scene;
  story.step(`Both directors start (${scene.kind})`);
  const since = Date.now();
  scene.b.start();
  scene.a.start();
  await becomesMaster(scene, "director-a", since);
  await story.expect("director-b, priority 100, hears 150 and stays BACKUP: it is silent", 0, () => {
    const last = SIDES.map((side) => scene.adverts(side, "director-a", since).at(-1)?.at ?? 0);
    const late = SIDES.flatMap((side, i) => scene.adverts(side, "director-b", since).filter((advert) => advert.at > (last[i] ?? 0)));
    return look(late.length === 0, `${late.length} adverts of director-b after director-a's`);
  });
  await story.expect("adverts carry auth_type PASS with the password", 0, () => {
    const advert = scene.adverts("outer", "director-a", since)[0];
    return look(advert?.authType === PASS_TYPE && advert.authData === PASSWORD, `authentication type ${advert?.authType ?? "none"}, data ${advert?.authData ?? "none"}`);
  });
}

/** Every process of the MASTER dies in one moment and its cables go dead: there is no last word. */
export async function masterDies(scene: Scene): Promise<void> {
  const { story } = scene;
  story.step("The MASTER's host dies: kill -9 of every process of director-a, and both cables go dead");
  await scene.client.startLoad(LOAD_SOURCE, OUTER_VIP, SERVICE_PORT, LOAD_EVERY_MS);
  const since = Date.now();
  const processes = scene.a.crash();
  await setCables("director-a", "down");
  story.say(`${processes} processes killed. director-b waits for three adverts and its skew: ${(3 + skewMs("director-b") / 1_000).toFixed(2)} s.`);

  await story.expect("director-b takes over both networks by itself, after three silent seconds", 8_000, () => tookOver(scene, since, 3_000 + skewMs("director-b")));
  await story.expect("both VIPs are in director-b's kernel", 2_000, async () => {
    const vips = await vipsOf("director-b");
    return look(vips.length === 2, `director-b holds ${vips.join(", ")}`);
  });
  await story.expect("gratuitous ARP tells both networks", 2_000, () => scene.announced("director-b", since));
  await story.expect("its firewall was reloaded", 3_000, () => scene.firewall("director-b", "master"));
  await requestsGoOn(scene, since, 3_000 + skewMs("director-b") + 2_000);
}

export async function hostReturns(scene: Scene): Promise<void> {
  const { story } = scene;
  story.step("director-a's host is back, with the old VIPs still on its interfaces: it must not use them before it is MASTER");
  const since = Date.now();
  scene.a.start();
  await story.expect("director-a removes what the dead one left behind", ELECTION_MS, () => scene.holdsBoth("director-b"));
  await setCables("director-a", "up");
  await preempted(scene, since);
}

export async function masterStops(scene: Scene): Promise<void> {
  const { story } = scene;
  story.step("The MASTER is stopped in order: SIGTERM to director-a");
  await scene.client.startLoad(LOAD_SOURCE, OUTER_VIP, SERVICE_PORT, LOAD_EVERY_MS);
  const since = Date.now();
  scene.a.kill("SIGTERM");
  await story.expect("director-a says goodbye on both networks with priority 0", 3_000, () => {
    const goodbyes = SIDES.map((side) => scene.adverts(side, "director-a", since).filter((advert) => advert.priority === 0).length);
    return look(goodbyes.every((count) => count > 0), `${goodbyes.join(" and ")} adverts with priority 0`);
  });
  await story.expect(`director-b takes over inside its skew time of ${skewMs("director-b").toFixed(0)} ms`, 4_000, () => handedOver(scene, since));
  await story.expect("both VIPs moved", 2_000, () => scene.holdsBoth("director-b"));
  await story.expect("gratuitous ARP tells both networks", 2_000, () => scene.announced("director-b", since));
  await story.expect("director-a ended with status 0", 8_000, () => look(scene.a.ended === 0, `ended with ${String(scene.a.ended ?? "nothing yet")}`));
  await requestsGoOn(scene, since, skewMs("director-b") + 2_000);
}

export async function masterReturns(scene: Scene): Promise<void> {
  scene.story.step("director-a is started again");
  const since = Date.now();
  scene.a.start();
  await preempted(scene, since);
}

export async function everythingStops(scene: Scene): Promise<void> {
  const { story } = scene;
  story.step("Both directors are stopped");
  scene.b.kill("SIGTERM");
  scene.a.kill("SIGTERM");
  for (const name of ["director-a", "director-b"] as const) {
    await story.expect(`${name} ends with status 0`, 10_000, () => look(scene.director(name).ended === 0, `ended with ${String(scene.director(name).ended ?? "nothing yet")}`));
    await story.expect("and leaves neither VIP nor table behind", 2_000, async () => {
      const [vips, pool] = [await vipsOf(name), (await scene.pool(name, [])).seen];
      return look(vips.length === 0 && pool, `${vips.length} VIPs, ${pool ? "an empty table" : "a table"}`);
    });
  }
}

/** director-a, whose priority is higher, takes the mastership back after a master-down time of its own. */
async function preempted(scene: Scene, since: number): Promise<void> {
  scene.story.say("director-b's adverts carry priority 100, less than 150: director-a lets its timer run out and takes over.");
  await becomesMaster(scene, "director-a", since);
  await scene.story.expect("director-b gives way and is silent", 3_000, () => {
    const first = SIDES.map((side) => scene.adverts(side, "director-a", since)[0]?.at ?? Number.MAX_SAFE_INTEGER);
    // One that was on its way while the first advert of director-a was is no quarrel.
    const late = SIDES.flatMap((side, i) => scene.adverts(side, "director-b", since).filter((advert) => advert.at > (first[i] ?? 0) + SLACK_MS * 1_000));
    return look(late.length === 0, `${late.length} adverts of director-b afterwards`);
  });
  await scene.story.expect("director-b's firewall is the BACKUP's again", 3_000, () => scene.firewall("director-b", "backup"));
}

/** What every MASTER shows: adverts of its priority on both networks, both VIPs, announcements, its firewall, a mail. */
async function becomesMaster(scene: Scene, name: DirectorName, since: number): Promise<void> {
  const { story } = scene;
  const { priority } = DIRECTORS[name];
  await story.expect(`${name} is MASTER on both networks: its priority ${priority} is the highest`, ELECTION_MS, () => {
    const counts = SIDES.map((side) => scene.adverts(side, name, since).filter((advert) => advert.priority === priority).length);
    return look(counts.every((count) => count > 0), `${counts.join(" and ")} adverts with priority ${priority}`);
  });
  await story.expect("it alone holds both VIPs", 5_000, () => scene.holdsBoth(name));
  await story.expect("gratuitous ARP tells both networks", 3_000, () => scene.announced(name, since));
  await story.expect("notify_master reloaded its firewall", 5_000, () => scene.firewall(name, "master"));
  await story.expect("a mail says so", 8_000, () => scene.mailed(since, new RegExp(`${name}.*MASTER`)));
}

/** The silence between the last advert of director-a and the first of director-b, on both networks. */
function tookOver(scene: Scene, since: number, wantMs: number): Look {
  const [outer, inner] = SIDES.map((side) => {
    const last = scene.adverts(side, "director-a", 0).at(-1);
    const first = scene.adverts(side, "director-b", since)[0];
    return last === undefined || first === undefined ? undefined : { first: first.at / 1_000, silenceMs: (first.at - last.at) / 1_000 };
  });
  if (outer === undefined || inner === undefined) return look(false, "no advert of director-b yet");
  const apartMs = Math.abs(outer.first - inner.first);
  // A group moves when its first member does, so only the shorter silence is the timer's.
  const silenceMs = Math.min(outer.silenceMs, inner.silenceMs);
  const seen = silenceMs > wantMs - 20 && silenceMs < wantMs + SLACK_MS && apartMs < TOGETHER_MS;
  return look(seen, `first adverts ${(silenceMs / 1_000).toFixed(2)} s after director-a's last, the two networks ${apartMs.toFixed(0)} ms apart`);
}

/**
 * From director-a's last priority 0 to director-b's first advert, on both networks. The last, because a sync group moves
 * when all its members may.
 */
function handedOver(scene: Scene, since: number): Look {
  const goodbyes = SIDES.map((side) => scene.adverts(side, "director-a", since).find((advert) => advert.priority === 0)?.at ?? Number.NaN);
  const firsts = SIDES.map((side) => scene.adverts(side, "director-b", since)[0]?.at ?? Number.NaN);
  const last = Math.max(...goodbyes);
  const times = firsts.map((first) => (first - last) / 1_000);
  const within = skewMs("director-b") + HANDOVER_SLACK_MS;
  const apartMs = Math.abs((goodbyes[0] ?? 0) - (goodbyes[1] ?? 0)) / 1_000;
  return look(times.every((ms) => ms > 0 && ms < within), `${times.map((ms) => ms.toFixed(0)).join(" and ")} ms after the goodbyes, which were ${apartMs.toFixed(0)} ms apart`);
}

/** The client's requests: how long nobody answered, and that they are answered now. Ends the load. */
async function requestsGoOn(scene: Scene, since: number, withinMs: number): Promise<void> {
  const good = (): number[] => scene.client.answers.filter((answer) => answer.error === undefined && answer.body !== "").map((answer) => answer.at);
  await scene.story.expect("requests go on", withinMs, () => {
    const after = good().filter((at) => at > since);
    const newest = after.slice(-5);
    const silence = longestGap([since, ...after]);
    const going = newest.length === 5 && silence < withinMs && Date.now() - (newest[0] ?? 0) < 2_000 && (newest[0] ?? 0) > since + 1_000;
    return look(going, `longest time without an answer ${(silence / 1_000).toFixed(2)} s; answers since: ${tally(scene.client.answers.filter((answer) => answer.at > since && answer.error === undefined))}`);
  });
  await scene.client.endLoad();
}

function longestGap(times: readonly number[]): number {
  return Math.max(0, ...times.slice(1).map((at, i) => at - (times[i] ?? at)));
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Sqlite from "better-sqlite3";
import { Random } from "../../src/main/rollouts/simulation/random.ts";
import { expect } from "vitest";
import type { VersionId } from "../../src/shared/contract/ids.ts";
import { startHeadless } from "../kit/headless.ts";
import type { Client } from "../kit/transports.ts";
import { waitFor } from "../kit/wait-for.ts";
import { flaky, startWebhook, type Webhook } from "../kit/servers/webhook.ts";

const useCase = "story_generation";
const dashboard = "Dashboard";

/** What a connected client did with what it was told, by key: a key that comes again does nothing. */
type Applied = Map<string, number>;

/** What the history of updates says. */
interface Update {
  readonly sequence: number;
  readonly key: string;
  readonly message: string;
}

/** What was seen of updates while hosts were killed. The lists are empty where each was told once in effect, in order. */
export interface DeliveredThroughKills {
  /** What some subscriber never did, and changes that no update tells of. */
  readonly missed: readonly string[];
  /** What some subscriber did again under another key, or that is no update. */
  readonly again: readonly string[];
  /** Who did them in another order than they happened. */
  readonly disordered: readonly string[];
  readonly updates: number;
  /** Requests to the program that answers badly: as many as there are updates, had it answered well. */
  readonly requests: number;
  /** Most that were on their way to one program at once. */
  readonly maxAtOnce: number;
}

/**
 * Changes who answers while a host is killed so many times, with three subscribers: a program that answers badly half of the
 * time, one that is away for the middle of it, and a client that connects anew each time. Looks at what each of them did.
 */
export async function broadcastThroughKills(kills: number, seed: number): Promise<DeliveredThroughKills> {
  const random = new Random(seed);
  const chance = () => random.next();
  const directory = await mkdtemp(join(tmpdir(), "taleward-told-"));
  const moody = await startWebhook({ how: flaky(chance) });
  let sleeper = await startWebhook();
  const sleeperUrl = sleeper.url;
  const earlier: Webhook[] = [];
  const applied: Applied = new Map();
  const acknowledged: string[] = [];
  let versions: readonly VersionId[] = [];
  let before = 0; // the starter model may have been assigned by the first start already
  try {
    for (let round = 0; round < kills; round += 1) {
      const host = await startHeadless(directory);
      const { client, close } = await host.connect();
      if (round === 0) {
        versions = await register(client);
        before = (await client.coordination.history({ limit: 1 }))[0]?.sequence ?? 0;
        await client.coordination.subscribe({ name: "Moody", url: moody.url });
        await client.coordination.subscribe({ name: "Sleeper", url: sleeperUrl });
      }
      if (round === Math.floor(kills / 4)) await sleeper.close();
      if (round === Math.floor((kills * 3) / 4)) {
        earlier.push(sleeper);
        sleeper = await startWebhook({ port: Number(new URL(sleeperUrl).port) });
      }
      const listening = listen(client, applied, () => chance() < 0.7);
      await waitFor(async () =>
        expect((await client.coordination.subscribers()).map(({ name }) => name)).toContain(dashboard),
      );
      const changedBefore = acknowledged.length;
      const changing = changeUntilKilled(client, versions, round, acknowledged);
      // Killed at a moment of its own, but never before there was something to lose.
      await waitFor(() => expect(acknowledged.length).toBeGreaterThanOrEqual(changedBefore + 3));
      await sleep(chance() * 1_200);
      await host.kill();
      await Promise.all([listening, changing]); // the connection is gone, so both end
      close();
    }
    const host = await startHeadless(directory);
    const { client, close } = await host.connect();
    const listening = listen(client, applied, () => true);
    await untilAllIsDelivered(client);
    close();
    const code = await host.stop();
    if (code !== 0) throw new Error(`the last host ended with ${code}: ${host.errors()}`);
    await listening;
    return deliveredUpdates({ directory, before, acknowledged, applied, moody, sleepers: [...earlier, sleeper] });
  } finally {
    await Promise.all([moody.close(), sleeper.close()]);
    await rm(directory, { recursive: true, force: true });
  }
}

async function register(client: Client): Promise<VersionId[]> {
  const versions: VersionId[] = [];
  for (const version of ["1", "2", "3"])
    versions.push((await client.registry.registerModel({ modelName: "llama", provider: "ollama", version })).id);
  return versions;
}

/** Each change has words of its own, by which it is found again; those that were answered have to be there. */
async function changeUntilKilled(
  client: Client,
  versions: readonly VersionId[],
  round: number,
  acknowledged: string[],
): Promise<void> {
  try {
    for (let turn = 0; ; turn += 1) {
      const reason = `round ${round} turn ${turn}`;
      const versionId = versions[turn % versions.length];
      if (versionId === undefined) throw new Error("no versions");
      await client.registry.assign({ useCase, versionId, reason });
      acknowledged.push(reason);
      await sleep(25);
    }
  } catch {
    // killed
  }
}

/** Applies what it has not applied yet, and forgets to acknowledge now and then. */
async function listen(client: Client, applied: Applied, acknowledges: () => boolean): Promise<void> {
  try {
    for await (const { key, sequence } of await client.coordination.updates({ client: dashboard })) {
      if (!applied.has(key)) applied.set(key, sequence);
      if (acknowledges()) await client.coordination.acknowledge({ client: dashboard, sequence });
    }
  } catch {
    // killed
  }
}

/** As a person who presses "Try now" until nothing waits. */
async function untilAllIsDelivered(client: Client): Promise<void> {
  while (true) {
    const waiting = (await client.coordination.subscribers()).filter((subscriber) => subscriber.waiting > 0);
    if (waiting.length === 0) return;
    for (const { id, kind } of waiting) if (kind !== "client") await client.coordination.deliver({ subscriberId: id });
    await sleep(20);
  }
}

function deliveredUpdates(seen: {
  directory: string;
  /** The newest update when they subscribed. */
  before: number;
  acknowledged: readonly string[];
  applied: Applied;
  moody: Webhook;
  sleepers: readonly Webhook[];
}): DeliveredThroughKills {
  const { history, assigned } = whatIsWritten(seen.directory);
  const updates = history.filter(({ sequence }) => sequence > seen.before);
  const keys = updates.map(({ key }) => key);
  // Who subscribes a webhook is sent the present state first: what was assigned before, once a use case.
  const withPresentState = history.map(({ key }) => key);
  const received = history.map(({ message }) => message.slice(message.indexOf(": ") + 2));
  const lists = [
    // One for each change, and a change for each that was answered.
    beside("the history", received, assigned),
    beside(
      "the history's numbers",
      history.map(({ sequence }) => `${sequence}`),
      history.map((_, at) => `${at + 1}`),
    ),
    beside("Moody", [...seen.moody.applied.keys()], withPresentState),
    // Before it went away and after it came back, it is one program, which remembers what it did.
    beside("Sleeper", [...new Set(seen.sleepers.flatMap(({ applied }) => [...applied.keys()]))], withPresentState),
    beside(dashboard, [...seen.applied.keys()], keys),
  ];
  return {
    missed: [
      ...lists.flatMap(({ missed }) => missed),
      ...seen.acknowledged.filter((reason) => !received.includes(reason)),
    ],
    again: lists.flatMap(({ again }) => again),
    disordered: lists.flatMap(({ disordered }) => disordered),
    updates: updates.length,
    requests: seen.moody.requests.length,
    maxAtOnce: Math.max(...[seen.moody, ...seen.sleepers].map((program) => program.maxAtOnce())),
  };
}

function whatIsWritten(directory: string): { history: Update[]; assigned: string[] } {
  const database = new Sqlite(join(directory, "taleward.db"), { readonly: true });
  const history = database
    .prepare<[], Update>("SELECT sequence, key, message FROM model_updates ORDER BY sequence")
    .all();
  const assigned = database.prepare<[], { reason: string }>("SELECT reason FROM assignments ORDER BY rowid").all();
  database.close();
  return { history, assigned: assigned.map(({ reason }) => reason) };
}

/** How what somebody did differs from what it should be: nothing in any list when both are the same. */
function beside(who: string, did: readonly string[], should: readonly string[]) {
  const done = numbered(did);
  const wanted = numbered(should);
  const ranks = new Map(wanted.map((item, rank) => [item, rank]));
  const inRanks = done.flatMap((item) => ranks.get(item) ?? []);
  return {
    missed: wanted.filter((item) => !done.includes(item)).map((item) => `${who}: ${item}`),
    again: done.filter((item) => !ranks.has(item)).map((item) => `${who}: ${item}`),
    disordered: inRanks.every((rank, index) => rank > (inRanks[index - 1] ?? -1)) ? [] : [who],
  };
}

/** The second of two that are the same is another than the first. */
function numbered(items: readonly string[]): string[] {
  const times = new Map<string, number>();
  return items.map((item) => {
    const time = (times.get(item) ?? 0) + 1;
    times.set(item, time);
    return `${item} (${time})`;
  });
}

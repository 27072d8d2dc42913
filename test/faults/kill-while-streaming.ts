import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { InferenceId, PassageId, ProposalId } from "../../src/shared/contract/ids.ts";
import { type HeadlessProcess, startHeadless } from "../kit/headless.ts";
import { assignOllama, startStory } from "../kit/narrative.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../kit/servers/ollama-server.ts";
import type { Client } from "../kit/transports.ts";

/** What the person had seen when the process was killed. */
interface Seen {
  proposalId: ProposalId | null;
  inferenceId: InferenceId | null;
  /** The proposal's text over time. */
  readonly text: { atMs: number; length: number }[];
  done: boolean;
  savedText: string;
  shown: string;
}

/**
 * Kills a host while it streams, so many times, and checks after each start what the person had been told or shown. What is
 * on disk may be so much behind the screen: a second is promised, which takes a machine that does nothing else.
 */
export async function killWhileStreaming(kills: number, behindMs: number): Promise<void> {
  const server = await startOllamaServer({ script: streamText(longStory(), { everyMs: 4 }) });
  const directory = await mkdtemp(join(tmpdir(), "taleward-kill-"));
  try {
    await killRounds({ kills, behindMs }, server, directory);
  } finally {
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function killRounds(
  { kills, behindMs }: { kills: number; behindMs: number },
  server: OllamaServer,
  directory: string,
): Promise<void> {
  const acknowledged = new Set<InferenceId>();
  let passageId: PassageId | null = null;
  let before: Seen | null = null;
  let killedWhileStreaming = 0;
  for (let round = 0; round <= kills; round += 1) {
    const host = await startHeadless(directory);
    const { client, close } = await host.connect();
    if (passageId === null) {
      await assignOllama(client, server.url);
      passageId = (await startStory(client)).passage.id;
    }
    if (before) await expectBack(client, passageId, before);
    await expectNothingMissing(client, acknowledged);
    if (round === kills) {
      close();
      expect(await host.stop()).toBe(0);
      break;
    }
    const { seen, killedAtMs } = await streamUntilKilled(host, client, passageId, { round, behindMs });
    close();
    if (seen.inferenceId) acknowledged.add(seen.inferenceId);
    if (!seen.done) killedWhileStreaming += 1;
    const lastSure = seen.text.findLast(({ atMs }) => atMs <= killedAtMs - behindMs)?.length ?? 0;
    before = { ...seen, shown: seen.shown.slice(0, lastSure) };
  }
  expect(killedWhileStreaming).toBeGreaterThan(kills / 2);
}

async function streamUntilKilled(
  host: HeadlessProcess,
  client: Client,
  passageId: PassageId,
  { round, behindMs }: { round: number; behindMs: number },
) {
  const seen: Seen = { proposalId: null, inferenceId: null, text: [], done: false, savedText: "", shown: "" };
  const { revision } = await client.story.passage({ passageId });
  const text = `Typed in round ${round}.`;
  const streaming = (async () => {
    for await (const event of await client.story.generate({ passageId, prompt: `Round ${round}` })) {
      if (event.type === "proposal") seen.proposalId = event.proposal.id;
      if (event.type === "started") seen.inferenceId = event.inferenceId;
      if (event.type === "token") seen.shown += event.text;
      if (event.type === "token") seen.text.push({ atMs: performance.now(), length: seen.shown.length });
      if (event.type === "done") seen.done = true;
    }
  })().catch(() => {}); // the process under it is killed
  await client.story.savePassage({ passageId, text, caret: text.length, baseRevision: revision });
  seen.savedText = text;
  // At once, or when there is something old enough to be back.
  await sleep((round % 2 === 0 ? 20 : behindMs) + ((round * 613) % 700));
  const killedAtMs = performance.now();
  await host.kill();
  await Promise.race([streaming, sleep(200)]);
  return { seen, killedAtMs };
}

async function expectBack(client: Client, passageId: PassageId, seen: Seen): Promise<void> {
  const passage = await client.story.passage({ passageId });
  expect(passage.text).toBe(seen.savedText);
  expect(passage.caret).toBe(seen.savedText.length);
  if (!seen.proposalId) return;
  const proposal = passage.proposals.find(({ id }) => id === seen.proposalId);
  expect(proposal?.state).toMatch(seen.done ? /^ready$/ : /^(interrupted|ready)$/);
  expect(proposal?.text.startsWith(seen.shown)).toBe(true);
  // The call's own row has it too: who calls without a proposal has nothing else.
  if (!seen.inferenceId) return;
  const { response } = await client.logs.get({ inferenceId: seen.inferenceId });
  expect(response.startsWith(seen.shown)).toBe(true);
}

async function expectNothingMissing(client: Client, acknowledged: ReadonlySet<InferenceId>): Promise<void> {
  expect((await client.logs.list({ outcome: "running" })).items).toEqual([]);
  const { items } = await client.logs.list({ limit: 200 });
  const logged = new Set(items.map(({ id }) => id));
  expect([...acknowledged].filter((id) => !logged.has(id))).toEqual([]);
}

/** Twelve seconds of telling without a phrase said twice, so that nothing but the kill ends it. */
function longStory(): string {
  const sentences = Array.from(
    { length: 400 },
    (_, index) => `Door ${index} led to room ${index * 7 + 3}, cold as year ${index + 1200}.`,
  );
  return sentences.join(" ");
}

import { setTimeout as sleep } from "node:timers/promises";
import type { Backend } from "../../../src/main/backend.ts";
import type { VersionId } from "../../../src/shared/contract/ids.ts";
import type { Attempt, InferenceEvent } from "../../../src/shared/contract/inference.ts";
import type { Rollout } from "../../../src/shared/contract/rollout-status.ts";
import type { OllamaServer } from "./ollama-server.ts";
import { slow, streamText } from "./ollama-scripts.ts";
import { ask, planOf, twoVersions, whileAsking } from "../rollouts.ts";
import { mara } from "../actors.ts";

const story = "The keeper climbed the stairs. The map lay under the lamp.";
const askers = 8;

export interface Aborted {
  /** What the abort was acknowledged with. */
  readonly rollout: Rollout;
  /** What was sent to the candidate after that, by the log. */
  readonly sent: readonly Attempt[];
  /** The requests that reached the candidate's server after that, none of which was still on its way then. */
  readonly arrived: number;
}

/** Aborts a canary on half of the calls while eight ask it again and again, on a server that has `plain` and `poet`. */
export async function abortWhileAsking(backend: Backend, server: OllamaServer): Promise<Aborted> {
  server.use(({ body }) => (body["model"] === "poet" ? slow(30, story) : streamText(story)));
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const plan = planOf({
    strategy: "canary",
    warmUp: false,
    steps: [{ type: "weight", percent: 50 }, { type: "pause" }],
    analysis: { metrics: { violations: 1 } }, // that it is slow must not take it back before somebody does
  });
  const { deployments } = backend.services;
  const { id } = await deployments.start({ useCase, candidateVersionId: candidate, supersede: false, plan }, mara);
  const calls: InferenceEvent[][] = [];
  const { acknowledgedAtMs, ...aborted } = await whileAsking(
    async () => calls.push(await ask(backend, useCase)),
    async () => {
      await untilCandidateIsAsked(server, 10);
      const rollout = await deployments.command({ rolloutId: id, command: "abort" }, mara);
      return { rollout, acknowledgedAtMs: Date.now(), arrived: await arrivingAtCandidate(server, 300) };
    },
    askers,
  );
  return { ...aborted, sent: await sentAfter(backend, acknowledgedAtMs, candidate, calls) };
}

const candidateCalls = (server: OllamaServer) => server.requests.filter(({ body }) => body["model"] === "poet").length;

async function untilCandidateIsAsked(server: OllamaServer, times: number): Promise<void> {
  const untilMs = Date.now() + 30_000;
  while (candidateCalls(server) < times) {
    if (Date.now() > untilMs) throw new Error(`the candidate was asked ${candidateCalls(server)} times in 30 s`);
    await sleep(5);
  }
}

/** What was sent before has arrived when two questions after it were answered, one after the other. */
async function arrivingAtCandidate(server: OllamaServer, withinMs: number): Promise<number> {
  for (let question = 0; question < 2; question += 1) await (await fetch(`${server.url}/api/version`)).json();
  const before = candidateCalls(server);
  await sleep(withinMs);
  return candidateCalls(server) - before;
}

/** The attempts on a version that were sent after a time, by the log. */
async function sentAfter(
  { services: { logs } }: Backend,
  atMs: number,
  versionId: VersionId,
  calls: readonly InferenceEvent[][],
): Promise<Attempt[]> {
  const sent: Attempt[] = [];
  for (const events of calls) {
    const started = events.find((event) => event.type === "started");
    const done = events.find((event) => event.type === "done");
    if (!started || !done)
      throw new Error("every call is answered, by the stable version where the candidate is taken back");
    const { startedAtMs } = await logs.get({ inferenceId: started.inferenceId });
    sent.push(
      ...done.attempts.filter(
        (attempt) =>
          attempt.versionId === versionId && attempt.outcome !== "skipped" && startedAtMs + attempt.atMs > atMs,
      ),
    );
  }
  return sent;
}

/**
 * A process of its own that runs a live rollout with traffic until it is killed: `node rollouts-host.ts <data directory>
 * <server> <round>`. What somebody was told is a line of JSON on stdout.
 */
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { versionId } from "../../src/shared/contract/ids.ts";
import { startBackend } from "../kit/backend.ts";
import { ask, planOf } from "../kit/rollouts.ts";
import type { HostReport } from "./rollouts-look-back.ts";
import { aTest } from "../kit/actors.ts";

const [dataDirectory = "", endpoint = "", round = "0"] = process.argv.slice(2);
const useCase = "interaction_layer";
/** Written before the next line runs: what was told before a kill was told. */
const received = (line: HostReport): void => void writeSync(1, `${JSON.stringify(line)}\n`);

const backend = await startBackend({ dataDirectory });
received({ type: "open", atMs: Date.now() });
const { deployments, registry } = backend.services;

async function versions() {
  const { items } = await registry.versions();
  // A kill may have come between the two.
  const missing = ["plain", "poet"].filter((name) => !items.some(({ model }) => model === name));
  if (missing.length === 0) return items;
  for (const serverModel of missing)
    await registry.registerModel(
      {
        modelName: serverModel,
        modelType: "self_hosted",
        provider: "ollama",
        version: "1",
        configuration: { endpoint, serverModel },
        ...(serverModel === "plain" ? { useCase } : {}),
      },
      aTest,
    );
  return (await registry.versions()).items;
}

/** One rollout after the other, back and forth; every seventh round takes the one in progress back. */
async function rollOut(): Promise<void> {
  for (;;) {
    const all = await versions();
    const [inProgress] = await deployments.list({ useCase, active: true, limit: 1 });
    if (!inProgress) {
      const assigned = await registry.getCurrentModel(useCase);
      const candidate = all.find(({ id }) => id !== assigned?.id);
      await deployments.start(
        { useCase, candidateVersionId: versionId.parse(candidate?.id), supersede: false, plan },
        aTest,
      );
    } else if (Number(round) % 7 === 3) {
      await sleep(300);
      received({ type: "aborting", rolloutId: inProgress.id, atMs: Date.now() });
      await deployments.command({ rolloutId: inProgress.id, command: "abort" }, aTest).then(
        () => received({ type: "aborted", rolloutId: inProgress.id, atMs: Date.now() }),
        () => {}, // it was over by then
      );
    }
    await sleep(100);
  }
}

const plan = planOf({
  strategy: "canary",
  rollbackWindow: 0,
  // What is counted here is calls, not their quality: none of these bets can be won.
  analysis: { alpha: 0.0001, metrics: { violations: 1 } },
  steps: [10, 30, 50, 70, 90].flatMap((percent) => [
    { type: "weight" as const, percent },
    { type: "pause" as const, forMs: 1_000 },
  ]),
});

async function read(reader: number): Promise<void> {
  for (let call = 0; ; call += 1) {
    const session = reader === 0 ? undefined : `reader ${reader} of ${call % 12}`;
    const marker = `call ${round}-${reader}-${call}`;
    const events = await ask(backend, useCase, session, { prompt: `Tell of ${marker}.` });
    const done = events.at(-1);
    if (done?.type === "done") received({ type: "answered", inferenceId: done.inferenceId, marker });
    else if (events.length > 0) received({ type: "failed", marker, event: JSON.stringify(done) });
  }
}

await versions();
await Promise.all([rollOut(), read(0), read(1), read(2)]);

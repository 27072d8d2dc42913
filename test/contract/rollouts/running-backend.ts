import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import type { z } from "zod";
import type { Backend } from "../../../src/main/backend.ts";
import type { VersionId } from "../../../src/shared/contract/ids.ts";
import type { rolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";
import { startBackend } from "../../kit/backend.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { planOf } from "../../kit/rollouts.ts";
import { aTest, mara } from "../../kit/actors.ts";

export const story = "The keeper climbed the stairs. The map lay under the lamp.";
export const forbidden = "My card is 4111 1111 1111 1111, exp 09/29, cvv 123.";

export let server: OllamaServer;
export let backend: Backend;
let directory: string;

/** Gives each test of the calling file a backend and a scripted server of its own. Test files share modules, so each file calls it. */
export function useRunningBackend(): void {
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "taleward-rollouts-"));
    server = await startOllamaServer({ models: [{ name: "plain" }, { name: "poet" }, { name: "third" }] });
    server.use(streamText(story));
    backend = await startBackend({ dataDirectory: directory });
  });
  afterEach(async () => {
    await backend.close();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  });
}

/** Closes and opens the backend on the same data; `whileClosed` runs between. */
export async function restart(whileClosed: () => void = () => {}): Promise<void> {
  await backend.close();
  whileClosed();
  backend = await startBackend({ dataDirectory: directory });
}

export type Plan = z.input<typeof rolloutPlan>;
export const held = (percent: number): Plan => ({
  strategy: "canary",
  warmUp: false,
  steps: [{ type: "weight", percent }, { type: "pause" }],
});

export const start = (useCase: string, candidateVersionId: VersionId, plan: Plan, supersede = false) =>
  backend.services.deployments.start({ useCase, candidateVersionId, supersede, plan: planOf(plan) }, mara);

export const command = (
  rolloutId: Awaited<ReturnType<typeof start>>["id"],
  name: "step" | "pause" | "resume" | "promote" | "promote_fully" | "abort" | "retry",
) => backend.services.deployments.command({ rolloutId, command: name, reason: "as it is tested" }, mara);

export const asked = (model: string) => server.requests.filter(({ body }) => body["model"] === model).length;

export async function register(serverModel: string): Promise<VersionId> {
  const configuration = { endpoint: server.url };
  const { id } = await backend.services.registry.registerModel(
    { modelName: serverModel, modelType: "self_hosted", provider: "ollama", version: "1", configuration },
    aTest,
  );
  return id;
}

export async function assignedTo(useCase: string): Promise<VersionId | undefined> {
  return (await backend.services.registry.getCurrentModel(useCase))?.id;
}

/** Runs something with a clock that it can set ahead, or back. */
export async function withClock(run: (set: (aheadMs: number) => void) => Promise<void>): Promise<void> {
  let aheadMs = 0;
  const clock = vi
    .spyOn(Date, "now")
    .mockImplementation(() => Math.round(performance.timeOrigin + performance.now()) + aheadMs);
  try {
    await restart(); // the backend has the clock that it is started with
    await run((ms) => (aheadMs = ms));
  } finally {
    clock.mockRestore();
  }
}

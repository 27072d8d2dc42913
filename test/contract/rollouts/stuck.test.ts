import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Backend } from "../../../src/main/backend.ts";
import type { SuiteId } from "../../../src/shared/contract/ids.ts";
import type { RolloutEvent } from "../../../src/shared/contract/rollout-status.ts";
import { startBackend } from "../../kit/backend.ts";
import { status, streamText } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { planOf, twoVersions, until } from "../../kit/rollouts.ts";
import { aTest, mara } from "../../kit/actors.ts";

// Three tries of what does not work take six seconds of waiting.
vi.setConfig({ testTimeout: 90_000 });

let server: OllamaServer;
let backend: Backend;

beforeEach(async () => {
  server = await startOllamaServer({ models: [{ name: "plain" }, { name: "poet" }] });
  server.use(streamText("The map lay under the lamp."));
  backend = await startBackend();
});
afterEach(async () => {
  await backend.close();
  await server.close();
});

async function suiteOfOneCase(): Promise<SuiteId> {
  const { suites } = backend.services;
  const suite = await suites.create({ name: "Lamp", description: "" });
  await suites.addCase({
    suiteId: suite.id,
    name: "names the lamp",
    messages: [{ role: "user", content: "Tell of the lamp." }],
    options: {},
    assertions: [{ type: "contains", text: "lamp", expected: true, caseSensitive: false }],
  });
  return suite.id;
}

const alerts = async () =>
  (await backend.services.alerts.list({ limit: 50 })).items.filter(({ kind }) => kind === "rollout");
const alerted = () => vi.waitFor(async () => expect(await alerts()).not.toEqual([]), { timeout: 60_000 });
const stuck = (events: readonly RolloutEvent[]) => events.filter(({ type }) => type === "stuck");

test("a rollout of the night whose server is off raises one alert that says why it cannot begin", async () => {
  const night = await startOllamaServer({ models: [{ name: "poet" }] });
  const { useCase } = await twoVersions(backend, server.url);
  const { id: candidateVersionId } = await backend.services.registry.registerModel(
    {
      modelName: "keeper",
      modelType: "self_hosted",
      provider: "ollama",
      version: "of the night",
      configuration: { endpoint: night.url, serverModel: "poet" },
    },
    aTest,
  );
  await night.close();
  const plan = planOf({
    strategy: "canary",
    startAtMs: Date.now() + 500,
    steps: [{ type: "weight", percent: 10 }, { type: "pause" }],
  });
  const { deployments } = backend.services;
  const { id } = await deployments.start({ useCase, candidateVersionId, supersede: false, plan }, mara);
  await alerted();
  const [alert, ...more] = await alerts();
  expect(more).toEqual([]);
  expect(alert).toMatchObject({ kind: "rollout", level: "warning", location: `rollouts/${id}` });
  expect(alert?.message).toMatch(
    /^Stuck: the rollout of keeper of the night on interaction_layer\. The candidate could not be loaded in 3 tries\. /,
  );
  expect(alert?.message).toContain(new URL(night.url).host);
  expect(alert?.message).toContain("ollama serve");
  expect(alert?.remedy).toBe("Mend that: it is tried again within a minute. Or abort it.");
  expect(stuck(await deployments.events({ rolloutId: id }))).toHaveLength(1);
  expect((await deployments.get({ rolloutId: id })).rollout).toMatchObject({
    status: { state: "progressing", stuckReported: true },
    waitingFor: [{ kind: "warm_up" }, { kind: "failing", error: expect.stringContaining("ollama serve") }],
  });
});

test("a suite that cannot be run raises one alert at its gate, which a person may pass", async () => {
  const { useCase, candidate } = await twoVersions(backend, server.url);
  const suiteId = await suiteOfOneCase();
  server.use(({ body }) =>
    body["model"] === "poet" ? status(404, { error: "model not found" }) : streamText("The map lay under the lamp."),
  );
  const plan = planOf({ strategy: "blue_green", warmUp: false, previewSteps: [{ type: "suite_gate", suiteId }] });
  const { deployments } = backend.services;
  const { id } = await deployments.start({ useCase, candidateVersionId: candidate, supersede: false, plan }, mara);
  await alerted();
  expect(await alerts()).toMatchObject([
    {
      level: "warning",
      message: expect.stringMatching(
        /^Stuck: .* The test suite could not be run on the candidate in 3 tries\. 1 of 1 cases could not be judged\. /,
      ),
      remedy: "Mend that: it is tried again within a minute. Or promote it past the gate, or abort it.",
    },
  ]);
  const promoted = await deployments.command({ rolloutId: id, command: "promote" }, mara);
  expect(promoted.status).toMatchObject({ state: "promoting", switched: true });
  expect(stuck(await deployments.events({ rolloutId: id }))).toHaveLength(1);
});

test("going back within the rollback window runs no suite, neither before the switch nor in the standby", async () => {
  const { useCase, candidate, stable } = await twoVersions(backend, server.url);
  const suiteId = await suiteOfOneCase();
  const { deployments, registry, suites } = backend.services;
  await registry.assign({ useCase, versionId: candidate }, aTest);
  const plan = planOf({ strategy: "blue_green", previewSteps: [{ type: "suite_gate", suiteId }] });
  const { id } = await deployments.start({ useCase, candidateVersionId: stable, supersede: false, plan }, mara);
  const { rollout } = await until(backend, id, (view) => view.rollout.status.switched);
  expect(rollout.status).toMatchObject({ state: "promoting", step: 1, candidatePercent: 100 });
  await deployments.command({ rolloutId: id, command: "step" }, mara);
  await until(backend, id, (view) => view.rollout.status.state === "healthy");
  expect(await suites.runs({ suiteId })).toEqual([]);
  const events = await deployments.events({ rolloutId: id });
  expect(events.map(({ message }) => message)).toContain(
    "All steps are skipped: it was the stable version until recently",
  );
});

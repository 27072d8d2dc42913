import type { Backend } from "../../../src/main/backend.ts";
import type { ModelVersion } from "../../../src/shared/contract/registry.ts";
import type { Assertion, TestRun } from "../../../src/shared/contract/suites.ts";
import { startBackend } from "../../kit/backend.ts";
import { collect } from "../../kit/narrative.ts";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { type OllamaServer, type ScriptChooser, startOllamaServer } from "../../kit/servers/ollama-server.ts";
import type { Client, Transport } from "../../kit/transports.ts";

export const models = [{ name: "plain" }, { name: "poet" }, { name: "arbiter" }];
export const story = "The keeper climbed the stairs. The map lay under the lamp.";

/** A backend with a version of each model of a scripted server, and a client of it. */
export interface ScriptedSuites {
  readonly server: OllamaServer;
  readonly backend: Backend;
  readonly transport: Transport;
  readonly plain: ModelVersion;
  readonly poet: ModelVersion;
  readonly arbiter: ModelVersion;
  close(): Promise<void>;
}

export async function startScriptedSuites(
  open: (router: Backend["router"]) => Promise<Transport>,
): Promise<ScriptedSuites> {
  const server = await startOllamaServer({ models });
  const backend = await startBackend();
  const transport = await open(backend.router);
  const register = (model: string) => registerAt(transport.client, server.url, model);
  return {
    server,
    backend,
    transport,
    plain: await register("plain"),
    poet: await register("poet"),
    arbiter: await register("arbiter"),
    close: async () => {
      await transport.close();
      await backend.close();
      await server.close();
    },
  };
}

/** The models of the scripted server, by the name they are called by. */
export const byModel =
  (scripts: Readonly<Record<string, ReturnType<typeof streamText>>>): ScriptChooser =>
  ({ body }) =>
    scripts[String(body["model"])] ?? streamText(story);

let count = 0;
export const registerAt = (client: Client, endpoint: string, serverModel: string): Promise<ModelVersion> =>
  client.registry.registerModel({
    modelName: serverModel,
    provider: "ollama",
    version: String((count += 1)),
    configuration: { endpoint, serverModel },
  });

export async function suiteOf(client: Client, cases: Record<string, Assertion[]>, name = "Dialogue") {
  const suite = await client.suites.create({ name, description: "What a keeper says" });
  for (const [caseName, assertions] of Object.entries(cases))
    await client.suites.addCase({
      suiteId: suite.id,
      name: caseName,
      messages: [{ role: "user", content: `Tell of ${caseName}` }],
      options: { seed: 7, maxTokens: 40 },
      assertions,
    });
  return suite;
}

export const contains = (text: string, expected = true): Assertion => ({
  type: "contains",
  text,
  expected,
  caseSensitive: false,
});

export async function lastOf(events: AsyncIterable<TestRun>): Promise<TestRun> {
  const last = (await collect(events)).at(-1);
  if (!last) throw new Error("a run without an event");
  return last;
}

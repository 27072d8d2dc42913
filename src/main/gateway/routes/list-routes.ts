import type { EndpointHealth, ModelVersion } from "../../../shared/contract/registry.ts";
import type { Exchange } from "../http/exchange.ts";
import { Fields } from "../fields.ts";
import { type ListedModel, listModels, type NamedModel, versionOf } from "./names.ts";
import type { AnswerPorts } from "../ports.ts";
import { knownOf, processEntry, runningOf, showAnswer, tagEntry } from "../ollama/models.ts";
import { modelOf } from "../ollama/requests.ts";
import { ollamaErrorText } from "../ollama/dialect.ts";

/** The Ollama whose API this is; programs ask for it to know what they may use. */
const imitatedVersion = "0.17.4";

/** The handlers that list and describe models. None of them loads a model. */
export function listRoutes(ports: AnswerPorts) {
  return {
    root: (exchange: Exchange) => exchange.text("Ollama is running"),
    version: (exchange: Exchange) => exchange.json({ version: imitatedVersion }),
    tags: async (exchange: Exchange) => {
      const listed = await listModels(ports.names);
      const [health, files] = await Promise.all([
        healthOf(ports, listed, exchange.signal),
        filesOf(ports, listed, exchange.signal),
      ]);
      const entry = (model: ListedModel) => {
        const { version } = model;
        return tagEntry(model, knownOf(version, health(version)), files.get(version) ?? null);
      };
      exchange.json({ models: listed.map(entry) });
    },
    ps: async (exchange: Exchange) => {
      const listed = await listModels(ports.names);
      const servers = serversOf(ports, listed);
      const [health, running] = await Promise.all([
        healthOf(ports, listed, exchange.signal),
        Promise.all(servers.map((server) => ports.hosts.runningAt(server, exchange.signal).catch(() => []))),
      ]);
      const models = listed.flatMap((model) => {
        const server = ports.hosts.serverOf(model.version);
        const found = runningOf(model.version, server === null ? [] : (running[servers.indexOf(server)] ?? []));
        return found ? [processEntry(model, found, knownOf(model.version, health(model.version)))] : [];
      });
      exchange.json({ models });
    },
    show: async (exchange: Exchange, body: unknown) => {
      const name = modelOf(new Fields(body, ollamaErrorText("ShowRequest")));
      exchange.call.model(name);
      const model = await versionOf(name, ports.names);
      // A server that is away does not make the version unknown.
      const details = await ports.hosts.describe(model.version, exchange.signal).catch(() => null);
      exchange.json(showAnswer(model, details));
    },
    models: async (exchange: Exchange) => {
      const listed = await listModels(ports.names);
      exchange.json(exchange.api === "anthropic" ? anthropicList(listed) : openaiList(listed));
    },
    model: async (exchange: Exchange, _body: unknown, name: string) => {
      exchange.call.model(name);
      const model = await versionOf(name, ports.names);
      exchange.json(exchange.api === "anthropic" ? anthropicModel(model) : openaiModel(model));
    },
  };
}

function openaiList(listed: readonly NamedModel[]): object {
  return { object: "list", data: listed.map(openaiModel) };
}

/** All of them at once, whatever page was asked for. */
function anthropicList(listed: readonly NamedModel[]): object {
  const [first_id, last_id] = [listed[0]?.name ?? null, listed.at(-1)?.name ?? null];
  return { data: listed.map(anthropicModel), has_more: false, first_id, last_id };
}

function anthropicModel({ name, version, sinceMs }: NamedModel): object {
  const display_name = `${version.model} ${version.version}`;
  return { type: "model", id: name, display_name, created_at: new Date(sinceMs).toISOString() };
}

function openaiModel({ name, sinceMs }: NamedModel): object {
  return { id: name, object: "model", created: Math.floor(sinceMs / 1000), owned_by: "taleward" };
}

function serversOf({ hosts }: AnswerPorts, listed: readonly ListedModel[]): string[] {
  const servers = listed.map(({ version }) => hosts.serverOf(version)).filter((server) => server !== null);
  return [...new Set(servers)];
}

/** What the files of built-in versions say of themselves; one that cannot be read says nothing. */
async function filesOf({ hosts }: AnswerPorts, listed: readonly ListedModel[], signal: AbortSignal) {
  const builtIn = new Set(listed.map(({ version }) => version).filter(({ provider }) => provider === "embedded"));
  const read = [...builtIn].map(
    async (version) => [version, await hosts.describe(version, signal).catch(() => null)] as const,
  );
  return new Map(await Promise.all(read));
}

/** Probes each server once, however many versions are on it. */
async function healthOf(
  ports: AnswerPorts,
  listed: readonly ListedModel[],
  signal: AbortSignal,
): Promise<(version: ModelVersion) => EndpointHealth | null> {
  const oneOnEach = new Map(listed.map(({ version }) => [ports.hosts.serverOf(version), version]));
  const readings = await Promise.all(
    [...oneOnEach].map(
      async ([server, version]) => [server, await ports.health.healthOf(version, signal).catch(() => null)] as const,
    ),
  );
  const byServer = new Map(readings);
  return (version) => byServer.get(ports.hosts.serverOf(version)) ?? null;
}

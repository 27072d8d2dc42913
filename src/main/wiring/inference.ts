import { extname } from "node:path";
import { systemClock } from "../base/clock.ts";
import { RuleGuard } from "../guardrails/rule-guard.ts";
import { LLMClient } from "../inference/llm-client.ts";
import { SchemaThread } from "../inference/schemas/schema-thread.ts";
import type { CallLog } from "../inference/ports.ts";
import { UseCaseStatus } from "../inference/status.ts";
import { LiveVersions } from "../registry/live-versions.ts";
import { ConnectedRollouts } from "./adapters/connected-rollouts.ts";
import { DirectCalls } from "./adapters/direct-calls.ts";
import type { Foundation } from "./foundation.ts";
import { MessagesClient } from "./adapters/messages-client.ts";
import type { Providers } from "./providers.ts";
import type { Registry } from "./registry.ts";

export interface InferenceParts {
  readonly registry: Registry;
  readonly providers: Providers;
  readonly log: CallLog;
  /** The file of the database's threads, which that of the schemas' lies beside. */
  readonly databaseWorker: URL;
}

/** The client that every call goes through, and those who call by it without more around it. */
export function createInference({ calls }: Foundation, { registry, providers, log, databaseWorker }: InferenceParts) {
  const { assignments, endpoints, digests } = registry;
  const rollouts = new ConnectedRollouts();
  const schemas = new SchemaThread(schemaWorker(databaseWorker));
  const llm = new LLMClient({
    versions: new LiveVersions(assignments, registry.versions, registry.limitsKnown),
    endpoints,
    digests,
    log,
    guard: new RuleGuard(),
    formats: schemas,
    rollouts,
    providers,
    tasks: calls,
    clock: systemClock,
  });
  const status = new UseCaseStatus({ assignments, providers, health: endpoints, llm, calls });
  return {
    llm,
    rollouts,
    messages: new MessagesClient(llm, schemas),
    directCalls: new DirectCalls(llm),
    schemas,
    status,
  };
}

/** Built or run from source, it lies beside the database's. */
function schemaWorker(databaseWorker: URL): URL {
  return new URL(`../inference/schemas/schema-worker${extname(databaseWorker.pathname)}`, databaseWorker);
}

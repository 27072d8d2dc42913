import { systemClock } from "../base/clock.ts";
import { RuleGuard } from "../guardrails/rule-guard.ts";
import { LLMClient } from "../inference/llm-client.ts";
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
}

/** The client that every call goes through, and those who call by it without more around it. */
export function createInference({ calls }: Foundation, { registry, providers, log }: InferenceParts) {
  const { assignments, endpoints, digests } = registry;
  const rollouts = new ConnectedRollouts();
  const llm = new LLMClient({
    versions: new LiveVersions(assignments, registry.versions, registry.limitsKnown),
    endpoints,
    digests,
    log,
    guard: new RuleGuard(),
    rollouts,
    providers,
    tasks: calls,
    clock: systemClock,
  });
  const status = new UseCaseStatus({ assignments, providers, health: endpoints, llm, calls });
  return { llm, rollouts, messages: new MessagesClient(llm), directCalls: new DirectCalls(llm), status };
}

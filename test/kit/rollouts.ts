import { setImmediate as nextTurn } from "node:timers/promises";
import type { Backend } from "../../src/main/backend.ts";
import { messagesCall } from "../../src/main/inference/call/messages-call.ts";
import type { RolloutId, VersionId } from "../../src/shared/contract/ids.ts";
import type { InferenceEvent } from "../../src/shared/contract/inference.ts";
import { rolloutPlan, type RolloutPlan } from "../../src/shared/contract/rollout-plan.ts";
import type { Rollout } from "../../src/shared/contract/rollout-status.ts";
import type { RolloutView } from "../../src/shared/contract/rollouts.ts";
import type { z } from "zod";
import { waitingSentence } from "../../src/shared/rollout-waiting-text.ts";
import { collect } from "./narrative.ts";
import type { Script } from "./servers/ollama-scripts.ts";
import { aTest } from "./actors.ts";

/** Tells a text at once, and says that it took so many milliseconds a token. */
export function paced(text: string, msPerToken: number): Script {
  const tokens = text.match(/\s*\S+/gu) ?? [];
  const fields = { eval_count: tokens.length, eval_duration: Math.round(tokens.length * msPerToken * 1e6) };
  return {
    steps: [
      { do: "text", tokens },
      { do: "done", fields },
    ],
  };
}

/** A plan as a person writes one: what is left out is the default. */
export function planOf(plan: z.input<typeof rolloutPlan>): RolloutPlan {
  return rolloutPlan.parse(plan);
}

/** Two versions on a scripted server, by the names of its models, the first of them assigned. */
export async function twoVersions(
  backend: Backend,
  endpoint: string,
  { useCase = "interaction_layer", stable = "plain", candidate = "poet" } = {},
): Promise<{ useCase: string; stable: VersionId; candidate: VersionId }> {
  const { registry } = backend.services;
  const register = (serverModel: string, assigned: boolean) =>
    registry.registerModel(
      {
        modelName: "keeper",
        modelType: "self_hosted",
        provider: "ollama",
        version: `${serverModel} for ${useCase}`,
        configuration: { endpoint, serverModel },
        ...(assigned ? { useCase } : {}),
      },
      aTest,
    );
  const first = await register(stable, true);
  const second = await register(candidate, false);
  return { useCase, stable: first.id, candidate: second.id };
}

/** One call on a use case, to its end. */
export function ask(
  backend: Backend,
  useCase: string,
  sessionKey?: string,
  options: { signal?: AbortSignal; prompt?: string } = {},
): Promise<InferenceEvent[]> {
  const call = messagesCall({
    target: { type: "use_case", useCase },
    caller: "test",
    messages: [{ role: "user", content: options.prompt ?? "Tell of the lamp." }],
    options: {},
    sessionKey,
  });
  return collect(backend.services.llm.generateText(call, options.signal));
}

/** What a call's row in the log says of its rollout. */
export async function armOf(backend: Backend, events: readonly InferenceEvent[]) {
  const started = events.find((event) => event.type === "started");
  if (!started) throw new Error("the call did not begin");
  const { rolloutId, arm, armPercent, versionId } = await backend.services.logs.get({
    inferenceId: started.inferenceId,
  });
  return { rolloutId, arm, armPercent, versionId };
}

/** Watches a rollout until it is as wanted; fails with where it stands when that takes too long. */
export async function until(
  backend: Backend,
  rolloutId: RolloutId,
  isWanted: (view: RolloutView) => boolean,
  withinMs = 15_000,
): Promise<RolloutView> {
  const stop = AbortSignal.timeout(withinMs);
  let last: RolloutView | undefined;
  for await (const view of backend.services.deployments.watch({ rolloutId }, stop)) {
    last = view;
    if (isWanted(view)) return view;
  }
  throw new Error(
    `it is ${JSON.stringify(last?.rollout.status)}, waiting: ${JSON.stringify(last?.rollout.waitingFor)}`,
  );
}

/** Asks in turn by so many sessions until the rollout is as wanted. */
export async function askUntil(
  backend: Backend,
  { id, useCase }: Rollout,
  isWanted: (view: RolloutView) => boolean,
  maxCalls = 600,
): Promise<RolloutView> {
  for (let call = 0; call < maxCalls; call += 4) {
    const view = await backend.services.deployments.get({ rolloutId: id });
    if (isWanted(view)) return view;
    await Promise.all([0, 1, 2, 3].map(() => ask(backend, useCase)));
  }
  const { rollout, analysis } = await backend.services.deployments.get({ rolloutId: id });
  throw new Error(
    `after ${maxCalls} calls it is ${waitingSentence(rollout.waitingFor, Date.now())}: ${JSON.stringify(analysis)}`,
  );
}

/**
 * Asks again and again, `atOnce` at a time, while something else is done; resolves to what that does when the last answer has
 * come. Throws what either of them throws.
 */
export async function whileAsking<Result>(
  ask: () => Promise<unknown>,
  work: () => Promise<Result>,
  atOnce = 1,
): Promise<Result> {
  let isOver = false;
  const traffic = Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (!isOver) {
        await ask();
        await nextTurn(); // an answer that comes at once, as from a backend that is closed, must not starve what would end this
      }
    }),
  );
  const broken = new Promise<never>((_, reject) => {
    traffic.catch(reject);
  });
  try {
    return await Promise.race([work(), broken]);
  } finally {
    isOver = true;
    await traffic;
  }
}

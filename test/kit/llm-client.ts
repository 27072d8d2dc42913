import { Failure } from "../../src/main/base/failure.ts";
import { TaskGroup } from "../../src/main/base/task-group.ts";
import { checkText, checkTextInSlices } from "../../src/main/guardrails/checking/check.ts";
import { createStreamGate } from "../../src/main/guardrails/checking/stream-gate.ts";
import type { TextCall } from "../../src/main/inference/call/call-types.ts";
import { LLMClient, type LLMClientPorts } from "../../src/main/inference/llm-client.ts";
import type {
  CallLog,
  DigestVerifier,
  EndpointDirectory,
  Guard,
  InferenceOutcome,
  RolloutRouter,
  VersionDirectory,
} from "../../src/main/inference/ports.ts";
import type { Embeddings, Provider, ProviderRequest } from "../../src/main/inference/provider.ts";
import { modelId, type RolloutId, versionId } from "../../src/shared/contract/ids.ts";
import type { Attempt, CallTarget, InferenceEvent } from "../../src/shared/contract/inference.ts";
import type { ModelVersion, VersionConfiguration } from "../../src/shared/contract/registry.ts";
import { FakeClock } from "./fake-clock.ts";
import { schemas } from "./schemas.ts";
import { type FakeStream, streaming } from "./fake-streams.ts";

export const first = version("1", { options: { temperature: 0.1, topK: 5 } });
export const second = version("2");
export const third = version("3");

/** The guardrails' rules, with words of their own for what is blocked. */
export const fakeGuard: Guard = {
  createGate: createStreamGate,
  checkText,
  checkTextInSlices,
  fallbackFor: () => "Later.",
  describeBlocked: () => "Held.",
};

export function version(label: string, configuration: VersionConfiguration = {}): ModelVersion {
  const digit = label.charCodeAt(0).toString(16);
  return {
    id: versionId.parse(`019ab000-0000-7000-8000-0000000000${digit}`),
    modelId: modelId.parse("019ab000-0000-7000-8000-00000000000a"),
    model: "smollm2",
    modelType: "self_hosted",
    provider: "ollama",
    version: label,
    status: "active",
    digest: "sha256:00",
    configuration,
    createdAtMs: 1,
    assignedTo: ["story_generation"],
    tags: [],
    aliases: [],
    note: "",
    drift: null,
  };
}

export function composing(options: Awaited<ReturnType<TextCall["compose"]>>["options"]): TextCall["compose"] {
  return async () => ({ ask: "Begin", messages: [{ role: "user", content: "Begin" }], options, promptTemplate: null });
}

/** Composes as a story is: with the tokens of a text counted first. */
export function counting(counted: (number | null)[] = []): TextCall["compose"] {
  return async (target) => {
    counted.push(await target.countTokens("It was night."));
    return composing({})(target);
  };
}

/** The prompt does not fit into the context of these versions. */
export function withoutContext(...labels: string[]): TextCall["compose"] {
  return async (target) => {
    const { version: label } = target.version;
    if (!labels.includes(label)) return composing({})(target);
    const data = { field: "prompt", value: label, remedy: "Shorten it." };
    throw new Failure("BAD_REQUEST", "The prompt has about 900 tokens; there is room for 10.", data);
  };
}

/** A use case that has this version and no other. */
export function alone(only: ModelVersion): Pick<VersionDirectory, "resolve"> {
  return { resolve: async () => ({ version: only, fallbacks: [], defaults: {}, stale: false }) };
}

export function addressesIn(requests: readonly ProviderRequest[]): (string | undefined)[] {
  return requests.map(({ configuration }) => configuration.endpoint);
}

export function textCall(call: Partial<TextCall> = {}): TextCall {
  return {
    target: { type: "use_case", useCase: "story_generation" },
    caller: "test",
    compose: composing({}),
    ...call,
  };
}

const silent: Provider = {
  // oxlint-disable-next-line require-yield -- nobody listens
  async *stream() {
    throw new Error("nothing is streamed here");
  },
  embed: () => Promise.reject(new Error("nothing is embedded here")),
  countTokens: async () => null,
  isLoaded: async () => null,
  contextTokens: async () => null,
};

/** Every provider embeds in this way. */
export function embedding(embed: Provider["embed"]): LLMClientPorts["providers"] {
  const provider: Provider = { ...silent, embed };
  return { ollama: provider, openai: provider, embedded: provider };
}

export const oneVector: Embeddings = { vectors: [[1, 2]], promptTokens: 3, loadMs: 20, promptTruncated: true };

/** What a test's client does differently: methods of its ports, by name, and the rest of what it is given. */
export type ClientOverrides = Partial<
  VersionDirectory &
    EndpointDirectory &
    DigestVerifier &
    CallLog &
    RolloutRouter &
    Pick<LLMClientPorts, "providers" | "tasks"> &
    Pick<Provider, "countTokens"> & { readonly clock: FakeClock }
>;

/** A client over a provider that takes the streams in turn, one an attempt. It keeps what is sent, logged and emitted. */
export function client(overrides: ClientOverrides = {}, streams: FakeStream[] = [streaming("It was night.")]) {
  const log: string[] = [];
  const begun: object[] = [];
  const ended: InferenceOutcome[] = [];
  const { clock = new FakeClock() } = overrides;
  const { requests, provider } = scriptedProvider(streams, log, overrides.countTokens);
  const ports = {
    resolve: async () => ({ version: first, fallbacks: [second, third], defaults: {}, stale: false }),
    version: async (id: string) => [first, second, third].find((each) => each.id === id) ?? first,
    addressesOf: ({ version: label, configuration }: ModelVersion) => [
      configuration.endpoint ?? `http://${label}/`,
      ...(configuration.replicas ?? []),
    ],
    maxConcurrent: () => 64,
    verify: async () => "same" as const,
    begin: async ({ useCase, version: label, caller }: Parameters<CallLog["begin"]>[0]) => {
      log.push("begin");
      begun.push({ useCase, version: label, caller });
    },
    finish: async (outcome: InferenceOutcome) => {
      log.push(`finish ${outcome.outcome}`);
      ended.push(outcome);
    },
    armOf: () => null,
    answeredByStable: () => {},
    ...overrides,
  };
  const llm = new LLMClient({
    versions: ports,
    endpoints: ports,
    digests: ports,
    log: ports,
    rollouts: ports,
    guard: fakeGuard,
    formats: schemas,
    providers: overrides.providers ?? { ollama: provider, openai: provider, embedded: provider },
    tasks: overrides.tasks ?? new TaskGroup(),
    clock,
  });
  const generate = async (call: Partial<TextCall> = {}, signal?: AbortSignal) => {
    const events: InferenceEvent[] = [];
    for await (const event of llm.generateText(textCall(call), signal)) {
      log.push(event.type);
      events.push(event);
    }
    return events;
  };
  const embed = (target: CallTarget = textCall().target, sessionKey?: string) =>
    llm.embed({ target, texts: ["a lamp"], caller: "test", sessionKey }, new AbortController().signal);
  return { llm, clock, log, begun, ended, requests, generate, embed };
}

function scriptedProvider(streams: readonly FakeStream[], log: string[], countTokens = silent.countTokens) {
  const requests: ProviderRequest[] = [];
  const left = [...streams];
  const provider: Provider = {
    ...silent,
    countTokens,
    stream(request, signal) {
      requests.push(request);
      log.push(`request ${requests.length}`);
      const next = left.shift();
      if (!next) throw new Error("the script has ended");
      return next.stream(request, signal);
    },
  };
  return { requests, provider };
}

/** The use case's calls go to the candidate of a rollout. */
export function onTrial(candidate: ModelVersion, withdrawal = new AbortController()): Pick<RolloutRouter, "armOf"> {
  const arm = { rolloutId: "r" as RolloutId, arm: "candidate", armPercent: 100 } as const;
  return { armOf: () => ({ ...arm, candidate, withdrawal: withdrawal.signal }) };
}

/** One line an attempt: version, outcome, error class, and what followed. */
export function chain(attempts: readonly Attempt[] | undefined): string[] {
  return (attempts ?? []).map(
    ({ version: label, outcome, errorClass, next }) => `${label} ${outcome} ${errorClass} ${next}`,
  );
}

export function textOf(events: readonly InferenceEvent[]): string {
  return events.map((event) => (event.type === "token" ? event.text : "")).join("");
}

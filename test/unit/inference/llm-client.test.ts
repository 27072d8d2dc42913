import { expect, test } from "vitest";
import { Failure } from "../../../src/main/base/failure.ts";
import { checkText } from "../../../src/main/guardrails/check.ts";
import { createStreamGate } from "../../../src/main/guardrails/stream-gate.ts";
import { LLMClient, type LLMClientPorts, type TextCall } from "../../../src/main/inference/llm-client.ts";
import {
  type Embeddings,
  type Provider,
  ProviderError,
  type ProviderEvent,
  type ProviderRequest,
  type ProviderResult,
} from "../../../src/main/inference/provider.ts";
import type { InferenceOutcome } from "../../../src/main/logs/recorder.ts";
import { TaskGroup } from "../../../src/main/base/task-group.ts";
import { modelId, type RolloutId, versionId } from "../../../src/shared/contract/ids.ts";
import type {
  Attempt,
  CallTarget,
  ErrorClass,
  InferenceEvent,
  ResponseFormat,
} from "../../../src/shared/contract/inference.ts";
import type { ModelVersion, VersionConfiguration } from "../../../src/shared/contract/registry.ts";
import { shownCard } from "../../kit/card.ts";

const first = version("1", { options: { temperature: 0.1, topK: 5 } });
const second = version("2");
const third = version("3");
const many = version("m", { endpoint: "http://a/", replicas: ["http://b/", "http://c/"] });
const itself: CallTarget = { type: "version", versionId: first.id };

test("the row is running before the call and finished before the reader is told done", async () => {
  const { log, tell } = client();
  await tell();
  expect(log.filter((entry) => entry !== "token")).toEqual(["begin", "ask 1", "started", "finish completed", "done"]);
});

test("a call's options win over its use case's, and these over its version's", async () => {
  const { requests, tell } = client({
    resolve: async () => ({ version: first, fallbacks: [], defaults: { topK: 7, seed: 3 }, stale: false }),
  });
  await tell({ compose: composing({ topK: 9 }) });
  expect(requests[0]?.options).toEqual({ temperature: 0.1, topK: 9, seed: 3 });
});

test("the server's own options are laid over each other one by one, too", async () => {
  const set = version("1", { options: { serverOptions: { num_gpu: 0, mirostat: 1, num_batch: 8 } } });
  const defaults = { serverOptions: { mirostat: 2, num_batch: 16 } };
  const { requests, tell } = client({ resolve: async () => ({ version: set, fallbacks: [], defaults, stale: false }) });
  await tell({ compose: composing({ serverOptions: { mirostat: 0 } }) });
  expect(requests[0]?.options).toEqual({ serverOptions: { num_gpu: 0, mirostat: 0, num_batch: 16 } });
});

test("a call on a last known good assignment is logged and told as stale", async () => {
  const begun: boolean[] = [];
  const { tell } = client({
    resolve: async () => ({ version: first, fallbacks: [], defaults: {}, stale: true }),
    begin: async ({ registryStale }) => void begun.push(registryStale),
  });
  expect((await tell())[0]).toMatchObject({ type: "started", registryStale: true });
  expect(begun).toEqual([true]);
});

test("a call that cannot be logged is not answered", async () => {
  const { tell } = client({ begin: () => Promise.reject(new Error("the disk is full")) });
  expect(await tell()).toMatchObject([{ type: "failed", inferenceId: null, errorClass: "storage" }]);
});

test("an answer whose end cannot be logged is not called done", async () => {
  const { tell } = client({ finish: () => Promise.reject(new Error("the disk is full")) });
  expect((await tell()).map(({ type }) => type)).toEqual(["started", "token", "failed"]);
});

test("with nothing assigned the reader is told what to do", async () => {
  const { tell } = client({ resolve: async () => ({ version: null, fallbacks: [], defaults: {}, stale: false }) });
  expect(await tell()).toMatchObject([
    { type: "failed", errorClass: "no_model", remedy: expect.stringContaining("Models") },
  ]);
});

test("a failure that may pass is tried again on the same version; the reader sees one answer and the log the whole chain", async () => {
  const { ended, tell } = client({}, [failing("server_error"), failing("refused"), telling("It was night.")]);
  const events = await tell();
  expect(events.map(({ type }) => type)).toEqual(["started", "attempt", "attempt", "token", "done"]);
  expect(chain(ended[0]?.attempts)).toEqual([
    "1 failed server_error retry",
    "1 failed refused retry",
    "1 answered null end",
  ]);
  expect(ended[0]).toMatchObject({ outcome: "completed", response: "It was night.", rerouted: null });
});

test("what cannot pass goes to the next version in the chain, under whose name the answer is logged", async () => {
  const { ended, requests, tell } = client({}, [
    failing("model_not_found"),
    failing("timeout"),
    telling("It was day."),
  ]);
  const events = await tell();
  expect(chain(ended[0]?.attempts)).toEqual([
    "1 failed model_not_found fallback",
    "2 failed timeout fallback",
    "3 answered null end",
  ]);
  expect(ended[0]?.rerouted).toEqual(third);
  expect(events.at(-1)).toMatchObject({ type: "done", version: "3", versionId: third.id });
  expect(requests.map(({ configuration }) => configuration.endpoint)).toEqual(["http://1/", "http://2/", "http://3/"]);
});

test("retries do not multiply across fallbacks: two for the whole call", async () => {
  const { ended, tell } = client(
    {},
    Array.from({ length: 20 }, () => failing("server_error")),
  );
  expect((await tell()).at(-1)).toMatchObject({ type: "failed", errorClass: "server_error" });
  expect(chain(ended[0]?.attempts)).toEqual([
    "1 failed server_error retry",
    "1 failed server_error retry",
    "1 failed server_error fallback",
    "2 failed server_error fallback",
    "3 failed server_error end",
  ]);
});

test("a stream that breaks before anything was shown is begun again, and nothing of the broken one is shown", async () => {
  const broken = breaking("Half a sen", "broken_stream");
  const { ended, tell } = client({}, [broken, telling("A whole sentence.")]);
  expect(textOf(await tell())).toBe("A whole sentence.");
  expect(ended[0]).toMatchObject({ response: "A whole sentence.", original: "A whole sentence." });
});

test("a stream that breaks after something was shown ends the call, keeps what was shown, and clears what still waited", async () => {
  const { ended, tell } = client({}, [breaking("It was night. The sea was qui", "broken_stream"), telling("Again.")]);
  const events = await tell();
  expect(textOf(events)).toBe("It was night. The sea was qui");
  expect(events.at(-1)).toMatchObject({ type: "failed", errorClass: "broken_stream" });
  expect(chain(ended[0]?.attempts)).toEqual(["1 failed broken_stream end"]);
});

test("an endpoint that failed three times is skipped while somebody else can answer, and asked where nobody can", async () => {
  const { ended, tell } = client({}, [
    ...[1, 2, 3].map(() => failing("refused")),
    telling("By the second."),
    telling("By the second again."),
  ]);
  await tell();
  expect(textOf(await tell())).toBe("By the second again.");
  expect(chain(ended[1]?.attempts)).toEqual(["1 skipped null fallback", "2 answered null end"]);

  const only = client(alone(first), [...[1, 2, 3].map(() => failing("refused")), telling("It is back.")]);
  await only.tell();
  expect(textOf(await only.tell())).toBe("It is back.");
  expect(only.llm.load()).toMatchObject([{ circuitOpenUntilMs: null, lastError: null, running: 0, queued: 0 }]);
});

test("a version with replicas is asked where the fewest calls run", async () => {
  const { requests, tell } = client(
    alone(many),
    Array.from({ length: 3 }, () => telling("It was night.", 5)),
  );
  await Promise.all([tell(), tell(), tell()]);
  expect(new Set(askedAt(requests))).toEqual(new Set(["http://a/", "http://b/", "http://c/"]));
});

test.each<ErrorClass>([
  "refused",
  "timeout",
  "broken_stream",
  "model_not_found",
  "overloaded",
  "server_error",
  "not_allowed",
  "not_enough_memory",
])(
  "where it fails as %s, a replica that has not been asked answers at once, and no retry is spent",
  async (failure) => {
    const { ended, requests, tell } = client(
      { resolve: async () => ({ version: many, fallbacks: [second], defaults: {}, stale: false }) },
      [failing(failure), failing(failure), telling("By the third.")],
    );
    expect(textOf(await tell())).toBe("By the third.");
    expect(askedAt(requests)).toEqual(["http://a/", "http://b/", "http://c/"]);
    expect(ended[0]?.attempts).toMatchObject([
      { version: "m", endpoint: "http://a/", outcome: "failed", errorClass: failure, next: "retry" },
      { version: "m", endpoint: "http://b/", outcome: "failed", errorClass: failure, next: "retry" },
      { version: "m", endpoint: "http://c/", outcome: "answered", next: "end" },
    ]);
    expect(ended[0]?.rerouted).toBeNull();
  },
);

test("where a replica holds another model by now, the next answers", async () => {
  const { requests, tell } = client(
    { ...alone(many), verify: async (_version, endpoint) => (endpoint === "http://a/" ? "changed" : "same") },
    [telling("By the wrong model."), telling("By the right one.")],
  );
  expect(textOf(await tell())).toBe("By the right one.");
  expect(askedAt(requests)).toEqual(["http://a/", "http://b/"]);
});

test("once every replica has failed, retries go round them, and what cannot pass goes on at once", async () => {
  const all = (failure: ErrorClass) => Array.from({ length: 6 }, () => failing(failure));
  const passing = client(alone(many), all("server_error"));
  await passing.tell();
  expect(askedAt(passing.requests)).toEqual(["a", "b", "c", "a", "b"].map((name) => `http://${name}/`));
  const lasting = client(
    { resolve: async () => ({ version: many, fallbacks: [second], defaults: {}, stale: false }) },
    all("model_not_found"),
  );
  await lasting.tell();
  expect(askedAt(lasting.requests)).toEqual(["a", "b", "c", "2"].map((name) => `http://${name}/`));
});

test("a replica that is left alone, a request that is refused, and an answer that was begun send nobody elsewhere", async () => {
  const two = version("m", { endpoint: "http://a/", replicas: ["http://b/"] });
  const cooled = client(alone(two), [
    ...[1, 2, 3, 4].map(() => failing("refused")), // a, b, and two retries
    ...[1, 2].map(() => failing("refused")), // each for the third time
    failing("model_not_found"),
  ]);
  await cooled.tell();
  await cooled.tell();
  expect(cooled.llm.load().map(({ circuitOpenUntilMs }) => circuitOpenUntilMs)).toEqual([
    expect.any(Number),
    expect.any(Number),
  ]);
  expect(chain(cooled.ended[1]?.attempts).at(-1)).toBe("m failed model_not_found end");
  const refused = client(alone(two), [failing("rejected")]);
  await refused.tell();
  expect(chain(refused.ended[0]?.attempts)).toEqual(["m failed rejected end"]);
  const begun = client(alone(two), [breaking("It was night. The sea was qui", "broken_stream")]);
  await begun.tell();
  expect(chain(begun.ended[0]?.attempts)).toEqual(["m failed broken_stream end"]);
});

test("a fallback is asked where nothing failed this call before, if it has such an address", async () => {
  const shared = version("2", { endpoint: "http://1/", replicas: ["http://b/"] });
  const { requests, tell } = client(
    { resolve: async () => ({ version: first, fallbacks: [shared], defaults: {}, stale: false }) },
    [failing("timeout"), telling("By the other server.")],
  );
  await tell();
  expect(askedAt(requests)).toEqual(["http://1/", "http://b/"]);
});

test("calls over an endpoint's limit wait in line, which is seen and logged as queueing", async () => {
  const { ended, llm, tell } = client({ maxConcurrent: () => 1 }, [telling("One.", 300), telling("Two.", 1)]);
  const both = Promise.all([tell(), tell()]);
  await until(() => llm.load()[0]?.queued === 1);
  expect(llm.load()).toMatchObject([{ endpoint: "http://1/", running: 1, queued: 1, maxConcurrent: 1 }]);
  await both;
  expect(ended.map(({ timings }) => timings.queueMs !== null && timings.queueMs > 0)).toEqual([false, true]);
  expect(llm.load()).toMatchObject([{ running: 0, queued: 0 }]);
});

test("a version whose name on the server means something else by now shows nothing, and the next in the chain answers", async () => {
  const { ended, tell } = client({ verify: async (of) => (of === first ? "changed" : "same") }, [
    telling("By the wrong model."),
    telling("By the right one."),
  ]);
  expect(textOf(await tell())).toBe("By the right one.");
  expect(chain(ended[0]?.attempts)).toEqual(["1 failed model_changed fallback", "2 answered null end"]);
});

test("a call that takes longer than all its time ends as a timeout, keeps what was shown, and stops the model", async () => {
  const slow = hanging("It was night. ");
  const { ended, tell } = client({}, [slow, telling("Never.")]);
  const events = await tell({ deadlines: { totalMs: 300 } });
  expect(events.at(-1)).toMatchObject({ type: "failed", errorClass: "timeout" });
  expect([slow.stopped(), ended[0]?.outcome]).toEqual([true, "failed"]);
});

test("where the call names no total deadline, that of the version it goes to holds, and the call's own comes first", async () => {
  const hurried = version("1", { deadlines: { totalMs: 300 } });
  const slow = hanging("It was night. ");
  const { ended, tell } = client(alone(hurried), [slow, scripted([{ type: "result", result }], 500)]);
  expect((await tell()).at(-1)).toMatchObject({ type: "failed", errorClass: "timeout" });
  expect([slow.stopped(), ended[0]?.outcome]).toEqual([true, "failed"]);
  expect((await tell({ deadlines: { totalMs: 600_000 } })).at(-1)).toMatchObject({ type: "done" });
});

test("a version whose tokens cannot be counted is asked all the same, and the next in its chain answers", async () => {
  const counted: (number | null)[] = [];
  const { begun, ended, tell } = client({ countTokens: () => Promise.reject(fault("model_not_found")) }, [
    failing("model_not_found"),
    telling("By the second."),
  ]);
  expect(textOf(await tell({ compose: counting(counted) }))).toBe("By the second.");
  expect(chain(ended[0]?.attempts)).toEqual(["1 failed model_not_found fallback", "2 answered null end"]);
  expect([begun.length, counted]).toEqual([1, [null, null]]);
});

test("tokens are counted where the call will go, once a version, and not where the server is left alone", async () => {
  const asked: (string | undefined)[] = [];
  const counted: (number | null)[] = [];
  const { llm, tell } = client(
    {
      resolve: async () => ({ version: first, fallbacks: [second], defaults: {}, stale: false }),
      countTokens: async ({ configuration }) => (asked.push(configuration.endpoint), 7),
    },
    [...[1, 2, 3].map(() => failing("refused")), ...[1, 2].map(() => telling("By the second."))],
  );
  await tell({ compose: counting(counted) });
  expect(asked).toEqual(["http://1/", "http://2/"]);
  expect(llm.load()).toMatchObject([{ circuitOpenUntilMs: expect.any(Number) }, { circuitOpenUntilMs: null }]);
  await tell({ compose: counting(counted) });
  expect(asked).toEqual(["http://1/", "http://2/", "http://2/"]);
  expect(counted).toEqual([7, 7, null, 7]);
});

test("a call can be stopped, and its time can be up, while tokens are counted: it is logged, and nobody is asked", async () => {
  for (const which of ["stop", "deadline"] as const) {
    const stop = new AbortController();
    const { promise: counts, resolve } = Promise.withResolvers<void>();
    const { ended, requests, tell } = client({
      countTokens: (_address, _text, signal) => (resolve(), hang(signal ?? new AbortController().signal)),
    });
    const told = tell({ compose: counting(), deadlines: which === "stop" ? {} : { totalMs: 300 } }, stop.signal);
    await counts;
    if (which === "stop") stop.abort();
    const last = (await told).at(-1);
    expect(last).toMatchObject(which === "stop" ? { finishReason: "stopped" } : { errorClass: "timeout" });
    expect(ended.map(({ outcome }) => outcome)).toEqual([which === "stop" ? "stopped" : "failed"]);
    expect(requests).toEqual([]);
  }
});

test("counting for a candidate ends with its rollout, and the stable version answers", async () => {
  const withdrawal = new AbortController();
  const { ended, tell } = client({
    countTokens: ({ configuration }, _text, signal) => {
      if (configuration.endpoint !== "http://2/") return Promise.resolve(1);
      setImmediate(() => withdrawal.abort());
      return hang(signal ?? new AbortController().signal);
    },
    ...onTrial(second, withdrawal),
  });
  expect(textOf(await tell({ compose: counting() }))).toBe("It was night.");
  expect(chain(ended[0]?.attempts)).toEqual(["2 skipped null fallback", "1 answered null end"]);
});

test("a version that has no room for the prompt is passed over, whichever it is in the chain; the log has all of it", async () => {
  const ones = client({}, [telling("By the second.")]);
  expect(textOf(await ones.tell({ compose: withoutRoom("1") }))).toBe("By the second.");
  expect(chain(ones.ended[0]?.attempts)).toEqual(["1 failed prompt_too_large fallback", "2 answered null end"]);
  expect(ones.begun).toMatchObject([{ version: "1" }]);
  const twos = client({}, [failing("timeout"), telling("By the third.")]);
  expect(textOf(await twos.tell({ compose: withoutRoom("2") }))).toBe("By the third.");
  expect(chain(twos.ended[0]?.attempts)).toEqual([
    "1 failed timeout fallback",
    "2 failed prompt_too_large fallback",
    "3 answered null end",
  ]);
  expect(twos.ended[0]?.attempts[1]?.message).toContain("there is room for 10");
});

test("a prompt that no version has room for is the caller's mistake, and nothing is written", async () => {
  for (const needs of [{}, alone(first)]) {
    const { log, tell } = client(needs);
    await expect(tell({ compose: withoutRoom("1", "2", "3") })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      data: { field: "prompt", value: "1" },
    });
    expect(log).toEqual([]);
  }
});

test("a fallback whose own format is no schema is passed over, too", async () => {
  const bad = version("2", { options: { format: { type: "verse" } } });
  const { ended, tell } = client(
    { resolve: async () => ({ version: first, fallbacks: [bad, third], defaults: {}, stale: false }) },
    [failing("timeout"), telling("By the third.")],
  );
  expect(textOf(await tell())).toBe("By the third.");
  expect(chain(ended[0]?.attempts)[1]).toBe("2 failed rejected fallback");
});

test("stopping while a retry is waited for ends the call as stopped", async () => {
  const stop = new AbortController();
  const overloaded = throwing(new ProviderError("overloaded", "Full.", "Wait.", { retryAfterMs: 5_000 }));
  const { ended, tell } = client(alone(first), [overloaded]);
  const events = tell({}, stop.signal);
  await until(() => overloaded.asked() === 1);
  stop.abort();
  await events;
  expect(ended[0]?.outcome).toBe("stopped");
});

test("a candidate waits for its server as the stable version would in its place, since the two are compared", async () => {
  const overloaded = () => throwing(new ProviderError("overloaded", "Full.", "Wait.", { retryAfterMs: 1_100 }));
  const chainOf = async (needs: Partial<LLMClientPorts>, fallbacks: readonly ModelVersion[]) => {
    const resolve = async () => ({ version: first, fallbacks, defaults: {}, stale: false });
    const { ended, tell } = client({ resolve, ...needs }, [overloaded(), telling("It was night.")]);
    await tell();
    return chain(ended[0]?.attempts);
  };
  expect(await chainOf({}, [])).toEqual(["1 failed overloaded retry", "1 answered null end"]);
  expect(await chainOf(onTrial(second), [])).toEqual(["2 failed overloaded retry", "2 answered null end"]);
  expect(await chainOf({}, [third])).toEqual(["1 failed overloaded fallback", "3 answered null end"]);
  expect(await chainOf(onTrial(second), [third])).toEqual(["2 failed overloaded fallback", "1 answered null end"]);
});

test("a first token that nobody was shown is not logged as one", async () => {
  const { ended, tell } = client(alone(first), [breaking("It was", "rejected")]);
  expect((await tell()).at(-1)).toMatchObject({ type: "failed", errorClass: "rejected" });
  expect(ended[0]?.timings.firstTokenMs).toBeNull();
});

test("an answer that does not fit its format is repaired out of sight, and repairs are counted in the chain", async () => {
  const { ended, requests, tell } = client({}, [telling("Sure! Here."), telling('{"a":"x"}'), telling('{"a":1}')]);
  const events = await tell({ compose: composing({ format: numberSchema }) });
  expect(textOf(events)).toBe('{"a":1}');
  expect(chain(ended[0]?.attempts)).toEqual([
    "1 failed invalid_output repair",
    "1 failed invalid_output repair",
    "1 answered null end",
  ]);
  expect(requests[2]?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(requests[2]?.messages[1]?.content).toBe('{"a":"x"}');
});

test("an answer that never fits goes down the chain and fails with the reason", async () => {
  const { ended, tell } = client(
    {},
    Array.from({ length: 5 }, () => telling("No.")),
  );
  const events = await tell({ compose: composing({ format: "json" }) });
  expect(events.at(-1)).toMatchObject({ type: "failed", errorClass: "invalid_output" });
  expect(textOf(events)).toBe("");
  expect(chain(ended[0]?.attempts).map((line) => line.slice(-8))).toEqual([
    "t repair",
    "t repair",
    "fallback",
    "fallback",
    "tput end",
  ]);
});

test("a format that is no schema is refused before anything is written", async () => {
  const { log, tell } = client();
  await expect(tell({ compose: composing({ format: { type: "verse" } }) })).rejects.toMatchObject({
    code: "BAD_REQUEST",
    data: { field: "options.format" },
  });
  expect(log).toEqual([]);
});

test("thoughts are told apart from the answer and kept with it; tools that are called are told and logged", async () => {
  const call = { id: "1", name: "roll", arguments: { sides: 6 } };
  const { ended, tell } = client({}, [
    scripted([
      { type: "thought", text: "The dice decide. " },
      { type: "thought", text: "Roll them." },
      { type: "tool_call", call },
      { type: "result", result: { ...result, finishReason: "tool_calls" } },
    ]),
  ]);
  const events = await tell();
  expect(events.map(({ type }) => type)).toEqual(["started", "thought", "thought", "tool_call", "done"]);
  expect(ended[0]).toMatchObject({
    thoughts: "The dice decide. Roll them.",
    toolCalls: [call],
    response: "",
    finishReason: "tool_calls",
  });
});

test("what must not be said is held in thoughts and in a tool's arguments too", async () => {
  const number = "Her number is 415-555-0134 and her card is 4111 1111 1111 1111, exp 09/29, cvv 123. ";
  const inThoughts = client({}, [
    scripted([
      { type: "thought", text: number },
      { type: "text", text: "It was night." },
      { type: "result", result },
    ]),
  ]);
  const events = await inThoughts.tell();
  expect(JSON.stringify(events)).not.toMatch(shownCard);
  expect(inThoughts.ended[0]?.thoughtFindings.original).toBe(number);
  expect(textOf(events)).toBe("It was night.");

  const inTool = client({}, [
    scripted([
      { type: "tool_call", call: { id: "1", name: "mail", arguments: { body: number } } },
      { type: "result", result },
    ]),
  ]);
  const told = await inTool.tell();
  expect(JSON.stringify(told)).not.toMatch(shownCard);
  expect(told.at(-1)).toMatchObject({ type: "done", finishReason: "held" });
});

test("a cut prompt is told and logged", async () => {
  const { ended, tell } = client({}, [
    scripted([
      { type: "text", text: "It was night." },
      { type: "result", result: { ...result, promptTruncated: true } },
    ]),
  ]);
  expect((await tell()).at(-1)).toMatchObject({ type: "done", promptTruncated: true });
  expect(ended[0]?.promptTruncated).toBe(true);
});

test("a version itself can be called; its calls are logged as direct", async () => {
  const { begun, tell } = client();
  await tell({ target: { type: "version", versionId: second.id } });
  expect(begun).toEqual([{ useCase: "direct", version: "2", caller: "test" }]);
});

test("vectors are asked for in a logged call, too, however it ends", async () => {
  const stop = new AbortController();
  const ends: [string, Provider["embed"]][] = [
    ["completed", async () => oneVector],
    ["failed", () => Promise.reject(new ProviderError("rejected", "It cannot.", "Ask another."))],
    ["stopped", (_address, _texts, signal) => (stop.abort(new Error("gone")), Promise.reject(signal.reason))],
  ];
  const logged = [];
  for (const [, embed] of ends) {
    const { llm, begun, ended } = client({ providers: embedding(embed) });
    const asked = llm.embed({ target: itself, texts: ["a lamp"], caller: "test" }, stop.signal);
    await asked.catch((error: unknown) => error);
    expect(begun).toEqual([{ useCase: "direct", version: "1", caller: "test" }]);
    logged.push([ended[0]?.outcome, ended[0]?.promptTokens, chain(ended[0]?.attempts)]);
    expect(llm.load()).toMatchObject([{ running: 0, queued: 0 }]);
  }
  expect(logged).toEqual([
    ["completed", 3, ["1 answered null end"]],
    ["failed", null, ["1 failed rejected end"]],
    ["stopped", null, ["1 answered null end"]],
  ]);
});

test("vectors by a model that is no longer what the version was pinned to are not given", async () => {
  const { ended, embed } = client({ providers: embedding(vectors), verify: async () => "changed" });
  await expect(embed(itself)).rejects.toMatchObject({ code: "UNAVAILABLE", cause: { errorClass: "model_changed" } });
  expect(chain(ended[0]?.attempts)).toEqual(["1 failed model_changed end"]);
});

test("vectors are asked for again by the same version, and never by a fallback, whose vectors are not comparable", async () => {
  const passing = client({ providers: embedding(failingAs(["server_error", "refused"])) });
  expect(await passing.embed()).toEqual(oneVector);
  expect(chain(passing.ended[0]?.attempts)).toEqual([
    "1 failed server_error retry",
    "1 failed refused retry",
    "1 answered null end",
  ]);
  const lasting = client({ providers: embedding(failingAs(["model_not_found"])) });
  await expect(lasting.embed()).rejects.toMatchObject({
    code: "UNAVAILABLE",
    data: { field: "useCase", remedy: expect.stringContaining("No fallback was asked") },
    cause: { errorClass: "model_not_found" },
  });
  expect(chain(lasting.ended[0]?.attempts)).toEqual(["1 failed model_not_found end"]);
});

test("vectors come from a replica where the first address fails, and from there at once when that is left alone", async () => {
  const two = version("m", { endpoint: "http://a/", replicas: ["http://b/"] });
  const asked: (string | undefined)[] = [];
  const { llm, embed } = client({
    ...alone(two),
    providers: embedding(async ({ configuration: { endpoint } }, ...rest) => {
      asked.push(endpoint);
      if (endpoint === "http://a/") throw new ProviderError("refused", "Nobody is there.", "Start it.");
      return vectors({ model: "m", configuration: {} }, ...rest);
    }),
  });
  for (let call = 0; call < 4; call += 1) expect(await embed()).toMatchObject({ vectors: [[1, 2]], promptTokens: 3 });
  expect(asked).toEqual([...[1, 2, 3].flatMap(() => ["http://a/", "http://b/"]), "http://b/"]);
  expect(llm.load()[0]).toMatchObject({ circuitOpenUntilMs: expect.any(Number), lastError: "Nobody is there." });
});

test("vectors for a use case are logged under it with their session, and are no part of the rollout on it", async () => {
  const rows: object[] = [];
  const { ended, embed } = client({
    providers: embedding(vectors),
    begin: async ({ useCase, version: label, sessionKey, rollout }) =>
      void rows.push({ useCase, label, sessionKey, rollout }),
    ...onTrial(second),
  });
  await embed(undefined, "reader 1");
  expect(rows).toEqual([{ useCase: "story_generation", label: "1", sessionKey: "reader 1", rollout: null }]);
  expect(ended[0]).toMatchObject({ outcome: "completed", rollout: null, rerouted: null });
});

test("vectors are asked for with the window and threads that texts of the use case have", async () => {
  const asked: unknown[] = [];
  const { embed } = client({
    resolve: async () => ({ version: first, fallbacks: [], defaults: { threads: 2 }, stale: false }),
    providers: embedding(async (address, ...rest) => (asked.push(address.configuration), vectors(address, ...rest))),
  });
  await embed();
  expect(asked).toEqual([{ endpoint: "http://1/", options: { temperature: 0.1, topK: 5, threads: 2 } }]);
});

test("vectors are asked for as their caller says, who is told where the call is logged", async () => {
  const asked: unknown[] = [];
  const { llm, ended } = client({
    resolve: async () => ({ version: first, fallbacks: [], defaults: { threads: 2, keepAlive: 60 }, stale: false }),
    providers: embedding(async (request, ...rest) => (asked.push(request), vectors(request, ...rest))),
  });
  const told: string[] = [];
  const call = {
    target: asking().target,
    texts: ["a lamp"],
    caller: "test",
    options: { keepAlive: 0, serverOptions: { num_ctx: 256 } },
    truncate: true,
    began: (id: string) => void told.push(id),
  };
  expect(await llm.embed(call, new AbortController().signal)).toEqual(oneVector);
  const options = { temperature: 0.1, topK: 5, threads: 2, keepAlive: 0, serverOptions: { num_ctx: 256 } };
  expect(asked).toEqual([{ model: "smollm2", configuration: { endpoint: "http://1/", options }, truncate: true }]);
  expect(told).toEqual([ended[0]?.id]);
  expect(ended[0]).toMatchObject({ timings: { loadMs: 20 }, promptTruncated: true });
});

test("with nothing assigned, a use case that does not exist, or no log, there are no vectors, and it is said why", async () => {
  const none = client({ resolve: async () => ({ version: null, fallbacks: [second], defaults: {}, stale: false }) });
  await expect(none.embed()).rejects.toMatchObject({ code: "UNAVAILABLE", cause: { errorClass: "no_model" } });
  const nowhere = client({ resolve: async () => undefined });
  await expect(nowhere.embed()).rejects.toMatchObject({ code: "NOT_FOUND", data: { field: "useCase" } });
  const full = () => Promise.reject(new Error("the disk is full"));
  for (const needs of [{ begin: full }, { finish: full }])
    await expect(client({ ...needs, providers: embedding(vectors) }).embed()).rejects.toMatchObject({
      code: "STORAGE",
    });
});

test("a call for vectors is stopped when Taleward closes, and is logged before that is done", async () => {
  const running = new TaskGroup();
  const { llm, ended, embed } = client({
    running,
    providers: embedding((_address, _texts, signal) => hang(signal)),
  });
  const asked = embed().catch((error: unknown) => error);
  await until(() => llm.load()[0]?.running === 1);
  await running.close();
  expect(ended.map(({ outcome }) => outcome)).toEqual(["stopped"]);
  expect(await asked).toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("closing") });
});

test("what went over the wire is told to whoever listens: the answer at the end, and not when it was held", async () => {
  const wire = (text: string): FakeStream => ({
    asked: () => 0,
    stopped: () => false,
    async *stream(request) {
      request.observe?.({ type: "wire_request", method: "POST", url: "http://1/api/chat", body: "{}" });
      yield { type: "text", text };
      request.observe?.({ type: "wire_response", status: 200, body: text });
      yield { type: "result", result };
    },
  });
  const listen = async (text: string) => {
    const { llm } = client({}, [wire(text)]);
    const types = [];
    for await (const event of llm.generateTextWithWire(asking())) types.push(event.type);
    return types;
  };
  expect(await listen("It was night.")).toEqual(["started", "wire_request", "token", "wire_response", "done"]);
  expect(await listen("My card is 4111 1111 1111 1111, exp 09/29, cvv 123.")).not.toContain("wire_response");
});

const numberSchema: ResponseFormat = { type: "object", required: ["a"], properties: { a: { type: "number" } } };
const result: ProviderResult = {
  finishReason: "stop",
  promptTokens: 1,
  completionTokens: 2,
  queueMs: null,
  loadMs: null,
  prefillMs: 1,
  decodeMs: 1,
  promptTruncated: false,
};

interface FakeStream {
  stream(request: ProviderRequest, signal: AbortSignal): AsyncGenerator<ProviderEvent>;
  asked(): number;
  stopped(): boolean;
}

function scripted(events: readonly ProviderEvent[], waitMs = 0): FakeStream {
  return fake(async function* () {
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    yield* events;
  });
}

function telling(text: string, waitMs = 0): FakeStream {
  return scripted(
    [
      { type: "text", text },
      { type: "result", result },
    ],
    waitMs,
  );
}

/** Every provider gives vectors in this way. */
function embedding(embed: Provider["embed"]): LLMClientPorts["providers"] {
  const provider: Provider = { ...silent, embed };
  return { ollama: provider, openai: provider, embedded: provider };
}

const oneVector: Embeddings = { vectors: [[1, 2]], promptTokens: 3, loadMs: 20, promptTruncated: true };
const vectors: Provider["embed"] = async () => oneVector;

/** Fails once as each of these, then gives vectors. */
function failingAs(classes: ErrorClass[]): Provider["embed"] {
  return async (...asked) => {
    const next = classes.shift();
    if (next) throw new ProviderError(next, `It failed: ${next}.`, "Try again.");
    return vectors(...asked);
  };
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

function breaking(text: string, errorClass: ErrorClass): FakeStream {
  return fake(async function* () {
    yield { type: "text", text };
    throw new ProviderError(errorClass, "It broke.", "Try again.");
  });
}

function throwing(error: Error): FakeStream {
  // oxlint-disable-next-line require-yield -- a stream that fails before its first event
  return fake(async function* () {
    throw error;
  });
}

function failing(errorClass: ErrorClass): FakeStream {
  return throwing(fault(errorClass));
}

function fault(errorClass: ErrorClass): ProviderError {
  return new ProviderError(errorClass, `It failed: ${errorClass}.`, "Try again.");
}

function hanging(text: string): FakeStream {
  return fake(async function* (signal) {
    yield { type: "text", text };
    yield { type: "text", text };
    await hang(signal);
  });
}

function fake(script: (signal: AbortSignal) => AsyncGenerator<ProviderEvent>): FakeStream {
  let asked = 0;
  let stopped = false;
  return {
    asked: () => asked,
    stopped: () => stopped,
    async *stream(_request, signal) {
      asked += 1;
      signal.addEventListener("abort", () => (stopped = true));
      yield* script(signal);
    },
  };
}

function version(label: string, configuration: VersionConfiguration = {}): ModelVersion {
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

function composing(options: Awaited<ReturnType<TextCall["compose"]>>["options"]): TextCall["compose"] {
  return async () => ({ ask: "Begin", messages: [{ role: "user", content: "Begin" }], options, promptTemplate: null });
}

/** Composes as a story is: with the tokens of a text counted first. */
function counting(counted: (number | null)[] = []): TextCall["compose"] {
  return async (target) => {
    counted.push(await target.countTokens("It was night."));
    return composing({})(target);
  };
}

function withoutRoom(...labels: string[]): TextCall["compose"] {
  return async (target) => {
    const { version: label } = target.version;
    if (!labels.includes(label)) return composing({})(target);
    const data = { field: "prompt", value: label, remedy: "Shorten it." };
    throw new Failure("BAD_REQUEST", "The prompt has about 900 tokens; there is room for 10.", data);
  };
}

/** A use case that has this version and no other. */
function alone(only: ModelVersion): Pick<LLMClientPorts, "resolve"> {
  return { resolve: async () => ({ version: only, fallbacks: [], defaults: {}, stale: false }) };
}

function askedAt(requests: readonly ProviderRequest[]): (string | undefined)[] {
  return requests.map(({ configuration }) => configuration.endpoint);
}

function asking(call: Partial<TextCall> = {}): TextCall {
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
    throw new Error("not asked for");
  },
  embed: () => Promise.reject(new Error("not asked for")),
  countTokens: async () => null,
  isLoaded: async () => null,
  contextTokens: async () => null,
};

/** A client over a provider that takes the streams in turn, one an attempt; what is asked, logged and told is kept. */
function client(
  { countTokens = silent.countTokens, ...needs }: Partial<LLMClientPorts> & Partial<Pick<Provider, "countTokens">> = {},
  streams: FakeStream[] = [telling("It was night.")],
) {
  const log: string[] = [];
  const begun: object[] = [];
  const ended: InferenceOutcome[] = [];
  const requests: ProviderRequest[] = [];
  const waiting = [...streams];
  const provider: Provider = {
    ...silent,
    countTokens,
    stream(request, signal) {
      requests.push(request);
      log.push(`ask ${requests.length}`);
      const next = waiting.shift();
      if (!next) throw new Error("the script has ended");
      return next.stream(request, signal);
    },
  };
  const llm = new LLMClient({
    resolve: async () => ({ version: first, fallbacks: [second, third], defaults: {}, stale: false }),
    version: async (id) => [first, second, third].find((each) => each.id === id) ?? first,
    providers: { ollama: provider, openai: provider, embedded: provider },
    addressesOf: ({ version: label, configuration }) => [
      configuration.endpoint ?? `http://${label}/`,
      ...(configuration.replicas ?? []),
    ],
    maxConcurrent: () => 64,
    verify: async () => "same",
    begin: async ({ useCase, version: label, caller }) => {
      log.push("begin");
      begun.push({ useCase, version: label, caller });
    },
    finish: async (outcome) => {
      log.push(`finish ${outcome.outcome}`);
      ended.push(outcome);
    },
    createGate: createStreamGate,
    checkText,
    fallbackFor: () => "Later.",
    describeBlocked: () => "Held.",
    running: new TaskGroup(),
    armOf: () => null,
    answeredByStable: () => {},
    nowMs: () => 1,
    ...needs,
  });
  const tell = async (call: Partial<TextCall> = {}, signal?: AbortSignal) => {
    const events: InferenceEvent[] = [];
    for await (const event of llm.generateText(asking(call), signal)) {
      log.push(event.type);
      events.push(event);
    }
    return events;
  };
  const embed = (target: CallTarget = asking().target, sessionKey?: string) =>
    llm.embed({ target, texts: ["a lamp"], caller: "test", sessionKey }, new AbortController().signal);
  return { llm, log, begun, ended, requests, tell, embed };
}

/** The use case's calls go to the candidate of a rollout. */
function onTrial(candidate: ModelVersion, withdrawal = new AbortController()): Pick<LLMClientPorts, "armOf"> {
  const arm = { rolloutId: "r" as RolloutId, arm: "candidate", armPercent: 100 } as const;
  return { armOf: () => ({ ...arm, candidate, withdrawal: withdrawal.signal }) };
}

function chain(attempts: readonly Attempt[] | undefined): string[] {
  return (attempts ?? []).map(
    ({ version: label, outcome, errorClass, next }) => `${label} ${outcome} ${errorClass} ${next}`,
  );
}

function textOf(events: readonly InferenceEvent[]): string {
  return events.map((event) => (event.type === "token" ? event.text : "")).join("");
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

import { expect, test } from "vitest";
import { ProviderError } from "../../../../src/main/inference/provider.ts";
import type { ModelVersion } from "../../../../src/shared/contract/registry.ts";
import { FakeClock } from "../../../kit/fake-clock.ts";
import { streaming, breaking, throwing, failing } from "../../../kit/fake-streams.ts";
import {
  type ClientOverrides,
  first,
  second,
  third,
  version,
  alone,
  client,
  onTrial,
  chain,
  textOf,
} from "../../../kit/llm-client.ts";
import { waitFor } from "../../../kit/wait-for.ts";

test("a failure that may pass is tried again on the same version; the reader sees one answer and the log the whole chain", async () => {
  const streams = [failing("server_error"), failing("refused"), streaming("It was night.")];
  const { clock, ended, generate } = client({}, streams);
  const events = await generate();
  expect(clock.slept).toEqual([150, 300]);
  expect(events.map(({ type }) => type)).toEqual(["started", "attempt", "attempt", "token", "done"]);
  expect(chain(ended[0]?.attempts)).toEqual([
    "1 failed server_error retry",
    "1 failed refused retry",
    "1 answered null end",
  ]);
  expect(ended[0]).toMatchObject({ outcome: "completed", response: "It was night.", rerouted: null });
});

test("what cannot pass goes to the next version in the chain, under whose name the answer is logged", async () => {
  const { ended, requests, generate } = client({}, [
    failing("model_not_found"),
    failing("timeout"),
    streaming("It was day."),
  ]);
  const events = await generate();
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
  const { ended, generate } = client(
    {},
    Array.from({ length: 20 }, () => failing("server_error")),
  );
  expect((await generate()).at(-1)).toMatchObject({ type: "failed", errorClass: "server_error" });
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
  const { ended, generate } = client({}, [broken, streaming("A whole sentence.")]);
  expect(textOf(await generate())).toBe("A whole sentence.");
  expect(ended[0]).toMatchObject({ response: "A whole sentence.", original: "A whole sentence." });
});

test("a stream that breaks after something was shown ends the call, keeps what was shown, and clears what still waited", async () => {
  const { ended, generate } = client({}, [
    breaking("It was night. The sea was qui", "broken_stream"),
    streaming("Again."),
  ]);
  const events = await generate();
  expect(textOf(events)).toBe("It was night. The sea was qui");
  expect(events.at(-1)).toMatchObject({ type: "failed", errorClass: "broken_stream" });
  expect(chain(ended[0]?.attempts)).toEqual(["1 failed broken_stream end"]);
});

test("an endpoint that failed three times is skipped while somebody else can answer, and asked where nobody can", async () => {
  const { ended, generate } = client({}, [
    ...[1, 2, 3].map(() => failing("refused")),
    streaming("By the second."),
    streaming("By the second again."),
  ]);
  await generate();
  expect(textOf(await generate())).toBe("By the second again.");
  expect(chain(ended[1]?.attempts)).toEqual(["1 skipped null fallback", "2 answered null end"]);

  const only = client(alone(first), [...[1, 2, 3].map(() => failing("refused")), streaming("It is back.")]);
  await only.generate();
  expect(textOf(await only.generate())).toBe("It is back.");
  expect(only.llm.load()).toMatchObject([{ circuitOpenUntilMs: null, lastError: null, running: 0, queued: 0 }]);
});

test("a version whose name on the server means something else by now shows nothing, and the next in the chain answers", async () => {
  const { ended, generate } = client({ verify: async (of) => (of === first ? "changed" : "same") }, [
    streaming("By the wrong model."),
    streaming("By the right one."),
  ]);
  expect(textOf(await generate())).toBe("By the right one.");
  expect(chain(ended[0]?.attempts)).toEqual(["1 failed model_changed fallback", "2 answered null end"]);
});

test("a fallback whose own format is no schema is passed over, too", async () => {
  const bad = version("2", { options: { format: { type: "verse" } } });
  const { ended, generate } = client(
    { resolve: async () => ({ version: first, fallbacks: [bad, third], defaults: {}, stale: false }) },
    [failing("timeout"), streaming("By the third.")],
  );
  expect(textOf(await generate())).toBe("By the third.");
  expect(chain(ended[0]?.attempts)[1]).toBe("2 failed rejected fallback");
});

test("stopping while a retry is waited for ends the call as stopped", async () => {
  const stop = new AbortController();
  const overloaded = throwing(new ProviderError("overloaded", "Full.", "Wait.", { retryAfterMs: 5_000 }));
  const clock = new FakeClock({ sleeps: "wait" });
  const { ended, generate } = client({ ...alone(first), clock }, [overloaded]);
  const events = generate({}, stop.signal);
  await clock.waitsFor(5_000);
  stop.abort();
  expect((await events).at(-1)).toMatchObject({ type: "done", finishReason: "stopped" });
  expect(chain(ended[0]?.attempts)).toEqual(["1 failed overloaded retry"]);
  expect(ended[0]?.outcome).toBe("stopped");
});

test("a candidate waits for its server as the stable version would in its place, since the two are compared", async () => {
  const overloaded = () => throwing(new ProviderError("overloaded", "Full.", "Wait.", { retryAfterMs: 1_100 }));
  const chainOf = async (overrides: ClientOverrides, fallbacks: readonly ModelVersion[]) => {
    const resolve = async () => ({ version: first, fallbacks, defaults: {}, stale: false });
    const { ended, generate } = client({ resolve, ...overrides }, [overloaded(), streaming("It was night.")]);
    await generate();
    return chain(ended[0]?.attempts);
  };
  expect(await chainOf({}, [])).toEqual(["1 failed overloaded retry", "1 answered null end"]);
  expect(await chainOf(onTrial(second), [])).toEqual(["2 failed overloaded retry", "2 answered null end"]);
  expect(await chainOf({}, [third])).toEqual(["1 failed overloaded fallback", "3 answered null end"]);
  expect(await chainOf(onTrial(second), [third])).toEqual(["2 failed overloaded fallback", "1 answered null end"]);
});

test("calls over an endpoint's limit wait in line, which is seen and logged as queueing", async () => {
  const { promise: firstMayAnswer, resolve } = Promise.withResolvers<void>();
  const streams = [streaming("One.", firstMayAnswer), streaming("Two.")];
  const { clock, ended, llm, generate } = client({ maxConcurrent: () => 1 }, streams);
  const both = Promise.all([generate(), generate()]);
  await waitFor(() => expect(llm.load()[0]?.queued).toBe(1));
  expect(llm.load()).toMatchObject([{ endpoint: "http://1/", running: 1, queued: 1, maxConcurrent: 1 }]);
  clock.advance(300);
  resolve();
  await both;
  expect(ended.map(({ timings }) => timings.queueMs)).toEqual([null, 300]);
  expect(llm.load()).toMatchObject([{ running: 0, queued: 0 }]);
});

test("the row of a call that a fallback answered has the options and the prompt that the fallback was sent", async () => {
  const other = version("2", { options: { temperature: 0.9 } });
  const { ended, requests, generate } = client(
    { resolve: async () => ({ version: first, fallbacks: [other], defaults: {}, stale: false }) },
    [failing("timeout"), streaming("By the second.")],
  );
  await generate();
  expect(ended[0]?.rerouted).toEqual(other);
  expect(ended[0]?.sent).toMatchObject({ options: requests.at(-1)?.options, messages: requests.at(-1)?.messages });
  expect(ended[0]?.sent?.options).toMatchObject({ temperature: 0.9 });
  // It goes to the thread that writes.
  expect(structuredClone(ended[0]?.sent)).toEqual(ended[0]?.sent);
  expect(ended[0]?.sent?.options.topK).toBeUndefined();
});

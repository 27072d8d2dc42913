import { expect, test } from "vitest";
import { result, scripted, streaming, breaking, hanging } from "../../../kit/fake-streams.ts";
import { first, second, version, composing, alone, client } from "../../../kit/llm-client.ts";
import { waitFor } from "../../../kit/wait-for.ts";

test("the row is running before the call and finished before the reader is told done", async () => {
  const { log, generate } = client();
  await generate();
  expect(log.filter((entry) => entry !== "token")).toEqual([
    "begin",
    "request 1",
    "started",
    "finish completed",
    "done",
  ]);
});

test("a call's options win over its use case's, and these over its version's", async () => {
  const { requests, generate } = client({
    resolve: async () => ({ version: first, fallbacks: [], defaults: { topK: 7, seed: 3 }, stale: false }),
  });
  await generate({ compose: composing({ topK: 9 }) });
  expect(requests[0]?.options).toEqual({ temperature: 0.1, topK: 9, seed: 3 });
});

test("the server's own options are laid over each other one by one, too", async () => {
  const set = version("1", { options: { serverOptions: { num_gpu: 0, mirostat: 1, num_batch: 8 } } });
  const defaults = { serverOptions: { mirostat: 2, num_batch: 16 } };
  const { requests, generate } = client({
    resolve: async () => ({ version: set, fallbacks: [], defaults, stale: false }),
  });
  await generate({ compose: composing({ serverOptions: { mirostat: 0 } }) });
  expect(requests[0]?.options).toEqual({ serverOptions: { num_gpu: 0, mirostat: 0, num_batch: 16 } });
});

test("a call on a last known good assignment is logged and told as stale", async () => {
  const begun: boolean[] = [];
  const { generate } = client({
    resolve: async () => ({ version: first, fallbacks: [], defaults: {}, stale: true }),
    begin: async ({ registryStale }) => void begun.push(registryStale),
  });
  expect((await generate())[0]).toMatchObject({ type: "started", registryStale: true });
  expect(begun).toEqual([true]);
});

test("a call that cannot be logged is not answered", async () => {
  const { generate } = client({ begin: () => Promise.reject(new Error("the disk is full")) });
  expect(await generate()).toMatchObject([{ type: "failed", inferenceId: null, errorClass: "storage" }]);
});

test("an answer whose end cannot be logged is not called done", async () => {
  const { generate } = client({ finish: () => Promise.reject(new Error("the disk is full")) });
  expect((await generate()).map(({ type }) => type)).toEqual(["started", "token", "failed"]);
});

test("with nothing assigned the reader is told what to do", async () => {
  const { generate } = client({ resolve: async () => ({ version: null, fallbacks: [], defaults: {}, stale: false }) });
  expect(await generate()).toMatchObject([
    { type: "failed", errorClass: "no_model", remedy: expect.stringContaining("Models") },
  ]);
});

test("a call that takes longer than all its time ends as a timeout, keeps what was shown, and stops the model", async () => {
  const slow = hanging("It was night. ");
  const { clock, log, ended, generate } = client({}, [slow, streaming("Never.")]);
  const call = generate({ deadlines: { totalMs: 300 } });
  await waitFor(() => expect(log).toContain("token"));
  clock.advance(300);
  expect((await call).at(-1)).toMatchObject({ type: "failed", errorClass: "timeout" });
  expect([slow.stopped(), ended[0]?.outcome]).toEqual([true, "failed"]);
});

test("where the call names no total deadline, that of the version it goes to holds, and the call's own comes first", async () => {
  const hurried = version("1", { deadlines: { totalMs: 300 } });
  const slow = hanging("It was night. ");
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  const { clock, requests, ended, generate } = client(alone(hurried), [slow, streaming("It was day.", ready)]);
  const call = generate();
  await waitFor(() => expect(requests).toHaveLength(1));
  clock.advance(300);
  expect((await call).at(-1)).toMatchObject({ type: "failed", errorClass: "timeout" });
  expect([slow.stopped(), ended[0]?.outcome]).toEqual([true, "failed"]);
  const patient = generate({ deadlines: { totalMs: 600_000 } });
  await waitFor(() => expect(requests).toHaveLength(2));
  clock.advance(599_999);
  resolve();
  expect((await patient).at(-1)).toMatchObject({ type: "done" });
});

test("a first token that nobody was shown is not logged as one", async () => {
  const { ended, generate } = client(alone(first), [breaking("It was", "rejected")]);
  expect((await generate()).at(-1)).toMatchObject({ type: "failed", errorClass: "rejected" });
  expect(ended[0]?.timings.firstTokenMs).toBeNull();
});

test("a cut prompt is told and logged", async () => {
  const { ended, generate } = client({}, [
    scripted([
      { type: "text", text: "It was night." },
      { type: "result", result: { ...result, promptTruncated: true } },
    ]),
  ]);
  expect((await generate()).at(-1)).toMatchObject({ type: "done", promptTruncated: true });
  expect(ended[0]?.promptTruncated).toBe(true);
});

test("a version itself can be called; its calls are logged as direct", async () => {
  const { begun, generate } = client();
  await generate({ target: { type: "version", versionId: second.id } });
  expect(begun).toEqual([{ useCase: "direct", version: "2", caller: "test" }]);
});

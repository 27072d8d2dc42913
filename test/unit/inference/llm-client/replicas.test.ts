import { expect, test } from "vitest";
import type { ErrorClass } from "../../../../src/shared/contract/inference.ts";
import { streaming, breaking, failing } from "../../../kit/fake-streams.ts";
import { first, second, version, alone, addressesIn, client, chain, textOf } from "../../../kit/llm-client.ts";
import { waitFor } from "../../../kit/wait-for.ts";

const many = version("m", { endpoint: "http://a/", replicas: ["http://b/", "http://c/"] });

test("a version with replicas is asked where the fewest calls run", async () => {
  const { promise: everyCallRuns, resolve } = Promise.withResolvers<void>();
  const { llm, requests, generate } = client(
    alone(many),
    Array.from({ length: 3 }, () => streaming("It was night.", everyCallRuns)),
  );
  const calls = Promise.all([generate(), generate(), generate()]);
  await waitFor(() => expect(requests).toHaveLength(3));
  expect(llm.load().map(({ running }) => running)).toEqual([1, 1, 1]);
  resolve();
  await calls;
  expect(new Set(addressesIn(requests))).toEqual(new Set(["http://a/", "http://b/", "http://c/"]));
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
    const { ended, requests, generate } = client(
      { resolve: async () => ({ version: many, fallbacks: [second], defaults: {}, stale: false }) },
      [failing(failure), failing(failure), streaming("By the third.")],
    );
    expect(textOf(await generate())).toBe("By the third.");
    expect(addressesIn(requests)).toEqual(["http://a/", "http://b/", "http://c/"]);
    expect(ended[0]?.attempts).toMatchObject([
      { version: "m", endpoint: "http://a/", outcome: "failed", errorClass: failure, next: "retry" },
      { version: "m", endpoint: "http://b/", outcome: "failed", errorClass: failure, next: "retry" },
      { version: "m", endpoint: "http://c/", outcome: "answered", next: "end" },
    ]);
    expect(ended[0]?.rerouted).toBeNull();
  },
);

test("where a replica holds another model by now, the next answers", async () => {
  const { requests, generate } = client(
    { ...alone(many), verify: async (_version, endpoint) => (endpoint === "http://a/" ? "changed" : "same") },
    [streaming("By the wrong model."), streaming("By the right one.")],
  );
  expect(textOf(await generate())).toBe("By the right one.");
  expect(addressesIn(requests)).toEqual(["http://a/", "http://b/"]);
});

test("once every replica has failed, retries go round them, and what cannot pass goes on at once", async () => {
  const all = (failure: ErrorClass) => Array.from({ length: 6 }, () => failing(failure));
  const passing = client(alone(many), all("server_error"));
  await passing.generate();
  expect(addressesIn(passing.requests)).toEqual(["a", "b", "c", "a", "b"].map((name) => `http://${name}/`));
  const lasting = client(
    { resolve: async () => ({ version: many, fallbacks: [second], defaults: {}, stale: false }) },
    all("model_not_found"),
  );
  await lasting.generate();
  expect(addressesIn(lasting.requests)).toEqual(["a", "b", "c", "2"].map((name) => `http://${name}/`));
});

test("a replica whose circuit breaker is open, a request that is refused, and an answer that was begun send nobody elsewhere", async () => {
  const two = version("m", { endpoint: "http://a/", replicas: ["http://b/"] });
  const tripped = client(alone(two), [
    ...[1, 2, 3, 4].map(() => failing("refused")), // a, b, and two retries
    ...[1, 2].map(() => failing("refused")), // each for the third time
    failing("model_not_found"),
  ]);
  await tripped.generate();
  await tripped.generate();
  expect(tripped.llm.load().map(({ circuitOpenUntilMs }) => circuitOpenUntilMs)).toEqual([
    expect.any(Number),
    expect.any(Number),
  ]);
  expect(chain(tripped.ended[1]?.attempts).at(-1)).toBe("m failed model_not_found end");
  const refused = client(alone(two), [failing("rejected")]);
  await refused.generate();
  expect(chain(refused.ended[0]?.attempts)).toEqual(["m failed rejected end"]);
  const begun = client(alone(two), [breaking("It was night. The sea was qui", "broken_stream")]);
  await begun.generate();
  expect(chain(begun.ended[0]?.attempts)).toEqual(["m failed broken_stream end"]);
});

test("a fallback is asked where nothing failed this call before, if it has such an address", async () => {
  const shared = version("2", { endpoint: "http://1/", replicas: ["http://b/"] });
  const { requests, generate } = client(
    { resolve: async () => ({ version: first, fallbacks: [shared], defaults: {}, stale: false }) },
    [failing("timeout"), streaming("By the other server.")],
  );
  await generate();
  expect(addressesIn(requests)).toEqual(["http://1/", "http://b/"]);
});

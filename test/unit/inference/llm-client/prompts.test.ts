import { expect, test } from "vitest";
import { streaming, failing, fault, hang } from "../../../kit/fake-streams.ts";
import {
  first,
  second,
  counting,
  withoutContext,
  alone,
  client,
  onTrial,
  chain,
  textOf,
} from "../../../kit/llm-client.ts";

test("a version whose tokens cannot be counted is asked all the same, and the next in its chain answers", async () => {
  const counted: (number | null)[] = [];
  const { begun, ended, generate } = client({ countTokens: () => Promise.reject(fault("model_not_found")) }, [
    failing("model_not_found"),
    streaming("By the second."),
  ]);
  expect(textOf(await generate({ compose: counting(counted) }))).toBe("By the second.");
  expect(chain(ended[0]?.attempts)).toEqual(["1 failed model_not_found fallback", "2 answered null end"]);
  expect([begun.length, counted]).toEqual([1, [null, null]]);
});

test("tokens are counted where the call will go, once a version, and not where the circuit breaker is open", async () => {
  const asked: (string | undefined)[] = [];
  const counted: (number | null)[] = [];
  const { llm, generate } = client(
    {
      resolve: async () => ({ version: first, fallbacks: [second], defaults: {}, stale: false }),
      countTokens: async ({ configuration }) => (asked.push(configuration.endpoint), 7),
    },
    [...[1, 2, 3].map(() => failing("refused")), ...[1, 2].map(() => streaming("By the second."))],
  );
  await generate({ compose: counting(counted) });
  expect(asked).toEqual(["http://1/", "http://2/"]);
  expect(llm.load()).toMatchObject([{ circuitOpenUntilMs: expect.any(Number) }, { circuitOpenUntilMs: null }]);
  await generate({ compose: counting(counted) });
  expect(asked).toEqual(["http://1/", "http://2/", "http://2/"]);
  expect(counted).toEqual([7, 7, null, 7]);
});

test("a call can be stopped, and its time can be up, while tokens are counted: it is logged, and nobody is asked", async () => {
  for (const which of ["stop", "deadline"] as const) {
    const stop = new AbortController();
    const { promise: counts, resolve } = Promise.withResolvers<void>();
    const { clock, ended, requests, generate } = client({
      countTokens: (_address, _text, signal) => (resolve(), hang(signal ?? new AbortController().signal)),
    });
    const call = generate({ compose: counting(), deadlines: which === "stop" ? {} : { totalMs: 300 } }, stop.signal);
    await counts;
    if (which === "stop") stop.abort();
    else clock.advance(300);
    const last = (await call).at(-1);
    expect(last).toMatchObject(which === "stop" ? { finishReason: "stopped" } : { errorClass: "timeout" });
    expect(ended.map(({ outcome }) => outcome)).toEqual([which === "stop" ? "stopped" : "failed"]);
    expect(requests).toEqual([]);
  }
});

test("counting for a candidate ends with its rollout, and the stable version answers", async () => {
  const withdrawal = new AbortController();
  const { ended, generate } = client({
    countTokens: ({ configuration }, _text, signal) => {
      if (configuration.endpoint !== "http://2/") return Promise.resolve(1);
      setImmediate(() => withdrawal.abort());
      return hang(signal ?? new AbortController().signal);
    },
    ...onTrial(second, withdrawal),
  });
  expect(textOf(await generate({ compose: counting() }))).toBe("It was night.");
  expect(chain(ended[0]?.attempts)).toEqual(["2 skipped null fallback", "1 answered null end"]);
});

test("a version that has no room for the prompt is passed over, whichever it is in the chain; the log has all of it", async () => {
  const ones = client({}, [streaming("By the second.")]);
  expect(textOf(await ones.generate({ compose: withoutContext("1") }))).toBe("By the second.");
  expect(chain(ones.ended[0]?.attempts)).toEqual(["1 failed prompt_too_large fallback", "2 answered null end"]);
  expect(ones.begun).toMatchObject([{ version: "1" }]);
  const twos = client({}, [failing("timeout"), streaming("By the third.")]);
  expect(textOf(await twos.generate({ compose: withoutContext("2") }))).toBe("By the third.");
  expect(chain(twos.ended[0]?.attempts)).toEqual([
    "1 failed timeout fallback",
    "2 failed prompt_too_large fallback",
    "3 answered null end",
  ]);
  expect(twos.ended[0]?.attempts[1]?.message).toContain("there is room for 10");
});

test("a prompt that no version has room for is the caller's mistake, and nothing is written", async () => {
  for (const needs of [{}, alone(first)]) {
    const { log, generate } = client(needs);
    await expect(generate({ compose: withoutContext("1", "2", "3") })).rejects.toMatchObject({
      code: "BAD_REQUEST",
      data: { field: "prompt", value: "1" },
    });
    expect(log).toEqual([]);
  }
});

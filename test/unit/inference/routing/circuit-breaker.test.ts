import { beforeEach, expect, test } from "vitest";
import { CircuitBreaker } from "../../../../src/main/inference/routing/circuit-breaker.ts";
import { ProviderError } from "../../../../src/main/inference/provider.ts";
import { ExchangeError } from "../../../../src/main/inference/providers/http/exchange.ts";

let nowMs = 0;
let breaker: CircuitBreaker;
beforeEach(() => {
  nowMs = 1_000;
  breaker = new CircuitBreaker(() => nowMs);
});
const failure = (errorClass: ProviderError["errorClass"], cause?: unknown) =>
  new ProviderError(errorClass, "it failed", "Try again.", { cause });
const fail = (times: number, error = failure("server_error")) => {
  for (let time = 0; time < times; time += 1) breaker.failed(breaker.started("a"), error);
};
const isA = (endpoint: string) => endpoint === "a";

test("two failures in a row change nothing, a third opens the breaker for 5 s, and others are not touched", () => {
  fail(2);
  expect(breaker.mayCall("a")).toBe(true);
  fail(1);
  expect([breaker.mayCall("a"), breaker.mayCall("b"), breaker.remainingMs("a")]).toEqual([false, true, 5_000]);
  expect(breaker.lastError("a")).toBe("it failed");
});

test("a success between failures starts the count anew", () => {
  fail(2);
  breaker.succeeded(breaker.started("a"));
  fail(2);
  expect(breaker.mayCall("a")).toBe(true);
});

test("calls under way that are broken together have failed once, and so has each wave of their retries", () => {
  const together = () => {
    const begun = Array.from({ length: 10 }, () => breaker.started("a"));
    for (const call of begun) breaker.failed(call, failure("broken_stream"));
    return breaker.remainingMs("a");
  };
  expect([together(), together(), together(), together()]).toEqual([null, null, 5_000, 10_000]);
});

test("a call that began after a failure was counted counts, whatever else is still under way", () => {
  const early = breaker.started("a");
  fail(3);
  const late = breaker.started("a");
  breaker.failed(early, failure("broken_stream"));
  expect(breaker.remainingMs("a")).toBe(5_000);
  breaker.failed(late, failure("broken_stream"));
  expect(breaker.remainingMs("a")).toBe(10_000);
});

test("when its time is up one call at a time probes it, and its success closes the breaker", () => {
  fail(3);
  nowMs += 5_000;
  expect(breaker.mayCall("a")).toBe(true);
  const probe = breaker.started("a");
  expect(breaker.mayCall("a")).toBe(false);
  breaker.succeeded(probe);
  expect([breaker.mayCall("a"), breaker.remainingMs("a"), breaker.lastError("a")]).toEqual([true, null, null]);
});

test("a call from before the breaker opened that ends meanwhile does not end the probe", () => {
  const [broken, stopped] = [breaker.started("a"), breaker.started("a")];
  fail(3);
  nowMs += 5_000;
  breaker.started("a");
  breaker.failed(broken, failure("broken_stream"));
  breaker.ignored(stopped);
  expect(breaker.mayCall("a")).toBe(false);
});

test("a probe that fails doubles the time, up to five minutes", () => {
  fail(3);
  const waits = [];
  for (let probe = 0; probe < 8; probe += 1) {
    nowMs += breaker.remainingMs("a") ?? 0;
    fail(1);
    waits.push(breaker.remainingMs("a"));
  }
  expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
});

test.each([
  ["nobody was there", true, [failure("refused")]],
  ["it left in the middle of an answer", true, [failure("broken_stream")]],
  ["it did not take the connection", true, [failure("timeout", new ExchangeError("late", "connecting", 2_000))]],
  ["it failed, and was gone then", true, [failure("server_error"), failure("refused")]],
  ["it took too long for its first token", false, [failure("timeout", new ExchangeError("late", "waiting", 600))]],
  ["it asked for fewer calls", false, [failure("overloaded")]],
  ["it asked for fewer calls, and was gone then", false, [failure("overloaded"), failure("refused")]],
  ["it failed in its own words", false, [failure("server_error")]],
  ["it did not take the key", false, [failure("not_allowed")]],
] as const)("where %s, a server seen to answer is called again: %s", (_how, again, errors) => {
  const last = errors.at(-1);
  fail(3, errors[0]);
  fail(1, last);
  breaker.answered((endpoint) => endpoint === "b");
  expect(breaker.mayCall("a")).toBe(false);
  breaker.answered(isA);
  expect(breaker.mayCall("a")).toBe(again);
});

test("a probe that was stopped lets the next call probe", () => {
  fail(3);
  nowMs += 5_000;
  breaker.ignored(breaker.started("a"));
  expect(breaker.mayCall("a")).toBe(true);
});

const concerning = (concerns: "server" | "model", errorClass: ProviderError["errorClass"] = "broken_stream") =>
  new ProviderError(errorClass, "it failed", "Try again.", { concerns });
const failModel = (model: string, error: ProviderError, times = 3) => {
  for (let time = 0; time < times; time += 1) breaker.failed(breaker.started("a", model), error);
};

test.each([
  ["an answer that broke off", failure("broken_stream")],
  ["an error of its own", failure("server_error")],
  ["a crash", failure("engine_crashed")],
  ["a silence while it loads", failure("timeout", new ExchangeError("late", "waiting", 600))],
  ["a key that is not for it", concerning("model", "not_allowed")],
])("%s speaks of the model, and keeps no other model of that server from its calls", (_how, error) => {
  failModel("m", error);
  expect([breaker.mayCall("a", "m"), breaker.mayCall("a", "n"), breaker.mayCall("a")]).toEqual([false, true, true]);
  expect(breaker.modelsAt("a")).toEqual([{ model: "m", remainingMs: 5_000, lastError: "it failed" }]);
  breaker.succeeded(breaker.started("a", "n"));
  expect(breaker.mayCall("a", "m")).toBe(false);
  nowMs += 5_000;
  breaker.succeeded(breaker.started("a", "m"));
  expect([breaker.mayCall("a", "m"), breaker.modelsAt("a")]).toEqual([true, []]);
});

test.each([
  ["nobody listens", failure("refused")],
  ["it has too many calls", failure("overloaded")],
  ["it does not take the key", failure("not_allowed")],
  ["it does not take the connection", failure("timeout", new ExchangeError("late", "connecting", 2_000))],
  ["the proxy does not reach it", concerning("server", "server_error")],
])("where %s the server is spoken of, and none of its models is called", (_how, error) => {
  failModel("m", error, 2);
  failModel("n", error, 1);
  expect([breaker.mayCall("a", "m"), breaker.mayCall("a", "x"), breaker.modelsAt("a")]).toEqual([false, false, []]);
  expect(breaker.lastError("a", "x")).toBe("it failed");
});

test("a server that answers with one model's failure is reachable for its others", () => {
  failModel("m", failure("refused"));
  nowMs += 5_000;
  failModel("m", failure("server_error"), 1);
  expect([breaker.mayCall("a", "n"), breaker.remainingMs("a")]).toEqual([true, null]);
});

test("a server seen to answer says nothing of a model whose answers were no good", () => {
  failModel("m", concerning("model"));
  breaker.answered(isA);
  expect(breaker.mayCall("a", "m")).toBe(false);
});

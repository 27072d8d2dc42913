import { expect, test } from "vitest";
import { errorClass, type ErrorClass } from "../../../../src/shared/contract/inference.ts";
import {
  type FailedAttempt,
  concernsEndpoint,
  retryPolicy,
} from "../../../../src/main/inference/routing/retry-policy.ts";

const failed: FailedAttempt = {
  errorClass: "server_error",
  retryAfterMs: null,
  shown: false,
  hasReplica: false,
  retries: 0,
  hasFallback: true,
  mayWait: false,
};
const steps = (facts: Partial<FailedAttempt>) =>
  Object.fromEntries(
    errorClass.options.map((each) => [each, retryPolicy({ ...failed, ...facts, errorClass: each }).next]),
  );

test("each class of failure has its next step: first the same version where that may help, then the next in the chain", () => {
  expect(steps({})).toEqual({
    refused: "retry",
    timeout: "fallback",
    broken_stream: "retry",
    model_not_found: "fallback",
    model_changed: "fallback",
    overloaded: "retry",
    rejected: "fallback",
    not_allowed: "fallback",
    server_error: "retry",
    engine_crashed: "retry",
    not_enough_memory: "fallback",
    no_model: "end",
    prompt_too_large: "fallback",
    invalid_output: "fallback",
    storage: "end",
    internal: "end",
  } satisfies Record<ErrorClass, string>);
});

test("without a fallback what cannot be retried ends the call", () => {
  expect(Object.entries(steps({ hasFallback: false })).filter(([, next]) => next !== "end")).toEqual(
    ["refused", "broken_stream", "overloaded", "server_error", "engine_crashed"].map((each) => [each, "retry"]),
  );
});

test("once something was shown no class is tried again, so that nothing is said twice", () => {
  expect(new Set(Object.values(steps({ shown: true })))).toEqual(new Set(["end"]));
});

test("where the version has a replica that was not asked, what speaks of one server goes there, and nobody waits", () => {
  const elsewhere = Object.entries(steps({ hasReplica: true, retries: 2, hasFallback: false }));
  expect(elsewhere.filter(([, next]) => next !== "end")).toEqual(
    [
      "refused",
      "timeout",
      "broken_stream",
      "model_not_found",
      "model_changed",
      "overloaded",
      "not_allowed",
      "server_error",
      "engine_crashed",
      "not_enough_memory",
    ].map((each) => [each, "elsewhere"]),
  );
  const overloaded = { ...failed, errorClass: "overloaded", retryAfterMs: 3_000, hasReplica: true } as const;
  expect(retryPolicy(overloaded)).toEqual({ next: "elsewhere", waitMs: 0 });
  expect(new Set(Object.values(steps({ shown: true, hasReplica: true })))).toEqual(new Set(["end"]));
});

test("retries are counted for the whole call: after two the next version is asked, and without one the call ends", () => {
  expect(retryPolicy({ ...failed, retries: 1 }).next).toBe("retry");
  expect(retryPolicy({ ...failed, retries: 2 }).next).toBe("fallback");
  expect(retryPolicy({ ...failed, retries: 2, hasFallback: false }).next).toBe("end");
});

test("a server's Retry-After is honoured up to ten seconds by who may wait, and up to one by who need not", () => {
  const overloaded = { ...failed, errorClass: "overloaded" } as const;
  expect(retryPolicy({ ...overloaded, retryAfterMs: 3_000, mayWait: true })).toEqual({ next: "retry", waitMs: 3_000 });
  expect(retryPolicy({ ...overloaded, retryAfterMs: 3_000 })).toEqual({ next: "fallback", waitMs: 0 });
  expect(retryPolicy({ ...overloaded, retryAfterMs: 1_000 })).toEqual({ next: "retry", waitMs: 1_000 });
  expect(retryPolicy({ ...overloaded, retryAfterMs: 60_000, mayWait: true, hasFallback: false })).toEqual({
    next: "end",
    waitMs: 0,
  });
});

test("the wait doubles with each retry", () => {
  expect([0, 1].map((retries) => retryPolicy({ ...failed, retries }).waitMs)).toEqual([150, 300]);
});

test("only failures that speak of the server cool it down; a request's or a model's own do not", () => {
  expect(errorClass.options.filter(concernsEndpoint)).toEqual([
    "refused",
    "timeout",
    "broken_stream",
    "overloaded",
    "not_allowed",
    "server_error",
    "engine_crashed",
  ]);
});

import { expect, test } from "vitest";
import { ExpectedError } from "../../../src/main/base/expected-error.ts";
import { failureOf } from "../../../src/main/gateway/http/refusal.ts";
import { ProviderError } from "../../../src/main/inference/provider.ts";

test("what a provider throws is known as an expected error by its class alone", () => {
  const error = new ProviderError("overloaded", "Busy.", "Wait.", { retryAfterMs: 5 });
  expect(error).toBeInstanceOf(ExpectedError);
  expect(failureOf(error)).toEqual({ errorClass: "overloaded", message: "Busy.", remedy: "Wait." });
  const named = Object.assign(new Error("Busy."), { name: "ProviderError", errorClass: "overloaded", remedy: "Wait." });
  expect(failureOf(named)).toBeNull();
});

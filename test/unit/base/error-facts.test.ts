import { expect, test } from "vitest";
import { errorFacts } from "../../../src/main/base/error-facts.ts";
import { Failure } from "../../../src/main/base/failure.ts";
import { ProviderError } from "../../../src/main/inference/provider.ts";

const secret = "the heir is the gardener";

test("class, code and frames of an error are kept, and nothing of its message", () => {
  const error = new TypeError(`could not read "${secret}"\n    at ${secret} (story.txt:1:1)`, {
    cause: Object.assign(new Error(secret), { code: "SQLITE_FULL" }),
  });
  const facts = errorFacts(error);
  expect(facts).toMatchObject({ type: "TypeError", code: null, cause: { type: "Error", code: "SQLITE_FULL" } });
  expect(facts.stack[0]).toMatch(/^at .*test\/unit\/base\/error-facts\.test\.ts:\d+:\d+/);
  expect(facts.stack[0]).not.toContain(process.cwd());
  expect(JSON.stringify(facts)).not.toContain("heir");
});

test("an expected error is reported by its class", () => {
  expect(errorFacts(new ProviderError("overloaded", secret, secret)).code).toBe("overloaded");
  expect(errorFacts(new Failure("STORAGE", secret, { remedy: secret })).code).toBe("STORAGE");
});

test.each([
  ["a text that was thrown", secret],
  ["a message that was changed afterwards", Object.assign(new Error(`${secret}\n    at ${secret}`), { message: "" })],
  ["a code that is a sentence", Object.assign(new Error(""), { code: secret })],
  ["a message that was shortened afterwards", Object.assign(new Error(`a\n    at ${secret}`), { message: "a" })],
  ["a stack of its own", Object.assign(new Error("x"), { stack: `${secret}\n    at ${secret}` })],
])("%s does not enter the log", (_what, thrown) => {
  expect(JSON.stringify(errorFacts(thrown))).not.toContain("heir");
});

test.each([
  ["a home folder", "/home/heir/hook.js:1:2", "at …:1:2"],
  ["a home folder with brackets", "/home/al(heir)/out/main/cli.js:1:2", "at out/main/cli.js:1:2"],
  ["a folder that is called as ours", "/mnt/src/heir/taleward/out/main/cli.js:1:2", "at out/main/cli.js:1:2"],
  ["a file URL on Windows", "file:///C:/Users/heir/taleward/src/main/cli.ts:1:2", "at src/main/cli.ts:1:2"],
])("of a frame in %s only what lies in Taleward stays", (_what, place, shown) => {
  const error = Object.assign(new Error("x"), { stack: `Error: x\n    at ${place}` });
  expect(errorFacts(error).stack).toEqual([shown]);
});

test.each([
  [
    "a code that throws",
    Object.defineProperty(new Error("x"), "code", {
      get: () => {
        throw new Error(secret);
      },
    }),
  ],
  ["no constructor", Object.defineProperty(new Error("x"), "constructor", { value: undefined })],
  [
    "a proxy that throws",
    new Proxy(new Error("x"), {
      get: () => {
        throw new Error(secret);
      },
    }),
  ],
])("%s does not make it throw", (_what, thrown) => {
  expect(JSON.stringify(errorFacts(thrown))).not.toContain("heir");
});

test("causes that go round in a circle end", () => {
  const error = new Error("a");
  error.cause = new Error("b", { cause: error });
  expect(JSON.stringify(errorFacts(error))).not.toContain('"a"');
});

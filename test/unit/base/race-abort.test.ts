import { expect, test } from "vitest";
import { raceAbort } from "../../../src/main/base/race-abort.ts";

test("gives what the work gives, or throws what it throws, while nothing aborts", async () => {
  const { signal } = new AbortController();
  expect(await raceAbort(Promise.resolve(1), signal)).toBe(1);
  expect(await raceAbort(Promise.resolve(1), undefined)).toBe(1);
  await expect(raceAbort(Promise.reject(new Error("broke")), signal)).rejects.toThrow("broke");
});

test("throws the signal's reason as soon as it aborts, while the work goes on", async () => {
  const stop = new AbortController();
  const work = Promise.withResolvers<string>();
  const racing = raceAbort(work.promise, stop.signal);
  stop.abort(new Error("not wanted any more"));
  await expect(racing).rejects.toThrow("not wanted any more");
  work.resolve("done");
  expect(await work.promise).toBe("done");
});

test("an aborted signal wins over work that is done, whose own error is not left unhandled", async () => {
  const signal = AbortSignal.abort(new Error("stopped before"));
  await expect(raceAbort(Promise.resolve(1), signal)).rejects.toThrow("stopped before");
  await expect(raceAbort(Promise.reject(new Error("broke")), signal)).rejects.toThrow("stopped before");
});

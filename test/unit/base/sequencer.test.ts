import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { Sequencer } from "../../../src/main/base/sequencer.ts";

test("work starts in the order in which it was queued, each after the end of the one before", async () => {
  const sequencer = new Sequencer();
  const seen: string[] = [];
  const work = (name: string) => async () => {
    seen.push(`${name} starts`);
    await setImmediate();
    seen.push(`${name} ends`);
    return name;
  };
  expect(await Promise.all([sequencer.queue(work("a")), sequencer.queue(work("b"))])).toEqual(["a", "b"]);
  expect(seen).toEqual(["a starts", "a ends", "b starts", "b ends"]);
});

test("a failure goes to whoever queued it and does not keep back what follows", async () => {
  const sequencer = new Sequencer();
  const failing = sequencer.queue(() => Promise.reject(new Error("broke")));
  const next = sequencer.queue(() => Promise.resolve("went on"));
  await expect(failing).rejects.toThrow("broke");
  expect(await next).toBe("went on");
});

test("settles once all that was queued until then has ended, whether it failed or not", async () => {
  const sequencer = new Sequencer();
  let hasEnded = false;
  const failing = sequencer.queue(async () => {
    await setImmediate();
    hasEnded = true;
    throw new Error("broke");
  });
  failing.catch(() => {});
  await sequencer.settled();
  expect(hasEnded).toBe(true);
});

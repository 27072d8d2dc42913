import { expect, test } from "vitest";
import { RepeatedWork } from "../../../src/main/rollouts/repeated-work.ts";
import { FakeClock } from "../../kit/fake-clock.ts";

test("work that fails is tried again until it is done, after 2 s and then twice as long each time, at most a minute", async () => {
  const clock = new FakeClock();
  const work = new RepeatedWork(clock);
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const failed: (number | undefined)[] = [];
  let tries = 0;
  const run = async () => {
    tries += 1;
    if (tries < 8) throw new Error(`try ${tries}`);
    resolve();
  };
  work.want("load", run, () => failed.push(work.failing?.tries));
  await done;
  await work.close();
  expect(clock.slept).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect([failed, tries, work.failing]).toEqual([[1, 2, 3, 4, 5, 6, 7], 8, null]);
});

test("work that is dropped while it waits is not tried again", async () => {
  const clock = new FakeClock({ sleeps: "wait" });
  const work = new RepeatedWork(clock);
  let tries = 0;
  const run = async () => {
    tries += 1;
    throw new Error("no");
  };
  work.want("load", run, () => {});
  await clock.waitsFor(2_000);
  await work.close(); // resolves when nothing is repeated any more
  expect([tries, clock.slept]).toEqual([1, [2_000]]);
});

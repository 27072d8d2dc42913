import { expect, test, vi } from "vitest";
import { RepeatedWork } from "../../../src/main/rollouts/repeated-work.ts";
import { FakeClock } from "../../kit/fake-clock.ts";

test("work is tried until it is done, with waits that double up to a minute", async () => {
  const clock = new FakeClock();
  const repeated = new RepeatedWork(clock);
  const failures: (number | undefined)[] = [];
  const done = Promise.withResolvers<void>();
  let tries = 0;
  repeated.want(
    "load",
    async () => {
      tries += 1;
      if (tries < 8) throw new Error("not yet");
      done.resolve();
    },
    () => failures.push(repeated.failing?.tries),
  );
  await done.promise;
  expect(failures).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(clock.slept).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  await vi.waitFor(() => expect(repeated.failing).toBeNull());
  await repeated.close();
});

test("work that is wanted no more is not tried again, not even one that waits for its next try", async () => {
  const clock = new FakeClock({ sleeps: "wait" });
  const repeated = new RepeatedWork(clock);
  const work = vi.fn<() => Promise<void>>(() => Promise.reject(new Error("not yet")));
  repeated.want("load", work, () => {});
  await clock.waitsFor(2_000);
  repeated.want("load", work, () => {});
  expect(work).toHaveBeenCalledOnce();
  await repeated.close();
  clock.advance(60_000);
  expect(work).toHaveBeenCalledOnce();
  expect(repeated.failing).toBeNull();
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { EndpointQueue } from "../../../../src/main/inference/routing/endpoint-queue.ts";

const never = new AbortController().signal;

test("so many calls as allowed go at once, the others wait their turn in order", async () => {
  const queue = new EndpointQueue({ maxConcurrent: () => 2 });
  expect([queue.enter("a", never), queue.enter("a", never)]).toEqual([null, null]);
  const order: string[] = [];
  const third = queue.enter("a", never)?.then(() => order.push("third"));
  const fourth = queue.enter("a", never)?.then(() => order.push("fourth"));
  expect([queue.running("a"), queue.queued("a"), queue.enter("b", never)]).toEqual([2, 2, null]);
  queue.leave("a");
  await third;
  queue.leave("a");
  await fourth;
  expect([order, queue.running("a"), queue.queued("a")]).toEqual([["third", "fourth"], 2, 0]);
});

test("a call that is stopped while it waits leaves the line, with the signal's reason", async () => {
  const queue = new EndpointQueue({ maxConcurrent: () => 1 });
  const stop = new AbortController();
  void queue.enter("a", never);
  const waiting = queue.enter("a", stop.signal);
  stop.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow("stopped");
  expect(queue.queued("a")).toBe(0);
  queue.leave("a");
  expect(queue.enter("a", never)).toBeNull();
});

test("a line of ten thousand takes no one more", async () => {
  const queue = new EndpointQueue({ maxConcurrent: () => 1 });
  const stop = new AbortController();
  void queue.enter("a", never);
  const waiting = Array.from({ length: 10_000 }, async () => queue.enter("a", stop.signal));
  await expect(queue.enter("a", never)).rejects.toMatchObject({ errorClass: "overloaded" });
  stop.abort();
  expect((await Promise.allSettled(waiting)).every(({ status }) => status === "rejected")).toBe(true);
});

test("whatever enters, leaves and is stopped, never more than allowed run and no place is lost", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.tuple(fc.constantFrom("enter", "leave", "stop"), fc.nat(20)), { maxLength: 60 }),
      async (max, steps) => {
        const queue = new EndpointQueue({ maxConcurrent: () => max });
        const inside: number[] = [];
        const waiting = new Map<number, AbortController>();
        for (const [index, [step, which]] of steps.entries()) {
          if (step === "enter") {
            const stop = new AbortController();
            const line = queue.enter("a", stop.signal);
            if (line === null) inside.push(index);
            else {
              waiting.set(index, stop);
              void line.then(
                () => (waiting.delete(index), inside.push(index)),
                () => waiting.delete(index),
              );
            }
          } else if (step === "leave" && inside.length > 0) {
            inside.splice(which % inside.length, 1);
            queue.leave("a");
          } else if (step === "stop") [...waiting.values()][which % Math.max(1, waiting.size)]?.abort();
          await new Promise(setImmediate);
          expect([queue.running("a"), queue.queued("a")]).toEqual([inside.length, waiting.size]);
          expect(inside.length).toBeLessThanOrEqual(max);
          expect(waiting.size === 0 || inside.length === max).toBe(true);
        }
      },
    ),
    { numRuns: 200 },
  );
});

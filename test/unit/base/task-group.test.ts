import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { TaskGroup } from "../../../src/main/base/task-group.ts";

async function collect<Event>(events: AsyncIterable<Event>): Promise<Event[]> {
  const all: Event[] = [];
  for await (const event of events) all.push(event);
  return all;
}

test("passes on every event in order, those of one turn too, and then what the work threw", async () => {
  const running = new TaskGroup();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const event of running.events<number>(undefined, async (emit) => {
      emit(1);
      emit(2);
      await setImmediate();
      emit(3);
      throw new Error("broke");
    }))
      seen.push(event);
  })();
  await expect(reading).rejects.toThrow("broke");
  expect(seen).toEqual([1, 2, 3]);
  expect(running.count).toBe(0);
});

test("work whose reader goes away is told by its signal and still ends in its own way", async () => {
  const running = new TaskGroup();
  let ended = false;
  const events = running.events<string>(undefined, async (emit, signal) => {
    emit("first");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    await setImmediate();
    ended = true;
  });
  for await (const event of events) {
    expect(event).toBe("first");
    break;
  }
  expect(running.count).toBe(1);
  await running.close();
  expect({ ended, count: running.count }).toEqual({ ended: true, count: 0 });
});

test("closing stops what runs and waits for its end", async () => {
  const running = new TaskGroup();
  const events = collect(
    running.events<string>(undefined, async (emit, signal) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await setImmediate();
      emit("saved");
    }),
  );
  await setImmediate();
  await running.close();
  expect(await events).toEqual(["saved"]);
});

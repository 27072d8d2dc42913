import { expect, test } from "vitest";
import { Delivery, DeliveryError } from "../../../src/main/coordinator/delivery.ts";
import type { DatabasePool } from "../../../src/main/db/pool.ts";
import type { ModelUpdate } from "../../../src/shared/contract/coordination.ts";
import { subscriberId, versionId } from "../../../src/shared/contract/ids.ts";

const id = "019ab000-0000-7000-8000-000000000001";

function update(sequence: number): ModelUpdate {
  return {
    sequence,
    key: `019ab000-0000-7000-8000-${String(sequence).padStart(12, "0")}`,
    atMs: 0,
    useCase: "story_generation",
    type: "assigned",
    versionId: versionId.parse(id),
    model: "llama",
    version: "1",
    percent: 100,
    message: "",
  };
}

/** An outbox in memory, whose every answer takes a turn as a thread's would. */
function startDelivery(send: (sequences: number[]) => void = () => {}) {
  const updates: ModelUpdate[] = [];
  const received: number[] = [];
  const tries: number[] = [];
  let acknowledged = 0;
  let clockMs = 0;
  const database = {
    read: async (_name: string, { limit }: { limit: number }) =>
      updates.filter(({ sequence }) => sequence > acknowledged).slice(0, limit),
    write: async (name: string, fact: { sequence?: number }) => {
      if (name === "acknowledgeUpdates") acknowledged = fact.sequence ?? acknowledged;
    },
  } as unknown as DatabasePool; // the two questions that are asked of it
  const delivery = new Delivery({
    database,
    subscriber: { id: subscriberId.parse(id), tries: 0, nextTryAtMs: null },
    atOnce: 1,
    send: async (batch) => {
      const sequences = batch.map(({ sequence }) => sequence);
      send(sequences);
      received.push(...sequences);
    },
    nowMs: () => clockMs,
    random: () => 1,
    changed: () => {},
    failed: (count) => tries.push(count),
  });
  return {
    delivery,
    received,
    tries,
    add: () => updates.push(update(updates.length + 1)),
    passMs: (ms: number) => (clockMs += ms),
  };
}

test("an update that is there before it is asked for is told when asking resolves, whatever was under way", async () => {
  for (let turns = 0; turns < 40; turns += 1) {
    const { delivery, received, add } = startDelivery();
    add();
    const before = delivery.run();
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    add();
    await delivery.run();
    expect({ turns, received }).toEqual({ turns, received: [1, 2] });
    await before;
    await delivery.close(0);
  }
});

test("after a try that failed nothing is told until its wait is over, but what a person asks for is", async () => {
  let refuses = true;
  const { delivery, received, tries, add, passMs } = startDelivery(() => {
    if (refuses) throw new DeliveryError("It answered 503.", 5_000);
  });
  add();
  expect(await delivery.run()).toBe(0);
  refuses = false;
  add();
  passMs(4_999);
  expect(await delivery.run()).toBe(0);
  passMs(1);
  expect(await delivery.run()).toBe(2);
  expect({ received, tries }).toEqual({ received: [1, 2], tries: [1] });
  refuses = true;
  add();
  await delivery.run();
  refuses = false;
  expect(await delivery.runNow()).toBe(1);
  await delivery.close(0);
});

test("a clock that was set back makes nobody wait for longer than was ever asked", async () => {
  let refuses = true;
  const { delivery, received, add, passMs } = startDelivery(() => {
    if (refuses) throw new DeliveryError("It answered 503.", null);
  });
  add();
  await delivery.run();
  refuses = false;
  passMs(-86_400_000);
  await delivery.run();
  expect(received).toEqual([1]);
  await delivery.close(0);
});

test("nothing is told after it was closed", async () => {
  const { delivery, received, add } = startDelivery();
  await delivery.close(0);
  add();
  expect(await delivery.run()).toBe(0);
  expect(received).toEqual([]);
});

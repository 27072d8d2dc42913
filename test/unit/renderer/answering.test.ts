import { expect, test } from "vitest";
import type { ModelUpdate } from "../../../src/shared/contract/coordination.ts";
import { armsOverTime, isWithin } from "../../../src/renderer/src/features/models/answering/arms-over-time.ts";
import { shareLabel, sharesOf } from "../../../src/renderer/src/features/models/answering/shares.ts";

const stable = { versionId: "v1", model: "tinystories", version: "1" };
const candidate = { versionId: "v2", model: "smollm2", version: "2" };
type Inputs = Parameters<typeof sharesOf>;

/** What is read of a use case, and of a rollout at so many percent. */
function shares(percent: number | null, assigned = stable) {
  const useCase = { name: "chat", assignment: assigned } as unknown as Inputs[0]; // no more of an assignment is read
  const status = { candidatePercent: percent };
  const rollout = { useCase: "chat", stable, candidate, status } as unknown as Inputs[1][number]; // likewise
  return sharesOf(useCase, percent === null ? [] : [rollout]).map((share) => [share.model, shareLabel(share)]);
}

test("who answers is said in percent as long as a rollout divides the calls; what gets nothing is not called live", () => {
  expect(shares(null)).toEqual([["tinystories", "live"]]);
  expect(shares(25)).toEqual([
    ["tinystories", "75 %"],
    ["smollm2", "candidate, 25 %"],
  ]);
  expect(shares(100)).toEqual([
    ["tinystories", "stands by, 0 %"],
    ["smollm2", "candidate, 100 %"],
  ]);
  expect(shares(0)).toEqual([
    ["tinystories", "live"],
    ["smollm2", "candidate, 0 %"],
  ]);
  expect(shares(50, candidate)).toEqual([["smollm2", "live"]]);
});

test("the timeline has what candidates answered, until their weight changed, they were rolled back, or another was assigned", () => {
  const arms = armsOverTime(
    [
      update(1, "rollout_started", 0),
      update(2, "weight_changed", 25),
      update(3, "weight_changed", 100),
      update(4, "rollout_completed", 100),
      update(5, "rollout_started", 0),
      update(6, "weight_changed", 10),
      update(7, "weight_changed", 0),
      update(8, "rollout_rolled_back", 100),
      update(9, "rollout_started", 0),
      update(10, "weight_changed", 50),
    ].toReversed(),
  );
  expect(arms.map(({ fromMs, untilMs, percent }) => [fromMs, untilMs, percent])).toEqual([
    [2, 3, 25],
    [3, 4, 100],
    [6, 7, 10],
    [10, null, 50],
  ]);
  const live = { useCase: "chat", fromMs: 4, untilMs: null };
  expect(arms.filter((arm) => isWithin(arm, live)).map(({ percent }) => percent)).toEqual([10, 50]);
});

function update(atMs: number, type: ModelUpdate["type"], percent: number): ModelUpdate {
  const { model, version } = candidate;
  const versionId = candidate.versionId as ModelUpdate["versionId"]; // as the contract types it
  return {
    model,
    version,
    versionId,
    sequence: atMs,
    key: `key-${atMs}`,
    atMs,
    useCase: "chat",
    type,
    percent,
    message: "",
  };
}

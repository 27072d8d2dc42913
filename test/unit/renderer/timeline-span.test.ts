import { expect, test } from "vitest";
import type { Assignment } from "../../../src/shared/contract/registry.ts";
import { assignmentId, versionId } from "../../../src/shared/contract/ids.ts";
import { positionIn, spanOf, ticksOf } from "../../../src/renderer/src/features/models/timeline/timeline-span.ts";
import { aTest } from "../../kit/actors.ts";

const dayMs = 24 * 3_600_000;
const nowMs = 100 * dayMs;

test("a stretch lies where its time lies, and what began before the span begins at its edge", () => {
  const span = { fromMs: 0, untilMs: 100 };
  expect(positionIn(span, stretch(25, 75))).toEqual({ left: 25, width: 50 });
  expect(positionIn(span, stretch(-50, 10))).toEqual({ left: 0, width: 10 });
  expect(positionIn(span, stretch(90, null))).toEqual({ left: 90, width: 10 });
});

test("all of it reaches back to the first assignment, and is never without a width", () => {
  expect(spanOf("week", [], nowMs)).toEqual({ fromMs: nowMs - 7 * dayMs, untilMs: nowMs });
  expect(spanOf("all", [stretch(5 * dayMs, null), stretch(2 * dayMs, 5 * dayMs)], nowMs)).toEqual({
    fromMs: 2 * dayMs,
    untilMs: nowMs,
  });
  expect(spanOf("all", [stretch(nowMs, null)], nowMs)).toEqual({ fromMs: nowMs - 60_000, untilMs: nowMs });
  expect(spanOf("all", [], nowMs)).toEqual({ fromMs: 0, untilMs: nowMs });
});

test("the axis begins and ends with its span", () => {
  expect(ticksOf({ fromMs: 0, untilMs: 100 })).toEqual([0, 25, 50, 75, 100]);
});

function stretch(fromMs: number, untilMs: number | null): Assignment {
  return {
    id: assignmentId.parse("01900000-0000-7000-8000-000000000001"),
    useCase: "story_generation",
    versionId: versionId.parse("01900000-0000-7000-8000-000000000002"),
    model: "teller",
    version: "1",
    fallbacks: [],
    defaults: {},
    fromMs,
    untilMs,
    by: aTest,
    reason: null,
  };
}

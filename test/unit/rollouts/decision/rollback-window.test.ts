import { expect, test } from "vitest";
import { isWithinRollbackWindow } from "../../../../src/main/rollouts/decision/rollback-window.ts";
import { versionId } from "../../../../src/shared/contract/ids.ts";

const [a, b, c, d] = [1, 2, 3, 4].map((last) => versionId.parse(`019ab000-0000-7000-8000-00000000000${last}`)) as [
  ReturnType<typeof versionId.parse>,
  ReturnType<typeof versionId.parse>,
  ReturnType<typeof versionId.parse>,
  ReturnType<typeof versionId.parse>,
]; // four were mapped

test.each([
  ["the version before, in a window of one", [b, a], a, 1, true],
  ["one more between, in a window of one", [c, b, a], a, 1, false],
  ["one more between, in a window of two", [c, b, a], a, 2, true],
  ["a version that was assigned twice between counts once", [d, c, b, c, b, a], a, 3, true],
  ["the stable version itself between does not count", [b, a, b, a], a, 1, true],
  ["a window of none lets nothing through", [b, a], a, 0, false],
  ["a version that never was stable", [b, a], d, 20, false],
  ["nothing before", [b], a, 20, false],
] as const)("%s", (_, history, candidate, window, expected) => {
  expect(isWithinRollbackWindow(history, candidate, window)).toBe(expected);
});

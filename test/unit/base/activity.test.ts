import { expect, test } from "vitest";
import { noteActivity, takeActivity } from "../../../src/main/base/activity.ts";

test("each name is reported once, in the order of their first call, and then forgotten", () => {
  takeActivity(); // of test files before this one
  for (const name of ["story.generate", "logs.list", "story.generate"]) noteActivity(name);
  expect(takeActivity()).toEqual(["story.generate", "logs.list"]);
  expect(takeActivity()).toEqual([]);
  for (let index = 0; index < 1_000; index += 1) noteActivity(`route.${index}`);
  expect(takeActivity()).toHaveLength(20);
});

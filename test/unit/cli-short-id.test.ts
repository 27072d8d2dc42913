import { expect, test } from "vitest";
import { withShortId } from "../../src/main/cli/short-id.ts";

const among = [
  { id: "019ac1f0-5d7c-7000-8000-00009043adbe" },
  { id: "019ac1f0-5d7c-7000-8000-0000aaaa1234" },
  { id: "019ac1f1-0000-7000-8000-0000bbbb1234" },
];

test("an id is known by its last characters, as they are printed, or its first, in either case", () => {
  for (const part of ["9043adbe", "9043ADBE", "adbe", "00009043adbe", "019ac1f0-5d7c-7000-8000-00009043adbe"])
    expect(withShortId(among, part)).toBe(among[0]);
  expect(withShortId(among, "019ac1f1")).toBe(among[2]);
});

test("what is a part of several is refused with all of them, and what is no id is left to names", () => {
  expect(() => withShortId(among, "1234")).toThrow(
    expect.objectContaining({ code: "BAD_REQUEST", data: expect.objectContaining({ field: "ID", value: "1234" }) }),
  );
  for (const name of ["abc", "story_generation", "", "dead beef", "ffffffff"])
    expect(withShortId(among, name)).toBeUndefined();
});

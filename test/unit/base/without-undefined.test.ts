import { expect, test } from "vitest";
import { withoutUndefined } from "../../../src/main/base/without-undefined.ts";

test("drops what is undefined and nothing else", () => {
  const fields = { none: undefined, zero: 0, no: false, nothing: null, empty: "" };
  const kept = withoutUndefined(fields);
  expect(Object.keys(kept)).toEqual(["zero", "no", "nothing", "empty"]);
  expect(fields).toHaveProperty("none");
});

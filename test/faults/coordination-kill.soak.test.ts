import { test } from "vitest";
import { expectToldThroughKills } from "./kill-expectations.ts";

test.each([1, 2, 3])(
  "invariant 17: kill -9 while updates are told, 50 times (seed %i): every subscriber did each of them once, in order, and none is lost",
  (seed) => expectToldThroughKills(50, seed),
);

import { test } from "vitest";
import { expectToldThroughKills } from "./kill-expectations.ts";

test(
  "invariant 17: kill -9 while updates are told: every subscriber did each of them once, in order, and none is lost",
  () => expectToldThroughKills(10, 5),
  180_000,
);

import { test } from "vitest";
import { expectDeliveredThroughKills } from "./kill-expectations.ts";

test.each([1, 2, 3])(
  "invariant 17: kill -9 while updates are told, 50 times (seed %i): every subscriber did each of them once, in order, and none is lost",
  (seed) => expectDeliveredThroughKills(50, seed),
);

import { test } from "vitest";
import { runsAll } from "../kit/tier.ts";
import { expectDeliveredThroughKills } from "./kill-expectations.ts";

test(
  "invariant 17: kill -9 while updates are told: every subscriber did each of them once, in order, and none is lost",
  () => expectDeliveredThroughKills(runsAll ? 10 : 5, 5),
  180_000,
);

import { test } from "vitest";
import { expectRolloutsToOutliveKills } from "./kill-expectations.ts";

test(
  "invariant 16: kill -9 of live rollouts with traffic, 1,000 times: no call is lost or routed twice, no session changes its arm, weights are those that were decided, pauses keep their time to a second",
  () => expectRolloutsToOutliveKills(1_000, 1, 1_000),
  10_800_000,
);

import { test } from "vitest";
import { runsAll } from "../kit/tier.ts";
import { expectRolloutsToOutliveKills } from "./kill-expectations.ts";

test(
  "invariant 16: kill -9 of live rollouts with traffic: no call is lost or routed twice, no session changes its arm, weights are those that were decided, pauses keep their time",
  () => expectRolloutsToOutliveKills(runsAll ? 20 : 10, 5, 5_000),
  300_000,
);

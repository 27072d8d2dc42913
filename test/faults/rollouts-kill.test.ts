import { test } from "vitest";
import { expectRolloutsToOutliveKills } from "./kill-expectations.ts";

test(
  "kill -9 of live rollouts with traffic: no call is lost or routed twice, no session changes its arm, pauses keep their time",
  () => expectRolloutsToOutliveKills(20),
  300_000,
);

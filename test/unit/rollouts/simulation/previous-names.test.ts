import { expect, test } from "vitest";
import { withCurrentNames } from "../../../../src/main/rollouts/simulation/previous-names.ts";

test("fields of a simulation's file that had other names are read, wherever they stand", () => {
  const given = {
    sessionMostCalls: 4,
    mostCallsARun: 500,
    traffic: { type: "load", stable: { heldShare: 0.1, errorShare: 0 }, candidate: { heldShare: 0.3 } },
    scenarios: [{ name: "slow" }],
  };
  expect(withCurrentNames(given)).toEqual({
    maxCallsPerSession: 4,
    maxCallsPerRun: 500,
    traffic: { type: "load", stable: { blockedShare: 0.1, errorShare: 0 }, candidate: { blockedShare: 0.3 } },
    scenarios: [{ name: "slow" }],
  });
});

test("the current name counts where both are given, and what is no object stays for the contract to refuse", () => {
  expect(withCurrentNames({ mostCallsARun: 500, maxCallsPerRun: 600 })).toMatchObject({ maxCallsPerRun: 600 });
  expect([null, 5, "text", [1]].map(withCurrentNames)).toEqual([null, 5, "text", [1]]);
});

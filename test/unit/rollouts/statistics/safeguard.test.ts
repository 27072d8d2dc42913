import { describe, expect, test } from "vitest";
import { rateEvidence } from "../../../../src/main/rollouts/statistics/rate-evidence.ts";
import { Random } from "../../../../src/main/rollouts/simulation/random.ts";
import { Safeguard } from "../../../../src/main/rollouts/statistics/safeguard.ts";

const fine = { error: false, held: false, critical: false };
const failed = { ...fine, error: true };
const heldBack = { ...fine, held: true };
const critical = { error: false, held: true, critical: true };

/** After how many such answers in a row it is shown, given what stable had. */
function shownAfter(call: typeof fine, before: ConstructorParameters<typeof Safeguard>[0]): number {
  const safeguard = new Safeguard(before);
  for (let calls = 1; calls <= 100; calls += 1) {
    safeguard.candidate(call);
    if (safeguard.breach) return calls;
  }
  return Number.POSITIVE_INFINITY;
}

const record = (calls: number, events: number) => ({ calls, errors: events, held: events, critical: events });

describe("a version of which every answer is wrong", () => {
  test.each([
    ["fails", failed, "errors"],
    ["is held back", heldBack, "held"],
    ["has a critical finding", critical, "critical"],
  ] as const)(
    "is found within ten answers when each %s, whatever stable had up to half of its calls",
    (_, call, what) => {
      for (const before of [null, record(0, 0), record(20, 0), record(1_000, 0), record(1_000, 30), record(1_000, 500)])
        expect(shownAfter(call, before)).toBeLessThanOrEqual(10);
      const safeguard = new Safeguard(null);
      for (let calls = 0; calls < 4; calls += 1) safeguard.candidate(call);
      expect(safeguard.breach).toEqual({ what, events: 4, calls: 4, stableEvents: 0, stableCalls: 0 });
    },
  );

  test("is found though good answers come between", () => {
    const safeguard = new Safeguard(record(500, 0));
    let wrong = 0;
    while (!safeguard.breach && wrong < 100) {
      safeguard.candidate(fine);
      safeguard.candidate(failed);
      wrong += 1;
    }
    expect(wrong).toBeLessThanOrEqual(10);
  });
});

describe("a version that is as good", () => {
  /** A generator of its own, so that every run has the same calls. */
  const chances = (seed: number) => () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };

  test.each([0.001, 0.01, 0.05, 0.3])(
    "is taken back in at most one rollout of a hundred where %d of the calls fail",
    (share) => {
      let takenBack = 0;
      const rollouts = 400;
      for (let rollout = 0; rollout < rollouts; rollout += 1) {
        const next = chances(rollout * 7_919 + 1);
        const safeguard = new Safeguard(record(1_000, Math.round(1_000 * share)));
        for (let calls = 0; calls < 500 && !safeguard.breach; calls += 1)
          safeguard.candidate(next() < share ? failed : fine);
        if (safeguard.breach) takenBack += 1;
      }
      expect(takenBack / rollouts).toBeLessThanOrEqual(0.01);
    },
  );

  test("is kept where a server that both are on is down", () => {
    const safeguard = new Safeguard(record(1_000, 0));
    for (let calls = 0; calls < 200; calls += 1) {
      safeguard.stable(failed);
      safeguard.candidate(failed);
    }
    expect(safeguard.breach).toBeNull();
  });
});

test("the e-value of a rate is the mean of three likelihood ratios", () => {
  expect(rateEvidence(0.02, 4, 4)).toBeCloseTo((2 ** 4 + 4 ** 4 + 8 ** 4) / 3, 9);
  expect(rateEvidence(0.1, 0, 1)).toBeCloseTo((0.8 / 0.9 + 0.6 / 0.9 + 0.2 / 0.9) / 3, 9);
  expect(rateEvidence(0.1, 0, 0)).toBeCloseTo(1, 12);
});

test("a version that fails as often as a stable one nobody has a record of is hardly ever taken back for it", () => {
  let takenBack = 0;
  for (let run = 0; run < 300; run += 1) {
    const random = new Random(41, run);
    const safeguard = new Safeguard(null);
    for (let call = 0; call < 1_000 && safeguard.breach === null; call += 1)
      safeguard[random.next() < 0.5 ? "candidate" : "stable"]({
        error: random.next() < 0.05,
        held: false,
        critical: false,
      });
    if (safeguard.breach !== null) takenBack += 1;
  }
  // Of 300 at 1 %, more than 9 come up less than once in 500 times.
  expect(takenBack).toBeLessThanOrEqual(9);
});

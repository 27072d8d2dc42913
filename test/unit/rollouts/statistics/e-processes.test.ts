import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CountEProcess,
  ErrorEProcess,
  LatencyEProcess,
  NonInferiorityEProcess,
  SampleRatioEProcess,
  TailEProcess,
} from "../../../../src/main/rollouts/statistics/e-processes.ts";
import { equalMixture, type Label, Mixture } from "../../../../src/main/rollouts/statistics/mixture.ts";
import { Lognormal, Random } from "../../../../src/main/rollouts/simulation/random.ts";

type Outcome = { readonly value: number; readonly failed: boolean };
const bets: Readonly<Record<string, () => { unit(label: Label, outcome: Outcome): void; readonly value: number }>> = {
  latency: () => onValue(new LatencyEProcess()),
  tail: () => onValue(new TailEProcess()),
  errors: () => onFailure(new ErrorEProcess()),
  violations: () => onFailure(new CountEProcess()),
  "not slower": () => notSlower(),
  "sample ratio": () => {
    const bet = new SampleRatioEProcess();
    return {
      unit: (label) => bet.unit(label),
      get value() {
        return bet.value;
      },
    };
  },
};

function onValue(bet: LatencyEProcess | TailEProcess) {
  return {
    unit: (label: Label, { value }: Outcome) => bet.unit(label, value),
    get value() {
      return bet.value;
    },
  };
}
function onFailure(bet: ErrorEProcess | CountEProcess) {
  return {
    unit: (label: Label, { failed }: Outcome) => bet.unit(label, failed),
    get value() {
      return bet.value;
    },
  };
}
/** Fed a candidate that is slower by exactly the margin, which is what "no evidence" means for it. */
function notSlower() {
  const bet = new NonInferiorityEProcess();
  return {
    unit: (label: Label, { value }: Outcome) =>
      bet.unit(label, label.onCandidate ? value * NonInferiorityEProcess.margin : value),
    get value() {
      return bet.value;
    },
  };
}

const latency = new Lognormal(30, 0.6);
function draw(random: Random): Outcome {
  return { value: latency.draw(random), failed: random.next() < 0.02 };
}

describe.each(Object.entries(bets))("the bet on %s", (_name, open) => {
  test("starts with 1, and is 1 while nothing but the label could tell", () => {
    expect(open().value).toBeCloseTo(1, 12);
  });

  test("is fair: each unit's wager pays 1 on average over the coin, whatever came before", () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(0.05, 0.1, 0.5, 0.9), fc.nat(60), (seed, weight, past) => {
        // The same history twice, then the next unit on either arm: their mean by the coin is the value before it.
        const [on, off] = [open(), open()].map((bet) => {
          const random = new Random(seed);
          for (let unit = 0; unit < past; unit += 1)
            bet.unit({ onCandidate: random.next() < weight, weight }, draw(random));
          return { bet, before: bet.value, next: draw(random) };
        });
        if (!on || !off) throw new Error("there are two");
        on.bet.unit({ onCandidate: true, weight }, on.next);
        off.bet.unit({ onCandidate: false, weight }, off.next);
        expect((weight * on.bet.value + (1 - weight) * off.bet.value) / on.before).toBeCloseTo(1, 9);
      }),
      { numRuns: 60 },
    );
  });

  test("is predictable: what is bet on a unit depends on the past alone, so swapping later units changes nothing before them", () => {
    const random = new Random(5);
    const units = Array.from(
      { length: 40 },
      () => [{ onCandidate: random.next() < 0.5, weight: 0.5 }, draw(random)] as const,
    );
    const later = units.map((unit, position) =>
      position < 30 ? unit : ([unit[0], { value: 999, failed: true }] as const),
    );
    const valuesOf = (given: typeof units) => {
      const bet = open();
      return given.map(([label, outcome]) => (bet.unit(label, outcome), bet.value));
    };
    expect(valuesOf(later).slice(0, 30)).toEqual(valuesOf(units).slice(0, 30));
  });

  test("raises a false alarm in at most one rollout in twenty, looked at after every unit", () => {
    const runs = 400;
    let alarms = 0;
    for (let run = 0; run < runs; run += 1) {
      const random = new Random(11, run);
      const bet = open();
      for (let unit = 0; unit < 500 && bet.value < 20; unit += 1)
        bet.unit({ onCandidate: random.next() < 0.3, weight: 0.3 }, draw(random));
      if (bet.value >= 20) alarms += 1;
    }
    // Of 400 at 5 %, more than 34 come up less than once in 500 times.
    expect(alarms).toBeLessThanOrEqual(34);
  });
});

test("the count form gives the worked value: three events on the candidate at a tenth are E = 51.134232", () => {
  const bet = new CountEProcess();
  for (let event = 0; event < 3; event += 1) bet.unit({ onCandidate: true, weight: 0.1 }, true);
  expect(bet.value).toBeCloseTo(51.134232, 6);
});

test("units on which nothing happened leave the count form as it is", () => {
  const bet = new CountEProcess();
  for (let unit = 0; unit < 100; unit += 1) bet.unit({ onCandidate: unit % 2 === 0, weight: 0.5 }, false);
  expect(bet.value).toBe(1);
});

test("wagers multiply as the formula says, in logarithms too", () => {
  const random = new Random(3);
  const shares = [0.5, 0.3, 0.1];
  const mixture = new Mixture(shares);
  const logs = shares.map(Math.log);
  for (let unit = 0; unit < 100; unit += 1) {
    const label = { onCandidate: random.next() < 0.2, weight: 0.2 };
    for (const alternative of shares.keys()) {
      const ratio = 0.8 + 0.5 * random.next();
      mixture.likelihoods[alternative] = ratio;
      logs[alternative] = (logs[alternative] ?? 0) + Math.log((label.onCandidate ? ratio : 1) / (0.2 * ratio + 0.8));
    }
    mixture.settle(label);
  }
  // A tenth of the stake is kept back.
  const plain = 0.1 + logs.reduce((sum, log) => sum + Math.exp(log), 0);
  expect(mixture.value / plain).toBeCloseTo(1, 10);
});

test("a weight that changes between units leaves the wager fair", () => {
  const runs = 2_000;
  let sum = 0;
  for (let run = 0; run < runs; run += 1) {
    const random = new Random(21, run);
    const bet = new LatencyEProcess();
    for (let unit = 0; unit < 40; unit += 1) {
      const weight = [0.1, 0.25, 0.5, 0.75][Math.floor(unit / 10)] ?? 0.5;
      bet.unit({ onCandidate: random.next() < weight, weight }, latency.draw(random));
    }
    sum += Math.min(bet.value, 50); // what is rarer and larger than that is missing from the mean
  }
  expect(sum / runs).toBeLessThan(1.15);
  expect(sum / runs).toBeGreaterThan(0.7);
});

test("a candidate that gets slower after thousands of good units is found within hundreds", () => {
  const random = new Random(8);
  const bet = new LatencyEProcess();
  let unit = 0;
  for (; unit < 5_000; unit += 1) bet.unit({ onCandidate: random.next() < 0.5, weight: 0.5 }, latency.draw(random));
  expect(bet.value).toBeLessThan(1);
  for (; unit < 6_000 && bet.value < 20; unit += 1) {
    const onCandidate = random.next() < 0.5;
    bet.unit({ onCandidate, weight: 0.5 }, latency.draw(random) * (onCandidate ? 2 : 1));
  }
  expect(unit).toBeLessThan(5_600);
});

test("a wealth neither vanishes nor overflows over a million units", () => {
  const [good, bad] = [equalMixture(1), equalMixture(1)];
  for (const mixture of [good, bad]) mixture.likelihoods[0] = 3;
  for (let unit = 0; unit < 1_000_000; unit += 1) {
    good.settle({ onCandidate: false, weight: 0.5 });
    bad.settle({ onCandidate: true, weight: 0.5 });
  }
  expect(good.value).toBeGreaterThan(0);
  expect(Number.isFinite(bad.value)).toBe(true);
});

test("slowness of a few answers is found by the tail where the typical answer has not changed", () => {
  const random = new Random(4);
  const tail = new TailEProcess();
  for (let unit = 0; unit < 1_500; unit += 1) {
    const onCandidate = random.next() < 0.5;
    tail.unit({ onCandidate, weight: 0.5 }, latency.draw(random) * (onCandidate && random.next() < 0.1 ? 5 : 1));
  }
  expect(tail.value).toBeGreaterThan(20);
});

test("a version that is as fast is shown to be so, and one that is slower by a half is not", () => {
  const shown = (times: number) => {
    const random = new Random(6);
    const bet = new NonInferiorityEProcess();
    for (let unit = 0; unit < 1_500; unit += 1) {
      const onCandidate = random.next() < 0.5;
      bet.unit({ onCandidate, weight: 0.5 }, latency.draw(random) * (onCandidate ? times : 1));
    }
    return bet.value >= 10;
  };
  expect([shown(1), shown(1.5)]).toEqual([true, false]);
});

test("failures of the candidate that are not counted are noticed by the sample ratio", () => {
  const random = new Random(7);
  const bet = new SampleRatioEProcess();
  for (let unit = 0; unit < 500; unit += 1) {
    const onCandidate = random.next() < 0.5;
    if (!onCandidate || random.next() < 0.7) bet.unit({ onCandidate, weight: 0.5 });
  }
  expect(bet.value).toBeGreaterThan(20);
});

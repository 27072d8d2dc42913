import { describe, expect, test } from "vitest";
import { inferenceId, versionId } from "../../../src/shared/contract/ids.ts";
import { rolloutPlan } from "../../../src/shared/contract/rollout-plan.ts";
import type { RolloutEvent, RolloutStatus } from "../../../src/shared/contract/rollout-status.ts";
import type { RolloutSample } from "../../../src/shared/contract/rollouts.ts";
import { swapNote } from "../../../src/renderer/src/features/rollouts/start/swap-note.ts";
import { armFigures, points, times } from "../../../src/renderer/src/features/rollouts/arms/arm-figures.ts";
import {
  decades,
  evidenceDomain,
  evidenceRows,
  weightRows,
} from "../../../src/renderer/src/features/rollouts/charts/chart-rows.ts";
import { headlineOf } from "../../../src/renderer/src/features/alerts/alert-labels.ts";
import { offersOf } from "../../../src/renderer/src/features/rollouts/live/commands.ts";
import {
  evidenceWords,
  percentWords,
  spanWords,
  stateMark,
  setAsideSentence,
} from "../../../src/renderer/src/features/rollouts/rollout-labels.ts";
import { pairsOf, shadowWords } from "../../../src/renderer/src/features/rollouts/arms/shadow-labels.ts";
import type { WaitingFor } from "../../../src/shared/contract/rollout-waiting.ts";
import { waitingPhrases, waitingSentence } from "../../../src/shared/rollout-waiting-text.ts";
import { failedPercentOf, trackOf } from "../../../src/renderer/src/features/rollouts/live/track.ts";
import { bySystem } from "../../kit/actors.ts";

const canary = rolloutPlan.parse({
  strategy: "canary",
  steps: [
    { type: "weight", percent: 10 },
    { type: "analysis", units: 100 },
    { type: "weight", percent: 50 },
    { type: "pause", forMs: 600_000 },
  ],
});
const blueGreen = rolloutPlan.parse({
  strategy: "blue_green",
  previewSteps: [{ type: "person_gate", question: "Is it good?" }],
});

const status = (change: Partial<RolloutStatus>): RolloutStatus => ({
  state: "progressing",
  pause: null,
  step: 0,
  stepSinceMs: 0,
  stepUntilMs: null,
  stepUnits: 0,
  pausedAtMs: null,
  candidatePercent: 0,
  switched: false,
  warmed: true,
  progressAtMs: 0,
  deadlineReported: false,
  stuckReported: false,
  watchUntilMs: null,
  accepted: [],
  reason: null,
  ...change,
});

const event = (type: RolloutEvent["type"], candidatePercent: number, atMs = 0): RolloutEvent => ({
  sequence: 1,
  atMs,
  type,
  message: "",
  by: bySystem,
  candidatePercent,
});

const received = (plan: typeof canary, standing: RolloutStatus, failed: number | null = null): string =>
  trackOf(plan, standing, failed)
    .map(({ label, at }) => `${label} ${at}`)
    .join(", ");

describe("the track", () => {
  test("says where a canary stands between its weights", () => {
    expect(received(canary, status({ step: 1, candidatePercent: 10 }))).toBe(
      "10 % done, 100 units current, 50 % coming, 10 min coming, 100 % coming",
    );
  });

  test("is done to the end for one that was promoted, and not begun for one that is scheduled", () => {
    expect(received(canary, status({ state: "healthy", step: 4, candidatePercent: 100, switched: true }))).toBe(
      "10 % done, 100 units done, 50 % done, 10 min done, 100 % done",
    );
    expect(received(canary, status({ state: "scheduled" }))).not.toContain("current");
  });

  test("shows the weight it was rolled back from, once", () => {
    const events = [event("weight", 10), event("weight", 50), event("aborting", 0), event("degraded", 0)];
    expect(failedPercentOf(events)).toBe(50);
    expect(received(canary, status({ state: "degraded" }), failedPercentOf(events))).toBe(
      "10 % coming, 100 units coming, 50 % failed, 10 min coming, 100 % coming",
    );
    expect(failedPercentOf([event("started", 0), event("aborting", 0)])).toBeNull();
  });

  test("of blue-green stands at its standby after the switch", () => {
    const standing = status({ state: "promoting", step: 1, candidatePercent: 100, switched: true, watchUntilMs: 9 });
    expect(received(blueGreen, standing)).toBe(
      "a person’s yes done, Switch done, stand by 10 min current, Stable coming",
    );
  });
});

describe("what can be asked of a rollout", () => {
  const stable = { versionId: versionId.parse("01900000-0000-7000-8000-000000000001"), model: "keeper", version: "1" };
  const candidate = { ...stable, model: "poet" };
  const offered = (change: Partial<RolloutStatus>) =>
    offersOf({ plan: canary, status: status(change), stable, candidate });

  test.each([
    ["scheduled", ["promote_fully", "abort"]],
    ["progressing", ["step", "promote", "pause", "promote_fully", "abort"]],
    ["paused", ["resume", "step", "promote", "promote_fully", "abort"]],
    ["promoting", ["pause", "abort"]],
    ["degraded", ["retry", "promote_fully"]],
    ["aborting", []],
    ["healthy", []],
  ] as const)("while it is %s", (state, commands) => {
    expect(offered({ state, step: 1 }).map(({ command }) => command)).toEqual(commands);
  });

  test("a weight is not skipped alone, and where no step is left nothing is", () => {
    const commands = (step: number) => offered({ step }).map(({ command }) => command);
    expect(commands(0)).toEqual(["step", "pause", "promote_fully", "abort"]);
    expect(commands(4)).toEqual(["pause", "promote_fully", "abort"]);
  });

  test("each says what it will do, with the weight it leads to", () => {
    const words = offered({ step: 1, candidatePercent: 10 }).map(({ consequence }) => consequence);
    expect(words).toEqual([
      "Skips ahead to the next weight and gives the candidate 50 % of the calls.",
      "Skips this analysis alone; the steps after it are taken as planned.",
      "Keeps the candidate at 10 % until you resume. It is taken back by itself on the evidence or more failed, held back or critical answers than the stable version had.",
      "Skips every step that is left and gives the candidate 100 % of the calls: poet @1 becomes the stable version.",
      "From the next call on, none goes to the candidate; keeper @1 answers all. Retry takes it back.",
    ]);
    expect(offered({ step: 3, candidatePercent: 50 })[0]?.consequence).toContain(
      "gives the candidate 100 % of the calls",
    );
  });

  test("a full promotion after a rollback says that it loads the candidate, and a resume what it goes on from", () => {
    const words = (command: string, change: Partial<RolloutStatus>) =>
      offered(change).find((offer) => offer.command === command)?.consequence;
    expect(words("promote_fully", { state: "degraded" })).toMatch(/^Clears the rollback, loads the candidate, skips/);
    const pause = { reason: "inconclusive" as const, untilMs: null, message: "" };
    expect(words("resume", { state: "paused", pause })).toBe(
      "Goes on although its shadow responses are slower; that is not asked again.",
    );
    expect(words("resume", { state: "paused", pause, candidatePercent: 10 })).toContain("nothing was shown");
  });

  test("no two of them share a key", () => {
    for (const state of ["progressing", "paused", "degraded"] as const) {
      const keys = offered({ state }).map(({ keys: pressed }) => pressed);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

test("weights are drawn with both edges of each change, from nothing until now", () => {
  expect(weightRows([event("started", 0, 5), event("weight", 10, 20), event("aborting", 0, 30)], 5, 40)).toEqual([
    { atMs: 5, canary: 0, stable: 100 },
    { atMs: 20, canary: 0, stable: 100 },
    { atMs: 20, canary: 10, stable: 90 },
    { atMs: 30, canary: 10, stable: 90 },
    { atMs: 30, canary: 0, stable: 100 },
    { atMs: 40, canary: 0, stable: 100 },
  ]);
});

test("evidence begins at 1, goes on until now, and fits a logarithmic axis with both thresholds", () => {
  const rows = evidenceRows([{ atMs: 20, units: 4, candidatePercent: 10, evidence: 0, pass: 1e9 }], 5, 40);
  expect(rows).toEqual([
    { atMs: 5, against: 1, pass: 1 },
    { atMs: 20, against: 0.01, pass: 10_000 },
    { atMs: 40, against: 0.01, pass: 10_000 },
  ]);
  expect(evidenceDomain(rows, [20, 10])).toEqual([0.01, 10_000]);
  expect(evidenceDomain(evidenceRows([], 5, 40), [20, 10])).toEqual([0.1, 100]);
  expect(decades([1, 100])).toEqual([1, 10, 100]);
});

test("a shadow response stands beside the answer to the same prompt, and how they compare is said in words", () => {
  const sample = (position: number, shadowOf: number | null): RolloutSample => {
    const idOf = (of: number) => inferenceId.parse(`01900000-0000-7000-8000-00000000000${of}`);
    return {
      inferenceId: idOf(position),
      arm: shadowOf === null ? "stable" : "candidate",
      shadowOf: shadowOf === null ? null : idOf(shadowOf),
      atMs: position,
      sessionKey: null,
      promptExcerpt: "Tell.",
      responseExcerpt: "So it was.",
      outcome: "completed",
      totalMs: 5,
    };
  };
  const [first, copy, second] = [sample(1, null), sample(2, 1), sample(3, null)] as const;
  expect(pairsOf([second, copy, first, sample(4, 9)])).toEqual([{ stable: first, shadow: copy }]);
  const words = (pairs: number, slower: number, timesAsLong: number | null) =>
    shadowWords({ shadowPairs: { pairs, slower, timesAsLong, evidence: 21.14 }, threshold: 20 });
  expect(words(0, 0, null)).toBeNull();
  expect(words(24, 18, 1.3)).toEqual({
    pairs: "24 pairs: 30 % slower, slower in 18 of them",
    evidence: "Evidence that it is slower: 21.1; a person is asked at 20",
  });
});

test("violations are told by severity, the worst first, and those that did not occur not at all", () => {
  const below = armFigures.find(({ name }) => name === "Violations")?.below;
  const severities = { low: 4, medium: 2, high: 0, critical: 1 };
  expect(below?.({ severities } as never)).toBe("1 critical, 2 medium, 4 low");
});

test("differences are told as a person would", () => {
  expect([times(100, 180), times(100, 112), times(100, 88), times(100, 100.2), times(null, 5), times(0, 5)]).toEqual([
    "1.8 times as long",
    "12 % slower",
    "12 % faster",
    "the same",
    "–",
    "–",
  ]);
  expect([points(1, 100, 5, 100), points(5, 100, 0, 10), points(0, 50, 0, 9), points(0, 0, 1, 1)]).toEqual([
    "4.0 points more",
    "5.0 points fewer",
    "the same",
    "–",
  ]);
});

test("shares, evidence and spans are rounded without saying all or nothing where it is not", () => {
  expect([0, 0.004, 0.274, 0.996, 1].map((share) => percentWords(share).replace("\u00a0", " "))).toEqual([
    "0 %",
    "<1 %",
    "27 %",
    ">99 %",
    "100 %",
  ]);
  expect([0.001, 0.5478, 12.34, 20, 228.4, 1e6].map(evidenceWords)).toEqual([
    "<0.01",
    "0.55",
    "12.3",
    "20",
    "228",
    ">10,000",
  ]);
  expect([1_500, 600_000, 7_200_000, 86_400_000].map(spanWords)).toEqual(["1.5 s", "10 min", "2 h", "1 day"]);
});

test.each<[string, WaitingFor, (readonly [string, string])[]]>([
  [
    "Waiting for 18 more sessions (2 sessions in progress); evidence 3.14 of 20 against the candidate; at most 1 h 45 min more",
    [
      { kind: "units", left: 18, unit: "session", inProgress: 2 },
      { kind: "evidence", evidence: 3.141, threshold: 20 },
      { kind: "step_ends", atMs: 105 * 60_000 },
    ],
    [
      ["18 more sessions", "units"],
      ["3.14 of 20", "evidence"],
    ],
  ],
  [
    "Waiting for proof that the candidate is not slower by more than a quarter: 4.2 of 10; evidence 1 of 20 against the candidate",
    [
      { kind: "proof", pass: 4.2, threshold: 10 },
      { kind: "evidence", evidence: 1, threshold: 20 },
    ],
    [
      ["4.2 of 10", "pass"],
      ["1 of 20", "evidence"],
    ],
  ],
  [
    "Waiting for a person to resume or abort it: on the same prompts it is slower: the evidence of its shadow responses reached 25 of 20",
    [
      {
        kind: "person",
        toDecide: "resume_or_abort",
        message: "",
        cause: { kind: "shadow_evidence", evidence: 25, threshold: 20 },
      },
    ],
    [["25 of 20", "shadowEvidence"]],
  ],
  [
    "Watching the candidate for 60 min more; 10 % stay on the old version for comparison",
    [{ kind: "watch", untilMs: 60 * 60_000, holdbackPercent: 10 }],
    [["10 %", "holdback"]],
  ],
  [
    "Rolled back: the evidence against the candidate reached 21.3 of 20. Retry it, or roll out another version",
    [{ kind: "rolled_back", message: "", cause: { kind: "evidence", evidence: 21.3, threshold: 20 } }],
    [["21.3 of 20", "evidence"]],
  ],
  ["Waiting for the candidate to be loaded and to answer", [{ kind: "warm_up" }], []],
])("the numbers in what it waits for have their definitions: %s", (sentence, parts, numbers) => {
  expect(waitingSentence(parts, 0)).toBe(sentence);
  const phrases = waitingPhrases(parts, 0);
  expect(phrases.flatMap((phrase) => (phrase.kind === "number" ? [[phrase.text, phrase.what]] : []))).toEqual(numbers);
});

test("a stuck rollout is marked as such where it waits, and not where it ended", () => {
  const gate = { reason: "gate" as const, untilMs: null, message: "" };
  const mark = (change: Partial<RolloutStatus>) => stateMark(status({ stuckReported: true, ...change })).word;
  expect([mark({}), mark({ state: "paused", pause: gate }), mark({ state: "degraded" })]).toEqual([
    "Stuck",
    "Stuck",
    "Rolled back",
  ]);
  expect(stateMark(status({})).word).toBe("Progressing");
});

test("an alert is named by its first sentence", () => {
  expect(headlineOf("Rolled back: the rollout of llama 2.1 on story. Aborted. So it was.")).toEqual({
    headline: "Rolled back: the rollout of llama 2.1 on story.",
    rest: "Aborted. So it was.",
  });
  expect(headlineOf("http://127.0.0.1:1 is down")).toEqual({ headline: "http://127.0.0.1:1 is down", rest: "" });
});

describe("what is set aside", () => {
  const measure = (measure: "serverMsPerToken" | "msPerByte", isSetAside: boolean, missing: number) => ({
    measure,
    isSetAside,
    stable: { missing: 0, units: 40 },
    candidate: { missing, units: 40 },
  });

  test("is said with both arms' shares and what counts in its place, and nothing is said where both arms have all", () => {
    const measures = [measure("serverMsPerToken", true, 40), measure("msPerByte", false, 0)];
    expect(setAsideSentence({ measures })).toBe(
      "Set aside: the servers’ clock, missing in 0\u00a0% of the stable units and 100\u00a0% of the canary’s. What counts: our clock, by length of the text.",
    );
    expect(setAsideSentence({ measures: measures.slice(0, 1) })).toMatch(/Nothing else measures it\.$/);
    expect(setAsideSentence({ measures: measures.slice(1) })).toBeNull();
  });
});

test("loading is a figure of its own, with what it took in all", () => {
  const figure = armFigures.find(({ name }) => name === "Loading the model");
  const arm = { loads: 3, loadMs: 33_000, calls: 20 } as Parameters<NonNullable<typeof figure>["of"]>[0];
  expect([figure?.of(arm), figure?.aside(arm)]).toEqual(["33.0 s in all", "3 calls of 20 waited for it"]);
  expect(figure?.of({ ...arm, loads: 0, loadMs: 0 })).toBe("none seen");
  expect(figure?.difference({ ...arm, loads: 0, loadMs: 0 }, arm)).toBe("33.0 s for both, in none of the times above");
});

test("before it starts, a canary says that swaps are its cost where one server answers for both arms", () => {
  const at = (provider: "ollama" | "embedded", endpoint?: string) => ({
    provider,
    configuration: endpoint === undefined ? {} : { endpoint },
  });
  expect(swapNote(at("ollama"), at("ollama"))).toContain("a canary costs swaps");
  expect(swapNote(at("embedded"), at("embedded"))).toContain("a canary costs swaps");
  expect(swapNote(at("ollama"), at("ollama", "http://other:11434"))).toBeNull();
  expect(swapNote(at("ollama"), at("embedded"))).toBeNull();
});

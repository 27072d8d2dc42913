import { z } from "zod";
import { replayScenario, type ReplayScenario } from "../../../shared/contract/rollout-simulation.ts";
import type { RolloutEvent, RolloutStatus } from "../../../shared/contract/rollout-status.ts";
import { issueText } from "../../../shared/issue-text.ts";
import { Failure } from "../../base/failure.ts";
import { withoutUndefined } from "../../base/without-undefined.ts";
import { passThreshold, sampleRatioThreshold } from "../statistics/rollout-evidence.ts";
import { decide } from "../decision/decide.ts";
import type { RolloutFacts } from "../decision/rollout-facts.ts";
import { initialStatus, nextTimerAtMs } from "../decision/rollout-status.ts";

export interface ReplayedMoment {
  readonly atMs: number;
  readonly status: RolloutStatus;
  /** The candidate's share, 0 to 100; the stable version has the rest. */
  readonly weight: number;
  readonly events: readonly RolloutEvent[];
}

/** Reads a scenario from JSON. Fails with BAD_REQUEST that names the field, what it is and what is taken. */
export function parseScenario(text: string): ReplayScenario {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw refused(
      "scenario",
      undefined,
      `The scenario is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const parsed = replayScenario.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = z.core.toDotPath(issue?.path ?? []) || "scenario";
    const { message, remedy } = issueText(issue, given);
    throw refused(
      field,
      valueAt(given, issue?.path ?? []),
      `${field} of the scenario cannot be used: ${message} ${remedy}`.replace(/\.$/, ""),
    );
  }
  let before = parsed.data.startedAtMs;
  for (const [position, { atMs }] of parsed.data.timeline.entries()) {
    if (atMs < before)
      throw refused(
        `timeline[${position}].atMs`,
        atMs,
        `timeline[${position}].atMs is ${atMs}, which is before ${before}: the timeline has to be in the order of its times`,
      );
    before = atMs;
  }
  return parsed.data;
}

/**
 * Decides a rollout again: at its start, at each entry of the timeline and at each timer between them. Facts stand until they
 * are given again; counts and evidence begin anew with a retry, or with a full promotion that clears an abort.
 */
export function replay(scenario: ReplayScenario): ReplayedMoment[] {
  const { plan, startedAtMs, timeline } = scenario;
  const moments: ReplayedMoment[] = [];
  let facts: RolloutFacts = {
    ...untouched,
    threshold: 1 / plan.analysis.alpha,
    shadowThreshold: 1 / plan.analysis.alpha,
  };
  let status = initialStatus(plan, startedAtMs);
  let sequence = 0;
  const look = (atMs: number, asked: Parameters<typeof decide>[4] = null) => {
    const decided = decide(plan, status, facts, atMs, asked);
    status = decided.status;
    const events = decided.events.map((event) => ({ sequence: (sequence += 1), ...event }));
    moments.push({ atMs, status, weight: status.candidatePercent, events });
  };
  let sinceMs = startedAtMs;
  const pass = (untilMs: number) => {
    for (let timerAtMs = nextTimerAtMs(plan, status); timerAtMs !== null && timerAtMs < untilMs;) {
      if (timerAtMs <= sinceMs) break; // it has run out already and waits for a fact
      look(timerAtMs);
      sinceMs = timerAtMs;
      timerAtMs = nextTimerAtMs(plan, status);
    }
    sinceMs = untilMs;
  };
  look(startedAtMs);
  for (const { atMs, facts: given, command, by, reason } of timeline) {
    pass(atMs);
    const begins = status.state === "degraded" && (command === "retry" || command === "promote_fully");
    const { warmed, threshold, shadowThreshold } = facts;
    facts = {
      ...(begins ? { ...untouched, warmed, threshold, shadowThreshold } : facts),
      ...withoutUndefined(given ?? {}),
    };
    look(atMs, command === undefined ? null : { command, by, reason });
  }
  // The end itself counts: a timer that runs out then has run out.
  if (scenario.untilMs !== undefined) pass(scenario.untilMs + 1);
  return moments;
}

const untouched: RolloutFacts = {
  units: { stable: 0, candidate: 0 },
  unitsInProgress: 0,
  evidence: 1,
  threshold: 20,
  pass: 1,
  passThreshold,
  sampleRatio: 1,
  sampleRatioThreshold,
  shadowEvidence: 1,
  shadowThreshold: 20,
  errors: 0,
  held: 0,
  leading: null,
  breach: null,
  missedObjectives: [],
  warmed: true,
  gate: null,
  failing: null,
  assigned: true,
  withinRollbackWindow: false,
};

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const key of path) value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return value;
}

function refused(field: string, value: unknown, message: string): Failure {
  const shown = value === undefined ? {} : { value: JSON.stringify(value).slice(0, 200) };
  return new Failure("BAD_REQUEST", message, {
    field,
    ...shown,
    remedy: "Correct the scenario and replay it again.",
  });
}

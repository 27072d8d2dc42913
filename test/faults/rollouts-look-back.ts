import type { Backend } from "../../src/main/backend.ts";
import { armOf, saltOf } from "../../src/main/rollouts/decision/arm-assignment.ts";
import type { InferenceId, RolloutId } from "../../src/shared/contract/ids.ts";
import type { Attempt } from "../../src/shared/contract/inference.ts";
import type { InferenceRecord } from "../../src/shared/contract/logs.ts";
import type { Rollout, RolloutEvent } from "../../src/shared/contract/rollout-status.ts";

/** What a host of rollouts told somebody before it was killed. */
export type HostReport =
  | { readonly type: "open"; readonly atMs: number }
  | { readonly type: "answered"; readonly inferenceId: InferenceId; readonly marker: string }
  | { readonly type: "failed"; readonly marker: string; readonly event: string }
  | { readonly type: "aborting"; readonly rolloutId: RolloutId; readonly atMs: number }
  | { readonly type: "aborted"; readonly rolloutId: RolloutId; readonly atMs: number };

/** How long a host ran, by the wall clock. */
export interface Life {
  readonly openedAtMs: number;
  readonly killedAtMs: number;
}

/** What was seen from outside while hosts of rollouts were killed. */
interface Seen {
  readonly received: readonly HostReport[];
  /** How often each call reached each model. */
  readonly reached: ReadonlyMap<string, number>;
  readonly lives: readonly Life[];
}

/** What must not be after kills; each list is empty where its promise was kept. */
interface Faults {
  /** Calls that were answered and are not in the log as such, or that ended by anything but an answer or a kill. */
  readonly lost: unknown[];
  /** Calls that reached a model more than once, or a second model without having been taken back. */
  readonly routedTwice: unknown[];
  /** Calls by which a session came from the candidate back to stable. */
  readonly changedArm: unknown[];
  /** Calls that did not go where the coin of their session says, at the weight they were routed by. */
  readonly misrouted: unknown[];
  /** Events that tell another weight than the last that was decided, and calls routed by another than that, or by one before again. */
  readonly weightsAmiss: unknown[];
  /** Rollouts that repeated or left out an event or a step. */
  readonly stepsAmiss: unknown[];
  /** Pauses that ended before their time. */
  readonly endedEarly: unknown[];
  /** Calls of a rollout that began after its abort was acknowledged. */
  readonly afterAbort: unknown[];
}

export interface AfterKills {
  readonly problems: Faults;
  /** Of each pause that ended: by how much it did before its time, or after it while a host ran that could end it. */
  readonly pauseErrorsMs: readonly number[];
  /** How many of them were due while a host ran, which is when there is something to be late for. */
  readonly pausesOnWatch: number;
  /** How many were told their answer, and how many calls a kill ended: without either, nothing was shown. */
  readonly answered: number;
  readonly interrupted: number;
}

/** Holds what the log and the event logs say against what was seen. */
export async function lookBack(backend: Backend, seen: Seen): Promise<AfterKills> {
  const records = await everyCall(backend);
  const answered = seen.received.filter((line) => line.type === "answered");
  const problems: Faults = {
    lost: lostCalls(records, seen.received),
    routedTwice: callsRoutedTwice(records, seen.reached),
    changedArm: [],
    misrouted: [],
    weightsAmiss: [],
    stepsAmiss: [],
    endedEarly: [],
    afterAbort: seen.received.flatMap((line) => (line.type === "aborted" ? begunAfter(line, records) : [])),
  };
  const pauseErrorsMs: number[] = [];
  let pausesOnWatch = 0;
  for (const rollout of await backend.services.deployments.list({ limit: 10_000 })) {
    const events = await backend.services.deployments.events({ rolloutId: rollout.id });
    const calls = records.filter(({ rolloutId }) => rolloutId === rollout.id).toReversed();
    problems.changedArm.push(...callsBackOnStable(calls));
    problems.misrouted.push(...calls.filter((call) => !isOnItsArm(rollout, call)));
    problems.weightsAmiss.push(...eventsOfOtherWeights(events), ...callsOfOtherWeights(rollout, events, calls, seen));
    if (!isInOrder(rollout, events)) problems.stepsAmiss.push(events);
    for (const { untilMs, dueAtMs, endedAtMs } of pausesOf(rollout, events, seen.lives)) {
      if (endedAtMs < untilMs) problems.endedEarly.push({ untilMs, endedAtMs });
      pauseErrorsMs.push(Math.max(untilMs - endedAtMs, endedAtMs - dueAtMs, 0));
      if (dueAtMs === untilMs) pausesOnWatch += 1;
    }
  }
  const interrupted = records.filter(({ outcome }) => outcome === "interrupted").length;
  return { problems, pauseErrorsMs, pausesOnWatch, answered: answered.length, interrupted };
}

function lostCalls(records: readonly InferenceRecord[], received: readonly HostReport[]): unknown[] {
  const outcomes = new Map(records.map(({ id, outcome }) => [id, outcome]));
  return [
    ...received.filter(
      (line) => line.type === "failed" || (line.type === "answered" && outcomes.get(line.inferenceId) !== "completed"),
    ),
    ...records.filter(({ outcome }) => outcome !== "completed" && outcome !== "interrupted"),
  ];
}

function callsRoutedTwice(records: readonly InferenceRecord[], reached: Seen["reached"]): unknown[] {
  const markers = new Set<string>();
  const isAgain = ({ messages }: InferenceRecord): boolean =>
    markers.size === markers.add(messages.at(-1)?.content ?? "").size;
  return [
    ...[...reached].filter(([, times]) => times > 1),
    ...records.filter(({ attempts }) => attempts.length > 1 && !attempts.every(isTakenBackOrLast)),
    ...records.filter(isAgain),
  ];
}

/** Only an abort sends a call on, from a candidate that had not answered to the stable version. */
function isTakenBackOrLast({ next, message }: Attempt): boolean {
  return next === "end" || (next === "fallback" && message?.includes("was taken back before it answered") === true);
}

/** Oldest first. At 0 % an abort has begun: it takes everybody back, and a kill before it is written lets the rollout go on. */
function callsBackOnStable(calls: readonly InferenceRecord[]): InferenceRecord[] {
  const onCandidate = new Set<string>();
  return calls.filter(({ arm, armPercent, sessionKey }) => {
    if (sessionKey === null) return false;
    if (arm === "candidate") onCandidate.add(sessionKey);
    return arm !== "candidate" && armPercent !== 0 && onCandidate.has(sessionKey);
  });
}

function isOnItsArm({ id, candidate, stable }: Rollout, call: InferenceRecord): boolean {
  const { arm, armPercent, sessionKey, attempts, versionId } = call;
  const isTakenBack = attempts.length > 1;
  return (
    arm === armOf({ salt: saltOf(id), candidatePercent: armPercent ?? -1 }, sessionKey ?? call.id) &&
    versionId === (arm === "candidate" && !isTakenBack ? candidate : stable).versionId
  );
}

const decidesWeight = ({ type }: RolloutEvent): boolean => type === "weight" || type === "aborting";

export function eventsOfOtherWeights(events: readonly RolloutEvent[]): RolloutEvent[] {
  let decided = 0;
  return events.filter((event) => {
    if (decidesWeight(event)) decided = event.candidatePercent;
    return event.candidatePercent !== decided;
  });
}

/**
 * A call is routed between its id, which tells the time, and its start; by a weight that was decided by then, or the one before
 * while that is being written, and never by an earlier one than a call that had started before. What an abort takes is taken
 * before it is written, or is not written at all where a kill comes first.
 */
export function callsOfOtherWeights(
  { id }: Rollout,
  events: readonly RolloutEvent[],
  calls: readonly InferenceRecord[],
  { received, lives }: Seen,
): InferenceRecord[] {
  const weights = [{ atMs: 0, candidatePercent: 0 }, ...events.filter(decidesWeight)];
  const decidedBy = (timeMs: number): number => weights.findLastIndex(({ atMs }) => atMs <= timeMs);
  const aborting = received.flatMap((line) => (line.type === "aborting" && line.rolloutId === id ? [line] : []));
  const isBeingAborted = (timeMs: number): boolean =>
    aborting.some(
      ({ atMs }) => atMs <= timeMs && !lives.some((life) => atMs < life.openedAtMs && life.openedAtMs <= timeMs),
    );
  const amiss: InferenceRecord[] = [];
  const started: { weight: number; atMs: number }[] = [];
  for (const call of calls) {
    const { armPercent, startedAtMs } = call;
    if (armPercent === 0 && isBeingAborted(startedAtMs)) continue;
    const bornAtMs = Number.parseInt(call.id.replace("-", "").slice(0, 12), 16);
    const earliest = Math.max(
      decidedBy(bornAtMs) - 1,
      ...started.map(({ weight, atMs }) => (atMs < bornAtMs ? weight : 0)),
    );
    const latest = decidedBy(startedAtMs);
    const weight = weights.findIndex(
      ({ candidatePercent }, index) => candidatePercent === armPercent && index >= earliest && index <= latest,
    );
    if (weight < 0) amiss.push(call);
    else started.push({ weight, atMs: startedAtMs });
  }
  return amiss;
}

function isInOrder({ status }: Rollout, events: readonly RolloutEvent[]): boolean {
  const weights = events.filter(({ type }) => type === "weight").map(({ candidatePercent }) => candidatePercent);
  const asPlanned = [10, 30, 50, 70, 90, 100];
  return (
    events.every(({ sequence }, index) => sequence === index + 1) &&
    weights.every((percent, index) => percent === asPlanned[index]) &&
    (status.state !== "healthy" || weights.length === asPlanned.length)
  );
}

/** The plan's own pauses that ended by themselves: until when they were to be, and from when on a host ran to end them. */
function pausesOf({ plan }: Rollout, events: readonly RolloutEvent[], lives: readonly Life[]) {
  const [pause] = plan.strategy === "canary" ? plan.steps.filter((step) => step.type === "pause") : [];
  return events.flatMap(({ type, atMs, message }, index) => {
    const next = events[index + 1];
    // Taken back, or in progress.
    if (type !== "paused" || message !== "The plan waits here" || next?.type !== "resumed") return [];
    const untilMs = atMs + (pause?.forMs ?? 0);
    const couldAtMs = lives.find(({ killedAtMs }) => killedAtMs > untilMs);
    return [{ untilMs, dueAtMs: Math.max(untilMs, couldAtMs?.openedAtMs ?? untilMs), endedAtMs: next.atMs }];
  });
}

function begunAfter(aborted: Extract<HostReport, { type: "aborted" }>, records: readonly InferenceRecord[]) {
  return records.filter(({ rolloutId, startedAtMs }) => rolloutId === aborted.rolloutId && startedAtMs > aborted.atMs);
}

/** Newest first. */
async function everyCall({ services: { logs } }: Backend): Promise<InferenceRecord[]> {
  const records: InferenceRecord[] = [];
  for (let cursor: string | undefined; ;) {
    const { items, nextCursor } = await logs.list({ limit: 200, cursor });
    const read = await Promise.all(items.map(({ id }) => logs.get({ inferenceId: id })));
    records.push(...read.filter(({ caller }) => caller !== "warm-up")); // nobody asked for those
    if (nextCursor === null) return records;
    cursor = nextCursor;
  }
}

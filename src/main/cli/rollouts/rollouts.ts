import { watchText } from "../../../shared/rollout-watch-text.ts";
import { waitingSentence } from "../../../shared/rollout-waiting-text.ts";
import { type RolloutId, rolloutId } from "../../../shared/contract/ids.ts";
import type { RolloutPrediction } from "../../../shared/contract/rollout-simulation.ts";
import type { Rollout, RolloutCommand } from "../../../shared/contract/rollout-status.ts";
import { Failure } from "../../base/failure.ts";
import { withoutUndefined } from "../../base/without-undefined.ts";
import type { Client } from "../connect.ts";
import { readJson } from "../input-file.ts";
import { answer, type Invocation, requiredWord, textOption } from "../invocation.ts";
import { namedPlan } from "./named-plan.ts";
import { nameOf, namedVersion } from "../named-version.ts";
import { withShortId } from "../short-id.ts";
import { eventLine, rolloutDetails, rolloutLine, rolloutTable, stateOf, weights } from "./rollout-text.ts";

/** Begins to replace what answers a use case by another version, as a plan says. */
export async function startRollout(invocation: Invocation): Promise<number> {
  const { client, options, rest } = invocation;
  const example = "taleward rollouts start story_generation llama3.1-8b@2.0 --plan canary";
  const useCase = requiredWord(invocation, "The use case", example);
  const wanted = requiredWord({ ...invocation, rest: rest.slice(1) }, "The candidate", example);
  const plan = await namedPlan(textOption(options, "plan") ?? "canary");
  const candidate = await namedVersion(client, wanted);
  const predicted = textOption(options, "prediction");
  const started = await client.rollouts.start({
    ...withoutUndefined({ reason: textOption(options, "reason") }),
    ...(predicted !== undefined && { prediction: await readPrediction(predicted) }),
    useCase,
    candidateVersionId: candidate.id,
    plan,
    supersede: options["supersede"] === true,
  });
  answer(
    invocation,
    started,
    (rollout) =>
      `Rolling out ${nameOf(rollout.candidate)} on ${useCase}, beside ${nameOf(rollout.stable)}.\n${watched(rollout)}\n${where(rollout)}`,
  );
  printWhoContinues(invocation, started);
  return 0;
}

/** One rollout with both arms and its events; without a name those in progress, or the latest where there are none. */
export async function showRollouts(invocation: Invocation): Promise<number> {
  const { client, rest, json, print, note } = invocation;
  const [wanted] = rest;
  if (wanted === undefined) {
    const active = await client.rollouts.list({ active: true });
    const rollouts = active.length > 0 ? active : await client.rollouts.list({ limit: 10 });
    if (json) for (const rollout of rollouts) print(`${JSON.stringify(rollout)}\n`);
    else if (rollouts.length === 0) note("There was no rollout yet. Begin one with `taleward rollouts start`.\n");
    else print(rolloutTable(rollouts));
    return 0;
  }
  const of = { rolloutId: await namedRollout(client, wanted) };
  const [view, events] = await Promise.all([client.rollouts.get(of), client.rollouts.events(of)]);
  const calibration = view.rollout.finishedAtMs === null ? null : await client.rollouts.calibration(of);
  answer(invocation, { ...view, events, calibration }, () => rolloutDetails(view, events, calibration));
  return 0;
}

/**
 * Each change as it comes, until the rollout is over: 0 when its candidate is the stable version then, 4 when it was rolled
 * back. With `--json` each event and each state, marked by `type`. Ctrl C leaves it as it is.
 */
export async function watchRollout(invocation: Invocation): Promise<number> {
  const { client, json, print, signal, note } = invocation;
  const wanted = requiredWord(invocation, "The rollout", "taleward rollouts watch story_generation");
  const of = { rolloutId: await namedRollout(client, wanted) };
  let printed = 0;
  let line = "";
  try {
    for await (const view of await client.rollouts.watch(of, { signal })) {
      for (const event of await client.rollouts.events(of)) {
        if (event.sequence <= printed) continue;
        printed = event.sequence;
        print(json ? `${JSON.stringify({ type: "event", event })}\n` : eventLine(event));
      }
      const next = json ? `${JSON.stringify({ type: "rollout", ...view })}\n` : rolloutLine(view);
      if (next !== line) print((line = next));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (signal.aborted) {
    note("The rollout continues. `taleward rollouts abort` ends it.\n");
    return 0;
  }
  const { rollout } = await client.rollouts.get(of);
  if (rollout.status.state === "healthy") return 0;
  if (rollout.status.state === "degraded") return 4;
  note("The Taleward that has this data open is closing. The rollout continues when it is opened again.\n");
  return 1;
}

/** A person's word on a rollout, by its id or its use case's name. */
export const commandRollout =
  (command: Exclude<RolloutCommand, "promote_fully">) =>
  async (invocation: Invocation): Promise<number> => {
    const { client, options } = invocation;
    const wanted = requiredWord(invocation, "The rollout", `taleward rollouts ${command} story_generation`);
    const asked = command === "promote" && options["fully"] === true ? "promote_fully" : command;
    const id = await namedRollout(client, wanted);
    const commanded = await client.rollouts.command({
      ...withoutUndefined({ reason: textOption(options, "reason") }),
      rolloutId: id,
      command: asked,
    });
    answer(invocation, commanded, where);
    printWhoContinues(invocation, commanded);
    return 0;
  };

/** Goes back to the version before the last promoted rollout of a use case, by that rollout's plan and the rule of its window. */
export async function goBack(invocation: Invocation): Promise<number> {
  const { client, options } = invocation;
  const wanted = requiredWord(invocation, "The rollout", "taleward rollouts back story_generation");
  const rolloutId = await namedRollout(client, wanted);
  const back = await client.rollouts.wayBack({ rolloutId });
  if (!back)
    throw new Failure("CONFLICT", "This rollout was not promoted, or its use case has another version by now.", {
      field: "ROLLOUT",
      value: wanted,
      remedy: "Name the rollout that was promoted last, or start one with `taleward rollouts start`.",
    });
  const { useCase, version, plan, withinRollbackWindow } = back;
  const started = await client.rollouts.start({
    useCase,
    candidateVersionId: version.versionId,
    plan,
    reason: textOption(options, "reason") ?? "Back to the version before",
  });
  const how = withinRollbackWindow
    ? "within the rollback window: steps and comparison are skipped"
    : "by the steps of its plan";
  answer(
    invocation,
    started,
    (rollout) => `Going back to ${nameOf(version)} on ${useCase}, ${how}.\n${where(rollout)}`,
  );
  printWhoContinues(invocation, started);
  return 0;
}

function watched({ plan }: Rollout): string {
  return watchText(plan, plan.strategy === "canary" ? 50 : 100);
}

function where({ id, status, waitingFor }: Rollout): string {
  return `${stateOf(status)}  ${weights(status.candidatePercent)}  ${waitingSentence(waitingFor, Date.now())}\n${id}\n`;
}

/** A rollout is run by whatever has the data open; a command of its own is gone in a moment. */
function printWhoContinues({ backend, json, note }: Invocation, { finishedAtMs }: Rollout): void {
  if (backend === "own" && !json && finishedAtMs === null)
    note("No Taleward is running on this data: the rollout continues while one is, or while it is watched.\n");
}

/** The rollout of an id, whole or in short, or the one in progress on a use case, or else the latest there. Throws NOT_FOUND. */
async function namedRollout(client: Client, wanted: string): Promise<RolloutId> {
  const id = rolloutId.safeParse(wanted);
  if (id.success) return id.data;
  const useCases = await client.registry.useCases();
  const isKnown = useCases.some(({ name }) => name === wanted);
  if (isKnown) {
    const [active] = await client.rollouts.list({ useCase: wanted, active: true, limit: 1 });
    const [latest] = active ? [active] : await client.rollouts.list({ useCase: wanted, limit: 1 });
    if (latest) return latest.id;
  } else {
    const inShort = withShortId(await client.rollouts.list({ limit: 200 }), wanted);
    if (inShort) return inShort.id;
  }
  throw new Failure(
    "NOT_FOUND",
    isKnown ? `There was no rollout on ${wanted} yet.` : `There is no use case ${wanted}.`,
    {
      field: "ROLLOUT",
      value: wanted,
      remedy: isKnown
        ? "Begin one with `taleward rollouts start`."
        : `Give a rollout's id or a part of it, or one of ${useCases.map(({ name }) => name).join(", ")}.`,
    },
  );
}

/** What `taleward rollouts simulate --json` printed. */
async function readPrediction(file: string): Promise<RolloutPrediction> {
  const shouldBe = "what taleward rollouts simulate --json printed";
  return (await readJson(file, shouldBe)) as RolloutPrediction; // the contract refuses what is none, by its field
}

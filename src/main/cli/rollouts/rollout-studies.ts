import { actorLabel } from "../../../shared/actor-label.ts";
import { type AnalysedMetric, analyseUnits, parseUnits } from "../../rollouts/studies/analyse-units.ts";
import { parseScenario, type ReplayedMoment, replay } from "../../rollouts/studies/replay.ts";
import type { RolloutPlan } from "../../../shared/contract/rollout-plan.ts";
import type {
  SimulatedScenario,
  SimulationRequest,
  SimulationResult,
} from "../../../shared/contract/rollout-simulation.ts";
import { withCurrentNames } from "../../rollouts/simulation/previous-names.ts";
import { readInput, readJson } from "../input-file.ts";
import { answer, type Invocation, numberOption, requiredWord, type Terminal, textOption } from "../invocation.ts";
import { checkedPlan } from "./named-plan.ts";
import { stateOf, stepOf, threeDigits, weights } from "./rollout-text.ts";
import { counted } from "../../../shared/format.ts";
import { localTime, plain, table } from "../text.ts";

/** The evidence in units that anybody recorded, a line of JSON each, from a file or stdin; weighed as a plan says, where one is named. */
export async function analyseFile(invocation: Terminal): Promise<number> {
  const { rest, json, print, options } = invocation;
  const planned = textOption(options, "plan");
  const analysis = planned === undefined ? undefined : (await checkedPlan(planned)).analysis;
  const text = await readInput(rest[0] ?? "-", "a file with one unit a line, or - for stdin");
  const rows = analyseUnits(parseUnits(text.split("\n")), analysis);
  if (json) for (const row of rows) print(`${JSON.stringify(row)}\n`);
  else print(evidenceTable(rows));
  return 0;
}

/** Decides a rollout again from a scenario: what was known and asked, and when. */
export async function replayFile(invocation: Terminal): Promise<number> {
  const file = requiredWord(invocation, "The scenario", "taleward rollouts replay scenario.json");
  const scenario = parseScenario(await readInput(file, "a JSON file of a scenario, or - for stdin"));
  for (const moment of replay(scenario)) answer(invocation, moment, (it) => describeMoment(it, scenario.plan));
  return 0;
}

/** Tries a plan on calls of the log, on others of the past, or on a load model, before any traffic is touched. */
export async function simulatePlan(invocation: Invocation): Promise<number> {
  const { client, options, signal, terminal, note } = invocation;
  const file = requiredWord(invocation, "The simulation", "taleward rollouts simulate simulation.json");
  const given = withCurrentNames(await readJson(file, "a JSON file with a plan and its traffic, or - for stdin"));
  const runs = numberOption(options, "runs");
  const seed = numberOption(options, "seed");
  const request = { ...asObject(given), ...(runs !== undefined && { runs }), ...(seed !== undefined && { seed }) };
  // The contract refuses what is none, by its field.
  for await (const update of await client.rollouts.simulate(request as SimulationRequest, { signal })) {
    if (update.type === "result") answer(invocation, update.result, describeSimulation);
    else if (terminal.stderr) note(`\rSimulating ${Math.floor((100 * update.made) / update.toMake)} % \r`);
  }
  return 0;
}

function evidenceTable(rows: readonly AnalysedMetric[]): string {
  return table(
    ["METRIC", "SHARE", "EVIDENCE", "HIGHEST", "THRESHOLD", "STABLE", "CANDIDATE", "VERDICT"],
    rows.map(({ metric, share, evidence, highest, threshold, units, verdict }) => [
      metric,
      share === null ? "-" : threeDigits(share),
      threeDigits(evidence),
      threeDigits(highest),
      threshold === null ? "-" : threeDigits(threshold),
      units.stable,
      units.candidate,
      verdict,
    ]),
  );
}

function describeMoment({ atMs, status, weight, events }: ReplayedMoment, plan: RolloutPlan): string {
  const head = `${localTime(atMs)}  ${weights(weight)}  ${stepOf(plan, status.step)}  ${stateOf(status)}\n`;
  return (
    head + events.map(({ type, message, by }) => `    ${type}: ${plain(message)} (${plain(actorLabel(by))})\n`).join("")
  );
}

function describeSimulation({ scenarios, calls, assumptions }: SimulationResult): string {
  return [
    table(
      ["IF THE CANDIDATE", "ROLLED BACK", "PROMOTED", "INCONCLUSIVE", "AFTER UNITS", "AFTER HOURS", "ITS ANSWERS"],
      scenarios.map(({ name, rolledBack, promoted, inconclusive, medianUnits, medianHours, candidateAnswers }) => [
        name,
        percent(rolledBack),
        percent(promoted),
        percent(inconclusive),
        medianUnits === null ? "-" : threeDigits(medianUnits),
        medianHours === null ? "-" : threeDigits(medianHours),
        threeDigits(candidateAnswers),
      ]),
    ),
    "\nCaught by the end of each step:\n\n",
    stepTable(scenarios),
    `\n${counted(calls, "call")} simulated.\n`,
    ...assumptions.map((assumption) => `${plain(assumption)}\n`),
  ].join("");
}

function stepTable(scenarios: readonly SimulatedScenario[]): string {
  const steps = scenarios.reduce((most, scenario) => Math.max(most, scenario.steps.length), 0);
  const headings = Array.from({ length: steps }, (_, step) => (step === steps - 1 ? "AFTER" : `STEP ${step + 1}`));
  return table(
    ["IF THE CANDIDATE", ...headings],
    scenarios.map((scenario) => [scenario.name, ...scenario.steps.map(({ caughtSoFar }) => percent(caughtSoFar))]),
  );
}

function asObject(given: unknown): object {
  return typeof given === "object" && given !== null ? given : {};
}

function percent(share: number): string {
  return `${(100 * share).toLocaleString("en-US", { maximumFractionDigits: 1 })} %`;
}

import process from "node:process";
import { parseArgs } from "node:util";
import { type Figure, report } from "./figures.ts";
import { abortFigures } from "./rollouts/abort.ts";
import { broadcastFigures } from "./rollouts/broadcasts.ts";
import { costFigures } from "./rollouts/cost.ts";
import { deploymentFigures } from "./rollouts/deployments.ts";
import { evalFigures } from "./rollouts/eval.ts";
import { killFigures } from "./rollouts/kills.ts";

/**
 * All that rollouts promise, measured in this run, beside what was promised. Fails when something misses its target or breaks.
 * Use: npm run bench -- rollouts [--only PART]... [--kills 25] [--runs 3000] [--json]
 */
const { values: options } = parseArgs({
  options: {
    only: { type: "string", multiple: true },
    kills: { type: "string", default: "25" },
    runs: { type: "string", default: "3000" },
    json: { type: "boolean" },
  },
});

const parts: Readonly<Record<string, () => Promise<Figure[]>>> = {
  cost: costFigures,
  eval: () => evalFigures(atLeastOne("runs")),
  kills: () => killFigures(atLeastOne("kills")),
  abort: abortFigures,
  broadcasts: broadcastFigures,
  deployments: deploymentFigures,
};
const chosen = options.only ?? Object.keys(parts);
const unknown = chosen.find((name) => !(name in parts));
if (unknown !== undefined) throw new Error(`--only is ${unknown}: there are ${Object.keys(parts).join(", ")}`);

const figures: Figure[] = [];
for (const name of chosen) figures.push(...(await figuresOf(name)));
if (!report("rollouts", figures)) process.exitCode = 1;

/** One part that breaks does not take the others' figures with it. */
async function figuresOf(name: string): Promise<Figure[]> {
  console.error(`rollouts: measuring ${name}`);
  try {
    return (await parts[name]?.()) ?? [];
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
    return [{ metric: name, notMeasured: "it broke: why is above" }];
  }
}

function atLeastOne(option: "kills" | "runs"): number {
  const value = Number(options[option]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${option} is ${options[option]}: give a whole number`);
  return value;
}

import { killRollouts } from "../../faults/rollouts-kills.ts";
import type { AfterKills } from "../../faults/rollouts-look-back.ts";
import type { Figure } from "../figures.ts";

/** What is left of the promises of live rollouts with traffic, after so many kills at any point. */
export async function killFigures(kills: number): Promise<Figure[]> {
  const after = await killRollouts(kills, 1);
  const { problems, answered, interrupted } = after;
  const group = `kill -9 of live rollouts with traffic, ${kills} times`;
  const none = (metric: string, found: readonly unknown[], unit: string): Figure => ({
    group,
    metric,
    value: found.length,
    unit,
    target: 0,
  });
  return [
    { group, metric: "answered", value: answered, unit: "requests", target: kills, atLeast: true },
    { group, metric: "cut off by a kill", value: interrupted, unit: "requests", target: 1, atLeast: true },
    none("lost", problems.lost, "requests"),
    none("routed twice", problems.routedTwice, "requests"),
    none("not where the coin of their session says", problems.misrouted, "requests"),
    none("begun after an abort was acknowledged", problems.afterAbort, "requests"),
    none("sessions that changed arm", problems.changedArm, "times"),
    none("weights that did not sum to 100", problems.weightsAmiss, "times"),
    none("with steps repeated or left out", problems.stepsAmiss, "rollouts"),
    none("ended before their time", problems.endedEarly, "pauses"),
    { group, ...worstPause(after) },
  ];
}

function worstPause({ pauseErrorsMs, pausesOnWatch }: AfterKills): Figure {
  const metric = `worst error of ${pauseErrorsMs.length} pauses, ${pausesOnWatch} of them due while a host ran`;
  if (pausesOnWatch === 0) return { metric, notMeasured: "ask for more --kills" };
  return { metric, value: Math.max(...pauseErrorsMs), unit: "ms", target: 1_000 };
}

import { useCallback, useEffect, useRef, useState } from "react";
import type { RolloutPlan } from "../../../../../shared/contract/rollout-plan.ts";
import type { SimulationRequest, SimulationResult } from "../../../../../shared/contract/rollout-simulation.ts";
import { api } from "../../../api/connection.ts";
import { isCancelled, type Problem, toProblem } from "../../../api/problem.ts";

export type Simulation =
  | { readonly state: "none" }
  | { readonly state: "running"; readonly made: number; readonly toMake: number }
  | { readonly state: "done"; readonly result: SimulationResult; readonly plan: RolloutPlan; readonly useCase: string }
  | { readonly state: "failed"; readonly problem: Problem };

const runs = 300;

/** Whether a simulation was of this plan on this use case, by value: a form reads its plan anew whenever a field is left. */
export function isOf(
  simulated: Extract<Simulation, { state: "done" }>,
  plan: RolloutPlan | null,
  useCase: string,
): boolean {
  return simulated.useCase === useCase && JSON.stringify(simulated.plan) === JSON.stringify(plan);
}

/** Tries a plan before any traffic, with progress and a way to cancel; leaving the screen cancels it, too. */
export function useSimulation() {
  const [simulation, setSimulation] = useState<Simulation>({ state: "none" });
  const aborter = useRef<AbortController | null>(null);
  useEffect(() => () => aborter.current?.abort(), []);
  const cancel = useCallback((): void => {
    aborter.current?.abort();
    setSimulation({ state: "none" });
  }, []);
  const run = useCallback(
    async (plan: RolloutPlan, useCase: string, traffic: SimulationRequest["traffic"]): Promise<void> => {
      aborter.current?.abort();
      const stop = new AbortController();
      aborter.current = stop;
      setSimulation({ state: "running", made: 0, toMake: 0 });
      try {
        const input = { plan, traffic, runs, startAtMs: Date.now() };
        for await (const event of await api.rollouts.simulate(input, { signal: stop.signal })) {
          if (stop.signal.aborted) return;
          if (event.type === "progress") setSimulation({ state: "running", made: event.made, toMake: event.toMake });
          else setSimulation({ state: "done", result: event.result, plan, useCase });
        }
      } catch (error) {
        if (!isCancelled(error, stop.signal)) setSimulation({ state: "failed", problem: toProblem(error) });
      }
    },
    [],
  );
  return { simulation, run, cancel };
}

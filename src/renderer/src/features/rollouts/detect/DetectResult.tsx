import type { RolloutPlan } from "../../../../../shared/contract/rollout-plan.ts";
import type { SimulationResult } from "../../../../../shared/contract/rollout-simulation.ts";
import { whole } from "../../../../../shared/format.ts";
import { Defined } from "../../../ui/text/Defined.tsx";
import { caughtWords, detectRows, regressionsFrom, hoursWords, noChangeOf } from "./detect-labels.ts";
import { percentWords } from "../rollout-labels.ts";
import classes from "../Start.module.css";

interface DetectResultProps {
  readonly plan: RolloutPlan;
  readonly result: SimulationResult;
}

/** Step by step what would be caught by then, and what a fault costs until it is. */
export function DetectResult({ plan, result }: DetectResultProps) {
  const regressions = regressionsFrom(result);
  const none = noChangeOf(result);
  return (
    <>
      {none !== undefined && (
        <p className={classes.verdict}>
          A version that is as good is promoted in{" "}
          <strong>
            <Defined what="promoted">{percentWords(none.promoted)}</Defined>
          </strong>{" "}
          of the rollouts, rolled back in <Defined what="rolledBack">{percentWords(none.rolledBack)}</Defined>, left
          inconclusive in <Defined what="inconclusive">{percentWords(none.inconclusive)}</Defined>.
        </p>
      )}
      <h3 className={classes.subtitle}>
        <Defined what="detectability">Caught by the end of a step</Defined>
      </h3>
      <div className={classes.tableScroll} tabIndex={0} role="group" aria-label="Caught by step">
        <table className={classes.result} aria-label="What it can detect, step by step">
          <thead>
            <tr>
              <th scope="col">
                <Defined what="planStep">Step</Defined>
              </th>
              {regressions.map(({ name }) => (
                <th key={name} scope="col">
                  <Defined what="detectability" quiet>
                    {name}
                  </Defined>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {detectRows(plan, result).map(({ key, label, caught }) => (
              <tr key={key}>
                <th scope="row">{label}</th>
                {caught.map(({ scenario, share }) => {
                  const { text, weak } = caughtWords(share);
                  return (
                    <td key={scenario} data-weak={weak}>
                      {text}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <h3 className={classes.subtitle}>What a fault costs until then</h3>
      <div className={classes.tableScroll} tabIndex={0} role="group" aria-label="Costs">
        <table className={classes.result} aria-label="Until a fault is caught">
          <thead>
            <tr>
              <th scope="col">If the candidate</th>
              <th scope="col">
                <Defined what="rolledBack">Rolled back</Defined>
              </th>
              <th scope="col">
                <Defined what="medianUnits">After units</Defined>
              </th>
              <th scope="col">
                <Defined what="medianHours">After</Defined>
              </th>
              <th scope="col">
                <Defined what="candidateAnswers">Its answers</Defined>
              </th>
            </tr>
          </thead>
          <tbody>
            {regressions.map(
              ({ name, rolledBack, medianUnits, medianHours, candidateAnswersUntilRollback: answers }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td data-weak={caughtWords(rolledBack).weak}>{percentWords(rolledBack)}</td>
                  <td>{medianUnits === null ? "–" : whole(medianUnits)}</td>
                  <td>{medianHours === null ? "–" : hoursWords(medianHours)}</td>
                  <td>{answers === null ? "–" : whole(Math.round(answers))}</td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </div>
      <p className={classes.faint}>
        <Defined what="simulatedCalls">{whole(result.calls)} calls</Defined> simulated
        {result.stopped ? ", then stopped" : ""}. {result.assumptions.join(" ")}
      </p>
    </>
  );
}

import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import { waitingSentence } from "../../../../../shared/rollout-waiting-text.ts";
import { useNow } from "../../../ui/use-now.ts";
import { versionName } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { stateMark, strategyWords } from "../rollout-labels.ts";
import { Defined } from "../../../ui/text/Defined.tsx";
import classes from "../Rollouts.module.css";
import { hrefOfRollout } from "../rollouts-location.ts";
import { WeightBar } from "./WeightBar.tsx";

interface RolloutTableProps {
  readonly label: string;
  readonly rollouts: readonly Rollout[];
}

/** Rollouts a row each: who is replaced by whom, how far that is, and what it waits for or how it ended. */
export function RolloutTable({ label, rollouts }: RolloutTableProps) {
  const nowMs = useNow(5_000);
  return (
    <div className={classes.tableScroll}>
      <table className={classes.table} aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Use case</th>
            <th scope="col">Versions</th>
            <th scope="col">State</th>
            <th scope="col">
              <Defined what="candidatePercent">Canary</Defined>
            </th>
            <th scope="col">
              <Defined what="waitingFor">Where it stands</Defined>
            </th>
            <th scope="col">Started</th>
          </tr>
        </thead>
        <tbody>
          {rollouts.map((rollout) => (
            <Row key={rollout.id} rollout={rollout} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ rollout, nowMs }: { readonly rollout: Rollout; readonly nowMs: number }) {
  const { id, useCase, stable, candidate, plan, status, waitingFor, startedAtMs } = rollout;
  const { tone, word } = stateMark(status);
  return (
    <tr>
      <th scope="row">
        <a href={hrefOfRollout(id)} aria-label={`${useCase}, ${versionName(candidate)}`}>
          {useCase}
        </a>
        <span className={classes.under}>{strategyWords[plan.strategy]}</span>
      </th>
      <td>
        {versionName(candidate)}
        <span className={classes.under}>instead of {versionName(stable)}</span>
      </td>
      <td>
        <StateMark tone={tone}>{word}</StateMark>
      </td>
      <td>
        <WeightBar candidatePercent={status.candidatePercent} />
      </td>
      <td className={classes.sentence}>
        <span>{waitingSentence(waitingFor, nowMs)}</span>
      </td>
      <td>
        <TimeText atMs={startedAtMs} />
      </td>
    </tr>
  );
}

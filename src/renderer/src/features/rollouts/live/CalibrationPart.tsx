import { useQuery } from "@tanstack/react-query";
import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import { queries } from "../../../api/connection.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { Defined } from "../../../ui/text/Defined.tsx";
import parts from "../Parts.module.css";
import classes from "./CalibrationPart.module.css";

interface CalibrationPartProps {
  readonly rolloutId: Rollout["id"];
  /** A rollout that was taken up again ends again, and is compared anew. */
  readonly finishedAtMs: number;
}

/** What the simulation predicted beside what happened, once it is over. */
export function CalibrationPart({ rolloutId, finishedAtMs }: CalibrationPartProps) {
  const options = queries.rollouts.calibration.queryOptions({ input: { rolloutId } });
  const calibration = useQuery({ ...options, queryKey: [...options.queryKey, finishedAtMs] });
  return (
    <section className={parts.part} aria-labelledby="calibration-title">
      <h3 className={parts.partTitle} id="calibration-title">
        <Defined what="calibration">Predicted, and what happened</Defined>
      </h3>
      {calibration.isPending && <LoadingState label="what was predicted" rows={2} />}
      {calibration.isError && <FailedState error={calibration.error} onRetry={() => void calibration.refetch()} />}
      {calibration.data && (
        <div className={classes.calibration}>
          {calibration.data.scenario !== null && (
            <StateMark tone={calibration.data.agrees ? "good" : "warn"}>
              {calibration.data.agrees ? "As predicted" : "Not as predicted"}
            </StateMark>
          )}
          <p>{calibration.data.sentences.join(" ")}</p>
        </div>
      )}
    </section>
  );
}

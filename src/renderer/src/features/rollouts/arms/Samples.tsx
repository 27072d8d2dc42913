import type { Arm } from "../../../../../shared/contract/rollout-plan.ts";
import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import type { RolloutSample } from "../../../../../shared/contract/rollouts.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { versionName } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { ArmMark } from "./ArmMark.tsx";
import { Defined } from "../../../ui/text/Defined.tsx";
import parts from "../Parts.module.css";
import classes from "./Samples.module.css";
import { armWords } from "../rollout-labels.ts";
import { SampleLink } from "./SampleLink.tsx";
import { samplesAnArm, type useRollout } from "../live/use-rollout.ts";

interface SamplesProps {
  readonly rollout: Rollout;
  readonly samples: ReturnType<typeof useRollout>["samples"];
}

/** The latest answers of both arms side by side, each leading to its row in the log. */
export function Samples({ rollout, samples }: SamplesProps) {
  return (
    <section className={parts.part} aria-labelledby="samples-title">
      <h3 className={parts.partTitle} id="samples-title">
        <Defined what="samples">Latest answers</Defined>
      </h3>
      {samples.isPending && <LoadingState label="answers" rows={3} />}
      {samples.isError && samples.data === undefined && (
        <FailedState error={samples.error} onRetry={() => void samples.refetch()} />
      )}
      {samples.data !== undefined && (
        <div className={classes.samples}>
          <ArmSamples arm="stable" rollout={rollout} samples={samples.data} />
          <ArmSamples arm="candidate" rollout={rollout} samples={samples.data} />
        </div>
      )}
    </section>
  );
}

interface ArmSamplesProps {
  readonly arm: Arm;
  readonly rollout: Rollout;
  readonly samples: readonly RolloutSample[];
}

function ArmSamples({ arm, rollout, samples }: ArmSamplesProps) {
  const own = samples.filter((sample) => sample.arm === arm && sample.shadowOf === null).slice(0, samplesAnArm);
  return (
    <div className={classes.armSamples} data-arm={arm}>
      <p className={classes.armSamplesHead}>
        <ArmMark arm={arm} /> {versionName(rollout[arm])}
      </p>
      {own.length === 0 && <p className={parts.quiet}>No answer yet.</p>}
      <ul aria-label={`Latest answers of ${armWords[arm]}`}>
        {own.map((sample) => (
          <li key={sample.inferenceId}>
            <SampleLink sample={sample} />
          </li>
        ))}
      </ul>
    </div>
  );
}

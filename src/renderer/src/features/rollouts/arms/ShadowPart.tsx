import type { Rollout, RolloutAnalysis } from "../../../../../shared/contract/rollout-status.ts";
import { versionName } from "../../../../../shared/format.ts";
import { ArmMark } from "./ArmMark.tsx";
import { Defined } from "../../../ui/text/Defined.tsx";
import parts from "../Parts.module.css";
import classes from "./Samples.module.css";
import { SampleLink } from "./SampleLink.tsx";
import { pairsOf, shadowWords } from "./shadow-labels.ts";
import type { useRollout } from "../live/use-rollout.ts";

interface ShadowPartProps {
  readonly rollout: Rollout;
  readonly analysis: RolloutAnalysis;
  readonly samples: ReturnType<typeof useRollout>["samples"];
}

/** The canary's shadow responses, each beside the stable version's answer to the same prompt, and how long both took. */
export function ShadowPart({ rollout, analysis, samples }: ShadowPartProps) {
  const pairs = pairsOf(samples.data ?? []);
  const words = shadowWords(analysis);
  return (
    <section className={parts.part} aria-labelledby="shadow-title">
      <h3 className={parts.partTitle} id="shadow-title">
        <Defined what="shadowPairs">Shadow responses to the same prompts</Defined>
      </h3>
      <p className={classes.shadowFigures}>
        {words === null ? (
          "No prompt was answered by both yet."
        ) : (
          <>
            <Defined what="shadowPairs">{words.pairs}</Defined>.{" "}
            <Defined what="shadowEvidence">{words.evidence}</Defined>.
          </>
        )}
      </p>
      {pairs.length > 0 && (
        <>
          <div className={classes.samples}>
            {(["stable", "candidate"] as const).map((arm) => (
              <div key={arm} className={classes.armSamples} data-arm={arm}>
                <p className={classes.armSamplesHead}>
                  <ArmMark arm={arm} /> {versionName(rollout[arm])}
                </p>
              </div>
            ))}
          </div>
          <ul className={classes.pairs} aria-label="Shadow responses beside the stable ones">
            {pairs.map(({ stable, shadow }) => (
              <li key={shadow.inferenceId}>
                <p className={classes.samplePrompt}>{stable.promptExcerpt}</p>
                <div className={classes.samples}>
                  <SampleLink sample={stable} withoutPrompt />
                  <SampleLink sample={shadow} withoutPrompt />
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

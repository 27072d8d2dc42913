import type { RolloutSample } from "../../../../../shared/contract/rollouts.ts";
import { hrefOf } from "../../../shell/route.ts";
import { duration } from "../../../../../shared/format.ts";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import classes from "./Samples.module.css";

interface SampleLinkProps {
  readonly sample: RolloutSample;
  /** Where the prompt stands above it already. */
  readonly withoutPrompt?: boolean;
}

/** One answer of an arm in a few lines, leading to its row in the log. */
export function SampleLink({ sample, withoutPrompt = false }: SampleLinkProps) {
  return (
    <a className={classes.sample} href={hrefOf("logs", sample.inferenceId)}>
      {!withoutPrompt && <span className={classes.samplePrompt}>{sample.promptExcerpt}</span>}
      <span className={classes.sampleText}>{sample.responseExcerpt || "Nothing was said."}</span>
      <span className={classes.sampleFoot}>
        <TimeText atMs={sample.atMs} />
        {sample.shadowOf !== null && <span className={classes.shadow}>shadow</span>}
        <span>{sample.outcome}</span>
        <span>{sample.totalMs === null ? "–" : duration(sample.totalMs)}</span>
      </span>
    </a>
  );
}

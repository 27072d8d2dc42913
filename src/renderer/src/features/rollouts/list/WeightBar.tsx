import classes from "../Rollouts.module.css";

interface WeightBarProps {
  readonly candidatePercent: number;
}

/** How the calls are shared: stable from the left in blue, canary from the right in amber, both in words beside it. */
export function WeightBar({ candidatePercent }: WeightBarProps) {
  return (
    <span className={classes.weight}>
      <span className={classes.bar} aria-hidden>
        {candidatePercent > 0 && <span className={classes.barCanary} style={{ width: `${candidatePercent}%` }} />}
      </span>
      <span className={classes.percent}>{candidatePercent} %</span>
    </span>
  );
}

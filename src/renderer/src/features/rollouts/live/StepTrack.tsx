import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import { Defined } from "../../../ui/text/Defined.tsx";
import classes from "./StepTrack.module.css";
import { trackOf } from "./track.ts";

interface StepTrackProps {
  readonly rollout: Rollout;
  readonly failedPercent: number | null;
}

const words = { done: "done", current: "here now", coming: "to come", failed: "rolled back here" };

/** The steps as a track: weights as stations, what stands between them beneath the line. */
export function StepTrack({ rollout: { plan, status }, failedPercent }: StepTrackProps) {
  return (
    // Focusable, so that a keyboard can scroll a long one.
    <div className={classes.trackScroll} tabIndex={0} role="group" aria-label="Track">
      <ol className={classes.track} aria-label="Steps">
        {trackOf(plan, status, failedPercent).map(({ key, kind, label, what, at }) => (
          <li
            key={key}
            className={classes.station}
            data-kind={kind}
            data-at={at}
            aria-current={at === "current" ? "step" : undefined}
          >
            <span className={classes.node} aria-hidden>
              {at === "done" && kind === "weight" && "✓"}
              {at === "failed" && "✕"}
            </span>
            <span className={classes.stationLabel}>
              {what === null ? (
                label
              ) : (
                <Defined what={what} quiet>
                  {label}
                </Defined>
              )}
            </span>
            <span className={classes.stationWord}>{at === "coming" || at === "done" ? null : words[at]}</span>
            <span className={classes.hidden}>{words[at]}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

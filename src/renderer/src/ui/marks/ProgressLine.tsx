import { Progress } from "@mantine/core";
import classes from "./progress-line.module.css";

interface ProgressLineProps {
  /** What is going on, for those who do not see the bar. */
  readonly label: string;
  /** Null while the total is unknown. */
  readonly percent: number | null;
  /** Under the bar on the left, such as bytes and speed; null ones are left out. */
  readonly facts: readonly (string | null)[];
  /** Under the bar on the right, such as the time left. */
  readonly aside: string | null;
}

/** How far long work has come, as a bar and in numbers; its height does not change meanwhile. */
export function ProgressLine({ label, percent, facts, aside }: ProgressLineProps) {
  return (
    <div className={classes.line}>
      <Progress.Root size={6} aria-hidden>
        <Progress.Section
          value={percent ?? 100}
          animated={percent === null}
          striped={percent === null}
          withAria={false}
        />
      </Progress.Root>
      <div
        role="progressbar"
        aria-label={label}
        {...(percent !== null && { "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": Math.floor(percent) })}
        className={classes.numbers}
      >
        <span>{facts.filter((fact) => fact !== null).join(", ")}</span>
        <span>{aside}</span>
      </div>
    </div>
  );
}

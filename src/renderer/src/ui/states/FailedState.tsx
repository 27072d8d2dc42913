import { Button } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { toProblem } from "../../api/problem.ts";
import classes from "./states.module.css";

interface FailedStateProps {
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** Says what happened and what to do, with a way to try again. */
export function FailedState({ error, onRetry }: FailedStateProps) {
  const problem = toProblem(error);
  return (
    <div className={classes.state} role="alert">
      <div className={classes.icon} aria-hidden>
        <IconPlugConnectedX size={22} stroke={1.5} />
      </div>
      <h2 className={classes.title}>{problem.message}</h2>
      <p className={classes.text}>{problem.remedy}</p>
      <div className={classes.actions}>
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      </div>
    </div>
  );
}

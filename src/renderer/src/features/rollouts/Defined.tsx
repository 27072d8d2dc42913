import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { definitions, type ShownNumber } from "../../../../shared/rollout-words.ts";
import classes from "./Rollouts.module.css";

interface DefinedProps {
  readonly what: ShownNumber;
  readonly children: ReactNode;
}

/** A number or its name, with what it means on hover and on focus. */
export function Defined({ what, children }: DefinedProps) {
  return (
    <Tooltip
      label={definitions[what]}
      multiline
      maw={320}
      openDelay={150}
      events={{ hover: true, focus: true, touch: true }}
    >
      <span className={classes.defined} tabIndex={0} data-defined={what}>
        {children}
      </span>
    </Tooltip>
  );
}

import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { definitions, type ShownNumber } from "../../../../shared/rollout-labels.ts";
import classes from "./defined.module.css";

interface DefinedProps {
  readonly what: ShownNumber;
  /** Without a line beneath and without a stop of the Tab key, where many stand in a row. */
  readonly quiet?: boolean;
  readonly children: ReactNode;
}

/** A number or its name, with what it means on hover and on focus. */
export function Defined({ what, quiet = false, children }: DefinedProps) {
  return (
    <Tooltip
      label={definitions[what]}
      multiline
      maw={320}
      openDelay={150}
      events={{ hover: true, focus: true, touch: true }}
    >
      <span {...(!quiet && { className: classes.defined, tabIndex: 0 })} data-defined={what}>
        {children}
      </span>
    </Tooltip>
  );
}

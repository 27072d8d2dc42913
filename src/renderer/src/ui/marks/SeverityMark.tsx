import type { Severity } from "../../../../shared/contract/guardrails.ts";
import classes from "./marks.module.css";

const shapes: Record<Severity, string> = {
  low: "M6 2.5A3.5 3.5 0 1 1 6 9.5A3.5 3.5 0 1 1 6 2.5Z",
  medium: "M6 1.5 11 10.5H1Z",
  high: "M6 0.8 11.2 6 6 11.2 0.8 6Z",
  critical: "M3.8 0.8H8.2L11.2 3.8V8.2L8.2 11.2H3.8L0.8 8.2V3.8Z",
};

/** A severity as shape, colour and word. */
export function SeverityMark({ severity }: { readonly severity: Severity }) {
  return (
    <span className={classes.mark} data-severity={severity}>
      <svg viewBox="0 0 12 12" width={12} height={12} aria-hidden>
        <path d={shapes[severity]} fill="currentColor" />
      </svg>
      {severityWords[severity]}
    </span>
  );
}

export const severityWords: Record<Severity, string> = {
  low: "Low",
  medium: "Medium",
  high: "High",
  critical: "Critical",
};

import { SegmentedControl } from "@mantine/core";
import type { ReviewDecision, Severity } from "../../../../shared/contract/guardrails.ts";
import { SeverityMark, severityWords } from "../../ui/marks/SeverityMark.tsx";
import classes from "./Violations.module.css";
import { useViolationFilter } from "./violation-filter.ts";

const severities: readonly Severity[] = ["critical", "high", "medium", "low"];

/** Counts of open violations by severity; each is also a filter. */
export function ViolationFilters({ counts }: { readonly counts: Partial<Record<Severity, number>> | undefined }) {
  const { severity, decision } = useViolationFilter();
  return (
    <div className={classes.filters} role="group" aria-label="Filters">
      <div className={classes.counts}>
        {severities.map((each) => (
          <button
            key={each}
            type="button"
            className={classes.count}
            aria-pressed={severity === each}
            aria-label={`${counts?.[each] ?? "–"} ${severityWords[each]}, open`}
            onClick={() => useViolationFilter.setState({ severity: severity === each ? null : each })}
          >
            <span className={classes.number}>{counts?.[each] ?? "–"}</span> <SeverityMark severity={each} />
          </button>
        ))}
      </div>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label="Review"
        value={decision ?? "all"}
        onChange={(value) => useViolationFilter.setState({ decision: decisions.find((one) => one === value) ?? null })}
        data={[
          { value: "all", label: "All" },
          { value: "open", label: "Open" },
          { value: "confirmed", label: "Confirmed" },
          { value: "false_alarm", label: "False" },
          { value: "overridden", label: "Overridden" },
        ]}
      />
    </div>
  );
}

const decisions: readonly ReviewDecision[] = ["open", "confirmed", "false_alarm", "overridden"];

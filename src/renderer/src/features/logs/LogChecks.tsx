import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import type { InferenceRecord } from "../../../../shared/contract/logs.ts";
import { whole } from "../../../../shared/format.ts";
import { hrefOf } from "../../shell/route.ts";
import { SeverityMark } from "../../ui/marks/SeverityMark.tsx";
import classes from "./Logs.module.css";

/** What the checks found in a call, with the way to the violations it led to. */
export function LogChecks({ record }: { readonly record: InferenceRecord }) {
  const { findings, found } = record.verdict;
  const violations = useQuery({
    ...queries.guardrails.violations.queryOptions({ input: { limit: 200 } }),
    enabled: findings.length > 0,
  });
  const led = violations.data?.items.filter(({ inferenceId }) => inferenceId === record.id) ?? [];
  if (findings.length === 0) return <p className={classes.faint}>The checks found nothing in this text.</p>;
  return (
    <>
      {found !== undefined && (
        <p className={classes.faint}>
          {whole(found)} found, the first {whole(findings.length)} shown.
        </p>
      )}
      <ul className={classes.findings} aria-label="Findings">
        {findings.map((finding) => (
          <li key={`${finding.ruleId} ${finding.start}`}>
            <SeverityMark severity={finding.severity} />
            <div>
              {finding.message}
              <div className={classes.faint}>
                {finding.category}, {finding.ruleId}, score {finding.score.toFixed(2)}, characters {finding.start} to{" "}
                {finding.end}
              </div>
            </div>
          </li>
        ))}
      </ul>
      {led.map(({ id, message }) => (
        <Anchor key={id} size="sm" underline="always" display="block" href={hrefOf("violations", id)}>
          Open the violation: {message}
        </Anchor>
      ))}
    </>
  );
}

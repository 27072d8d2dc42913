import { Anchor, Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import type { ReviewDecision, Violation } from "../../../../shared/contract/guardrails.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { notify, notifyProblem } from "../../ui/notify/notify.ts";
import { hrefOf } from "../../shell/route.ts";
import { Facts } from "../../ui/text/Facts.tsx";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { KeyHint } from "../../ui/text/KeyHint.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { SeverityMark } from "../../ui/marks/SeverityMark.tsx";
import { TimeText } from "../../ui/text/TimeText.tsx";
import { categoryWords } from "./category-labels.ts";
import { MarkedText } from "./MarkedText.tsx";
import { ReasonDialog } from "./ReasonDialog.tsx";
import { ReviewHistory } from "./ReviewHistory.tsx";
import { previousDecision, type Review } from "./review.ts";
import { decisionWords } from "./ViolationList.tsx";
import classes from "./Violations.module.css";

/** One violation, whole: the marked passage, what was shown instead, where it came from, and the review. */
export function ViolationReader({ violationId }: { readonly violationId: Violation["id"] }) {
  const options = queries.guardrails.violation.queryOptions({ input: { violationId } });
  const violation = useQuery(options);
  const review = useCallback(
    async (input: Review): Promise<void> => {
      const reviewed = await api.guardrails.review({ violationId, ...input });
      queryClient.setQueryData(options.queryKey, reviewed);
      await queryClient.invalidateQueries({ queryKey: queries.guardrails.violations.key() });
    },
    [violationId, options.queryKey],
  );
  if (violation.isError) return <FailedState error={violation.error} onRetry={() => void violation.refetch()} />;
  if (violation.data === undefined) return <LoadingState label="violation" />;
  return <Reader violation={violation.data} review={review} />;
}

interface ReaderProps {
  readonly violation: Violation;
  readonly review: (review: Review) => Promise<void>;
}

function Reader({ violation, review }: ReaderProps) {
  const [asking, setAsking] = useState<"override" | "note" | null>(null);
  const back = previousDecision(violation);
  const undo = useCallback(() => {
    if (back !== null) review(back).catch(notifyProblem);
  }, [back, review]);
  const decide = useCallback(
    (decision: ReviewDecision) => {
      review({ decision })
        .then(() => notify(`Marked as ${decisionWords[decision].toLowerCase()}. U takes it back.`))
        .catch(notifyProblem);
    },
    [review],
  );
  useActions(
    useMemo(
      () => [
        { id: "confirm", group: "Review", label: "Confirm", keys: "C", run: () => decide("confirmed") },
        { id: "false-alarm", group: "Review", label: "False alarm", keys: "F", run: () => decide("false_alarm") },
        {
          id: "override",
          group: "Review",
          label: "Override with a reason",
          keys: "O",
          run: () => setAsking("override"),
        },
        { id: "note", group: "Review", label: "Note", keys: "N", run: () => setAsking("note") },
        { id: "undo-review", group: "Review", label: "Undo", keys: "U", enabled: back !== null, run: undo },
      ],
      [decide, undo, back],
    ),
  );
  return (
    <article className={classes.reader} aria-label="Violation">
      <header className={classes.readerHead}>
        <div className={classes.readerTitle}>
          <h2 className={classes.title}>
            <SeverityMark severity={violation.severity} />
            {categoryWords[violation.category]}
            <span className={classes.decision} data-decision={violation.decision}>
              {decisionWords[violation.decision]}
            </span>
          </h2>
          <p className={classes.message}>{violation.message}</p>
        </div>
        <div className={classes.decisions} role="group" aria-label="Review">
          <Button variant="default" disabled={back === null} onClick={undo} rightSection={<KeyHint keys="U" />}>
            Undo
          </Button>
          <Button variant="default" onClick={() => setAsking("note")} rightSection={<KeyHint keys="N" />}>
            Note
          </Button>
          <Button variant="default" onClick={() => setAsking("override")} rightSection={<KeyHint keys="O" />}>
            Override
          </Button>
          <Button variant="default" onClick={() => decide("false_alarm")} rightSection={<KeyHint keys="F" />}>
            False alarm
          </Button>
          <Button onClick={() => decide("confirmed")} rightSection={<KeyHint keys="C" />}>
            Confirm
          </Button>
        </div>
      </header>
      {/* Focusable, so that a keyboard can scroll it. */}
      <div className={classes.readerBody} tabIndex={0} role="group" aria-label="Details">
        <h3 className={classes.heading}>Original passage, for reviewers only</h3>
        <MarkedText text={violation.original} start={violation.start} end={violation.end} label="Original passage" />
        <h3 className={classes.heading}>
          {violation.shown === null ? "Shown to the reader as it was" : "Shown to the reader instead"}
        </h3>
        {violation.shown !== null && (
          <div className={classes.shown} dir="auto" role="group" aria-label="Shown instead">
            {violation.shown}
          </div>
        )}
        <h3 className={classes.heading}>Prompt</h3>
        <p className={classes.prompt} dir="auto">
          {violation.prompt}
        </p>
        <h3 className={classes.heading}>Where it comes from</h3>
        <Facts
          rows={[
            ["Rule", <code key="rule">{violation.ruleId}</code>],
            ["Score", violation.score.toFixed(2)],
            ["Category", `${violation.category}, ${categoryWords[violation.category]}`],
            ["Model", `${violation.model} @${violation.version}`],
            ["Use case", violation.useCase],
            ["Found", <TimeText key="at" atMs={violation.atMs} />],
            [
              "Call",
              <Anchor key="call" size="sm" underline="always" href={hrefOf("logs", violation.inferenceId)}>
                Open its log row
              </Anchor>,
            ],
          ]}
        />
        <ReviewHistory reviews={violation.reviews} />
      </div>
      {asking !== null && (
        <ReasonDialog violationId={violation.id} kind={asking} onReview={review} onClose={() => setAsking(null)} />
      )}
    </article>
  );
}

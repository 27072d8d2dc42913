import { actorLabel } from "../../../../../shared/actor-label.ts";
import { Button, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Assignment } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { versionName } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { type ArmStretch, armsOverTime, isWithin } from "../answering/arms-over-time.ts";
import models from "../Models.module.css";
import classes from "./Timeline.module.css";
import { TimelineLanes } from "./TimelineLanes.tsx";
import { TimelineTable } from "./TimelineTable.tsx";
import { type Span, spanOf, type SpanName, spanWords } from "./timeline-span.ts";
import { useReturnTo } from "../use-assign.ts";

/** What answered each use case over time: lanes, or the same as a table. */
export function Timeline({ useCases }: { readonly useCases: readonly string[] }) {
  const [spanName, setSpanName] = useState<SpanName>("all");
  const [shown, setShown] = useState<"lanes" | "table">("lanes");
  const [chosenId, setChosenId] = useState<string | null>(null);
  const nowMs = useNow(60_000);
  const timeline = useQuery(queries.registry.timeline.queryOptions({ input: { sinceMs: sinceOf(spanName, nowMs) } }));
  const assignments = timeline.data ?? [];
  const span: Span = spanOf(spanName, assignments, nowMs);
  const arms = armsOverTime(useQuery(queries.coordination.history.queryOptions({ input: { limit: 500 } })).data ?? []);
  const chosen = assignments.find(({ id }) => id === chosenId);
  return (
    <section className={models.section} aria-labelledby="timeline-title">
      <header className={models.head}>
        <div>
          <h2 className={models.title} id="timeline-title">
            What was live when
          </h2>
          <p className={models.sub}>Choose a stretch to see who set it and why, and to go back to it.</p>
        </div>
        <div className={classes.controls}>
          <SegmentedControl
            size="xs"
            aria-label="Time"
            value={spanName}
            onChange={setSpanName}
            data={(Object.keys(spanWords) as SpanName[]) // every key is a name
              .map((value) => ({ value, label: spanWords[value] }))}
          />
          <SegmentedControl
            size="xs"
            aria-label="Show as"
            value={shown}
            onChange={setShown}
            data={[
              { value: "lanes", label: "Lanes" },
              { value: "table", label: "Table" },
            ]}
          />
        </div>
      </header>
      {timeline.isError && <FailedState error={timeline.error} onRetry={() => void timeline.refetch()} />}
      {timeline.isPending && <LoadingState label="timeline" rows={5} />}
      {timeline.isSuccess && assignments.length === 0 && (
        <p className={classes.empty}>
          Nothing was assigned in this time. The first assignment above starts the timeline.
        </p>
      )}
      {assignments.length > 0 && shown === "lanes" && (
        <>
          <TimelineLanes
            useCases={useCases}
            assignments={assignments}
            arms={arms}
            span={span}
            chosen={chosenId}
            onChoose={setChosenId}
          />
          <Chosen assignment={chosen} arms={arms} />
        </>
      )}
      {assignments.length > 0 && shown === "table" && <TimelineTable assignments={assignments} arms={arms} />}
    </section>
  );
}

interface ChosenProps {
  readonly assignment: Assignment | undefined;
  readonly arms: readonly ArmStretch[];
}

/** The chosen stretch in words; its height is kept while none is chosen. */
function Chosen({ assignment, arms }: ChosenProps) {
  const returnTo = useReturnTo();
  if (assignment === undefined) return <div className={classes.chosen} />;
  const { useCase, fromMs, untilMs, by, reason, fallbacks } = assignment;
  return (
    <div className={classes.chosen} role="status">
      <div>
        <strong>{versionName(assignment)}</strong> was assigned to {useCase} from <TimeText atMs={fromMs} />{" "}
        {untilMs === null ? "until now" : "to "}
        {untilMs !== null && <TimeText atMs={untilMs} />}, set by {actorLabel(by)}
        {reason === null ? "." : `: ${reason}`}
        {fallbacks.length > 0 && (
          <span className={models.faint}> Behind it: {fallbacks.map(versionName).join(", ")}.</span>
        )}
        {arms
          .filter((arm) => isWithin(arm, assignment))
          .map((arm) => (
            <span key={arm.key} className={models.faint}>
              {" "}
              {versionName(arm)} got {arm.percent} % from <TimeText atMs={arm.fromMs} />
              {arm.untilMs === null ? " until now" : " to "}
              {arm.untilMs !== null && <TimeText atMs={arm.untilMs} />}.
            </span>
          ))}
      </div>
      {untilMs === null ? (
        <StateMark tone="good">assigned</StateMark>
      ) : (
        <Button variant="default" size="compact-xs" onClick={() => void returnTo(assignment)}>
          Undo to this
        </Button>
      )}
    </div>
  );
}

/** To the minute; everything, for the span that has no length. */
function sinceOf(span: SpanName, nowMs: number): number {
  const minuteMs = 60_000;
  return Math.max(0, Math.floor(spanOf(span, [], nowMs).fromMs / minuteMs) * minuteMs);
}

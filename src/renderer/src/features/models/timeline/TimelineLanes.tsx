import { actorLabel } from "../../../../../shared/actor-label.ts";
import { Tooltip } from "@mantine/core";
import type { KeyboardEvent } from "react";
import type { Assignment } from "../../../../../shared/contract/registry.ts";
import { versionName } from "../../../../../shared/format.ts";
import { shortTime } from "../../../ui/format.ts";
import type { ArmStretch } from "../answering/arms-over-time.ts";
import models from "../Models.module.css";
import classes from "./Timeline.module.css";
import { positionIn, type Span, tickLabel, ticksOf } from "./timeline-span.ts";

/** A stretch of seconds in a span of weeks can still be seen and pressed. */
const narrowestPx = 8;

interface TimelineLanesProps {
  readonly useCases: readonly string[];
  readonly assignments: readonly Assignment[];
  /** What candidates of rollouts answered beside them. */
  readonly arms: readonly ArmStretch[];
  readonly span: Span;
  readonly chosen: string | null;
  readonly onChoose: (assignmentId: string) => void;
}

/** One lane a use case; within a lane the left and right arrows step from stretch to stretch. */
export function TimelineLanes({ useCases, assignments, arms, span, chosen, onChoose }: TimelineLanesProps) {
  const byUseCase = Map.groupBy(assignments, ({ useCase }) => useCase);
  return (
    <div className={classes.lanes}>
      {useCases.map((useCase) => {
        const stretches = byUseCase.get(useCase) ?? [];
        return (
          <div key={useCase} className={classes.lane}>
            <div className={classes.laneName} title={useCase}>
              {useCase}
            </div>
            <ol className={classes.track} aria-label={`Timeline of ${useCase}`} onKeyDown={step}>
              {stretches.map((assignment, index) => (
                <Stretch
                  key={assignment.id}
                  assignment={assignment}
                  span={span}
                  chosen={assignment.id === chosen}
                  reachable={assignment.id === chosen || index === stretches.length - 1}
                  onChoose={() => onChoose(assignment.id)}
                />
              ))}
              {arms
                .filter((arm) => arm.useCase === useCase && (arm.untilMs ?? span.untilMs) > span.fromMs)
                .map((arm) => (
                  <Arm key={arm.key} arm={arm} span={span} />
                ))}
            </ol>
          </div>
        );
      })}
      <div className={classes.axis} aria-hidden>
        {ticksOf(span).map((atMs) => (
          <span key={atMs}>{tickLabel(atMs, span)}</span>
        ))}
      </div>
    </div>
  );
}

interface StretchProps {
  readonly assignment: Assignment;
  readonly span: Span;
  readonly chosen: boolean;
  /** Whether Tab stops here; the arrow keys reach the others. */
  readonly reachable: boolean;
  readonly onChoose: () => void;
}

function Stretch({ assignment, span, chosen, reachable, onChoose }: StretchProps) {
  const { left, width } = positionIn(span, assignment);
  const name = versionName(assignment);
  const until = assignment.untilMs === null ? "now" : shortTime(assignment.untilMs);
  const label = `${name}, ${shortTime(assignment.fromMs)} to ${until}, by ${actorLabel(assignment.by)}${
    assignment.reason === null ? "" : `: ${assignment.reason}`
  }`;
  return (
    <li
      className={classes.stretch}
      style={{ left: `min(${left}%, 100% - ${narrowestPx}px)`, width: `max(${width}%, ${narrowestPx}px)` }}
    >
      <Tooltip label={label} multiline maw={360} events={{ hover: true, focus: true, touch: true }} openDelay={150}>
        <button
          type="button"
          className={classes.bar}
          aria-label={label}
          aria-pressed={chosen}
          tabIndex={reachable ? 0 : -1}
          data-live={assignment.untilMs === null || undefined}
          onClick={onChoose}
        >
          {name}
        </button>
      </Tooltip>
    </li>
  );
}

/** As high as its part of the calls, over the assigned version that got the rest. */
function Arm({ arm, span }: { readonly arm: ArmStretch; readonly span: Span }) {
  const { left, width } = positionIn(span, arm);
  const until = arm.untilMs === null ? "now" : shortTime(arm.untilMs);
  const label = `${versionName(arm)} got ${arm.percent} % of the calls, ${shortTime(arm.fromMs)} to ${until}`;
  return (
    <li
      className={classes.arm}
      style={{
        left: `min(${left}%, 100% - 2px)`,
        width: `max(${width}%, 2px)`,
        height: `${2 + (arm.percent / 100) * 6}px`,
      }}
      title={label}
    >
      <span className={models.hidden}>{label}</span>
    </li>
  );
}

function step(event: KeyboardEvent<HTMLElement>): void {
  const by = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" } as const;
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const item = event.target instanceof Element ? event.target.closest("li") : null;
  const next = item?.[by[event.key]]?.querySelector("button");
  if (next === null || next === undefined) return;
  event.preventDefault();
  next.focus();
  next.click();
}

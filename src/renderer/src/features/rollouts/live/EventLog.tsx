import { eventTitles } from "../../../../../shared/rollout-labels.ts";
import type { RolloutEvent } from "../../../../../shared/contract/rollout-status.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { WithCode } from "../../../ui/text/WithCode.tsx";
import { Defined } from "../../../ui/text/Defined.tsx";
import parts from "../Parts.module.css";
import classes from "./EventLog.module.css";
import { actorLabel } from "../../../../../shared/actor-label.ts";
import type { useRollout } from "./use-rollout.ts";

/** What happened, newest first, in plain words: when, what, why, by whom. */
export function EventLog({ events }: { readonly events: ReturnType<typeof useRollout>["events"] }) {
  return (
    <section className={parts.part} aria-labelledby="events-title">
      <h3 className={parts.partTitle} id="events-title">
        What happened
      </h3>
      {events.isPending && <LoadingState label="events" rows={4} />}
      {events.isError && events.data === undefined && (
        <FailedState error={events.error} onRetry={() => void events.refetch()} />
      )}
      <div className={classes.eventsHead}>
        <span>When</span>
        <span>What</span>
        <span>By</span>
        <Defined what="candidatePercent">Canary</Defined>
      </div>
      <ol className={classes.events} aria-label="Events" reversed>
        {events.data?.toReversed().map((event) => (
          <Event key={event.sequence} event={event} />
        ))}
      </ol>
    </section>
  );
}

const grave: readonly RolloutEvent["type"][] = ["limit", "evidence", "objective", "aborting", "degraded"];

function Event({ event: { atMs, type, message, by, candidatePercent } }: { readonly event: RolloutEvent }) {
  return (
    <li className={classes.event} data-grave={grave.includes(type)}>
      <span className={classes.eventTime}>
        <TimeText atMs={atMs} />
      </span>
      <span className={classes.eventText}>
        <strong>{eventTitles[type]}</strong> <WithCode text={message} />
      </span>
      <span className={classes.eventBy}>{actorLabel(by)}</span>
      <span className={classes.eventPercent}>{candidatePercent} %</span>
    </li>
  );
}

import { actorLabel } from "../../../../../shared/actor-label.ts";
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Assignment, UseCase } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { Inspector } from "../../../shell/Inspector.tsx";
import { notify } from "../../../ui/notify/notify.ts";
import { go } from "../../../shell/route.ts";
import { useInspectorOpen } from "../../../shell/shell-store.ts";
import { ConfirmDialog } from "../../../ui/dialogs/ConfirmDialog.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { versionName } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import type { Share } from "../answering/shares.ts";
import { useShares } from "../answering/use-shares.ts";
import { ShareMark } from "../answering/ShareMark.tsx";
import { DefaultsEditor } from "./DefaultsEditor.tsx";
import { FallbackEditor } from "./FallbackEditor.tsx";
import classes from "./Inspect.module.css";
import { useReturnTo } from "../use-assign.ts";

/** One use case: its fallback chain, its defaults, and what was live when with the way back to any of it. */
export function UseCaseInspector({ useCase }: { readonly useCase: UseCase }) {
  const open = useInspectorOpen();
  const { name, description, assignment } = useCase;
  const shares = useShares()(useCase);
  const history = useQuery({ ...queries.registry.history.queryOptions({ input: { useCase: name } }), enabled: open });
  if (!open) return null;
  return (
    <Inspector title={name}>
      {description !== "" && <p className={classes.description}>{description}</p>}
      {assignment === null ? (
        <p className={classes.faint}>Nothing answers it yet. Choose a version in the matrix first.</p>
      ) : (
        <>
          <FallbackEditor key={`chain ${assignment.id}`} assignment={assignment} />
          <DefaultsEditor key={`defaults ${assignment.id}`} assignment={assignment} />
        </>
      )}
      <section className={classes.part} aria-labelledby="history-title">
        <h3 className={classes.partTitle} id="history-title">
          What was live when
        </h3>
        {history.isError && <FailedState error={history.error} onRetry={() => void history.refetch()} />}
        {history.isPending && <LoadingState label="history" rows={3} />}
        {history.data?.length === 0 && (
          <>
            <p className={classes.faint}>Nothing has answered {name} yet.</p>
            <RemoveUseCase name={name} />
          </>
        )}
        <ol className={classes.history} aria-label={`What answered ${name}`}>
          {history.data?.map((row, index) => (
            <HistoryRow key={row.id} assignment={row} live={index === 0 && row.untilMs === null} shares={shares} />
          ))}
        </ol>
      </section>
    </Inspector>
  );
}

interface HistoryRowProps {
  readonly assignment: Assignment;
  readonly live: boolean;
  /** Of the use case now. */
  readonly shares: readonly Share[];
}

function HistoryRow({ assignment, live, shares }: HistoryRowProps) {
  const returnTo = useReturnTo();
  const name = versionName(assignment);
  const { fallbacks, defaults } = assignment;
  return (
    <li className={classes.event}>
      <div className={classes.eventHead}>
        <strong>{name}</strong>
        {live ? (
          <span>
            {shares.map((share) => (
              <ShareMark key={share.versionId} share={share} named={share.arm === "candidate"} />
            ))}
          </span>
        ) : (
          <Button
            variant="subtle"
            size="compact-xs"
            aria-label={`Go back to ${name}`}
            onClick={() => void returnTo(assignment)}
          >
            Go back
          </Button>
        )}
      </div>
      <div className={classes.faint}>
        <TimeText atMs={assignment.fromMs} />
        {assignment.untilMs === null ? " until now" : " to "}
        {assignment.untilMs !== null && <TimeText atMs={assignment.untilMs} />}, by {actorLabel(assignment.by)}
      </div>
      {fallbacks.length > 0 && <div className={classes.faint}>then {fallbacks.map(versionName).join(", ")}</div>}
      {Object.keys(defaults).length > 0 && (
        <div className={classes.faint}>defaults: {Object.keys(defaults).join(", ")}</div>
      )}
      {assignment.reason !== null && <div>{assignment.reason}</div>}
    </li>
  );
}

function RemoveUseCase({ name }: { readonly name: string }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button variant="default" size="compact-xs" onClick={() => setAsking(true)}>
        Remove use case
      </Button>
      {asking && (
        <ConfirmDialog
          title={`Remove ${name}?`}
          confirmLabel="Remove use case"
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await api.registry.removeUseCase({ useCase: name });
            go("models", ["assignments"], "replace");
            await invalidate(queries.registry.key());
            notify(`${name} is removed.`);
          }}
        >
          Its name and description go. Nothing was ever assigned to it, so no history is lost.
        </ConfirmDialog>
      )}
    </>
  );
}

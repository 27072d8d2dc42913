import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import { TimeText } from "../../ui/text/TimeText.tsx";
import { hrefOf, lastLocation } from "../route.ts";
import { allFeatures } from "../registry.ts";
import classes from "./Shell.module.css";
import { StatusLink } from "./StatusLink.tsx";
import { useShell } from "../shell-store.ts";

/** What answers story_generation and how it does, and when the text was saved; each links to its screen. */
export function StatusBar() {
  const status = useQuery(queries.inference.status.queryOptions({ input: { useCase: "story_generation" } })).data;
  return (
    <footer className={classes.status} aria-label="Status">
      {status !== undefined && (
        <>
          <StatusLink href={hrefOf("models")} label={`Model: ${answering(status.assigned)}`}>
            {answering(status.assigned)}
          </StatusLink>
          {status.assigned !== null && (
            <StatusLink href={hrefOf("models", "servers")} title={status.trouble ?? undefined}>
              {loadedMark(status.loaded, status.trouble, status.running > 0)}
            </StatusLink>
          )}
          <StatusLink href={hrefOf("logs")}>
            {status.tokensPerSecond === null
              ? status.running > 0
                ? "no call has ended yet"
                : "no calls yet"
              : `${status.tokensPerSecond.toFixed(0)} tok/s`}
          </StatusLink>
          <StatusLink href={hrefOf("models", "servers")}>
            {status.running === 0 ? "idle" : `${status.running} running`}, queue {status.queued}
          </StatusLink>
          {status.registryStale && (
            <StatusLink
              href={hrefOf("models")}
              title="The registry cannot be read now. Calls use the last known good assignment."
            >
              <StateMark tone="warn">Registry cannot be read: using the last known assignment</StateMark>
            </StatusLink>
          )}
        </>
      )}
      {allFeatures().map(({ StatusItem }, index) => StatusItem !== undefined && <StatusItem key={index} />)}
      <span className={classes.spacer} />
      <SavedMark />
    </footer>
  );
}

function SavedMark() {
  const save = useShell(({ save }) => save);
  if (save.kind === "none") return null;
  return (
    <StatusLink href={lastLocation("stories")}>
      {save.kind === "saving" && "Saving"}
      {save.kind === "saved" && (
        <span>
          Saved <TimeText atMs={save.atMs} />
        </span>
      )}
      {save.kind === "failed" && <StateMark tone="bad">{`Not saved: ${save.message}`}</StateMark>}
    </StatusLink>
  );
}

function answering(assigned: { readonly model: string; readonly version: string } | null): string {
  return assigned === null
    ? "story_generation → no model yet"
    : `story_generation → ${assigned.model} @${assigned.version}`;
}

function loadedMark(loaded: boolean | null, trouble: string | null, isRunning: boolean) {
  if (trouble !== null) return <StateMark tone="bad">cannot answer now</StateMark>;
  if (loaded === null) return <StateMark tone="quiet">load state unknown</StateMark>;
  return loaded ? (
    <StateMark tone="good">loaded</StateMark>
  ) : (
    <StateMark tone="quiet">{isRunning ? "not loaded yet" : "not loaded"}</StateMark>
  );
}

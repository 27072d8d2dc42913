import { useQuery } from "@tanstack/react-query";
import { versionName } from "../../../../shared/format.ts";
import { type api, queries } from "../../api/connection.ts";
import { RegistryItem } from "./RegistryItem.tsx";
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
            <StatusLink href={hrefOf("models", "servers")} title={whyOf(status)}>
              {loadedMark(status)}
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
        </>
      )}
      {allFeatures().map(({ StatusItem }, index) => StatusItem !== undefined && <StatusItem key={index} />)}
      <RegistryItem />
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

type Status = Awaited<ReturnType<typeof api.inference.status>>;

function loadedMark({ loaded, trouble, fallback, running }: Status) {
  if (fallback !== null) return <StateMark tone="warn">answered by its fallback</StateMark>;
  if (trouble !== null) return <StateMark tone="bad">cannot answer now</StateMark>;
  if (loaded === null) return <StateMark tone="quiet">load state unknown</StateMark>;
  return loaded ? (
    <StateMark tone="good">loaded</StateMark>
  ) : (
    <StateMark tone="quiet">{running > 0 ? "not loaded yet" : "not loaded"}</StateMark>
  );
}

function whyOf({ trouble, fallback }: Status): string | undefined {
  return fallback === null ? (trouble ?? undefined) : `${versionName(fallback)} answers. ${fallback.because}`;
}

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { queries } from "../../../api/connection.ts";
import type { StarterStatus } from "../../../../../shared/contract/inference.ts";
import { bytes, remaining } from "../../../../../shared/format.ts";
import { ProgressLine } from "../../../ui/marks/ProgressLine.tsx";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import classes from "../Cards.module.css";
import { cancelStarter, installStarter, useStarter } from "./starter.ts";
import { useAssign } from "../use-assign.ts";

interface StarterCardProps {
  readonly primary?: boolean;
  /** Further facts about the engine. */
  readonly children?: ReactNode;
}

/** The built-in engine and its starter model: one click to install, progress, Cancel, one click to use. */
export function StarterCard({ primary = false, children }: StarterCardProps) {
  const stored = useQuery(queries.inference.starter.queryOptions()).data;
  const { progress, problem } = useStarter();
  const versions = useQuery(queries.registry.versions.queryOptions({ input: { provider: "embedded", limit: 200 } }))
    .data?.items;
  const assign = useAssign();
  const status = progress ?? stored;
  const running = progress !== null;
  const starter = versions?.find(
    ({ provider, configuration }) => provider === "embedded" && configuration.file === "starter",
  );
  const used = starter?.assignedTo.includes("story_generation") === true;
  return (
    <section className={classes.card} aria-label="Built-in engine">
      <header className={classes.head}>
        <h3 className={classes.title}>Built-in engine</h3>
        {status !== undefined && !running && mark(status)}
        {running && <StateMark tone="busy">{progress.state === "verifying" ? "verifying" : "downloading"}</StateMark>}
      </header>
      <p className={classes.text}>
        SmolLM2-135M-Instruct is a demo model that runs inside Taleward: it shows how things work, and is too small to
        write a story that can be used. It knows English alone. 98 MB, Apache-2.0, nothing else to install.
      </p>
      {running && <DownloadProgress status={progress} />}
      {problem !== null && (
        <p className={classes.problem} role="alert">
          {problem.message} {problem.remedy}
        </p>
      )}
      <div className={classes.foot}>
        {running && (
          <Button variant="default" onClick={cancelStarter}>
            Cancel
          </Button>
        )}
        {!running && status !== undefined && status.state !== "installed" && (
          <Button variant={primary ? "filled" : "default"} onClick={() => void installStarter()}>
            {status.bytesDone > 0 ? "Go on installing" : "Install and use"}
          </Button>
        )}
        {!running && status?.state === "installed" && starter !== undefined && !used && (
          <Button variant="default" onClick={() => void assign("story_generation", starter)}>
            Use for story_generation
          </Button>
        )}
        {!running && status?.state === "installed" && starter === undefined && (
          <Button variant="default" onClick={() => void installStarter()}>
            Register and use
          </Button>
        )}
        {!running && used && <StateMark tone="good">answers story_generation</StateMark>}
      </div>
      {children}
    </section>
  );
}

function DownloadProgress({ status }: { readonly status: StarterStatus }) {
  const { bytesDone, bytesTotal, bytesPerSecond } = status;
  const left =
    bytesPerSecond === null || bytesPerSecond === 0 ? null : ((bytesTotal - bytesDone) / bytesPerSecond) * 1_000;
  return (
    <ProgressLine
      label="Installing the starter model"
      percent={bytesTotal === 0 ? 0 : (bytesDone / bytesTotal) * 100}
      facts={[
        bytesTotal === 0 ? "Finding the file" : `${bytes(bytesDone)} of ${bytes(bytesTotal)}`,
        bytesPerSecond === null ? null : `${bytes(bytesPerSecond)}/s`,
      ]}
      aside={left === null ? null : `${remaining(left)} left`}
    />
  );
}

function mark(status: StarterStatus) {
  switch (status.state) {
    case "installed":
      return <StateMark tone="good">installed</StateMark>;
    case "absent":
      return <StateMark tone="quiet">{status.bytesDone > 0 ? "partly fetched" : "not installed"}</StateMark>;
    case "downloading":
    case "verifying":
      return <StateMark tone="busy">{status.state}</StateMark>;
  }
}

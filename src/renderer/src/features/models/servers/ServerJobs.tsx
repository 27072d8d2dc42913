import { Button } from "@mantine/core";
import { useState } from "react";
import type { ServerJob } from "../../../../../shared/contract/servers.ts";
import { api } from "../../../api/connection.ts";
import { notifyProblem } from "../../../ui/notify/notify.ts";
import { bytes, remaining } from "../../../../../shared/format.ts";
import { ProgressLine } from "../../../ui/marks/ProgressLine.tsx";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { jobsOf, useServerJobs } from "./server-jobs.ts";
import classes from "./Servers.module.css";

/** A server's pulls, creations and loads that are in progress, or ended in a way that leaves something to do. */
export function ServerJobs({ endpoint }: { readonly endpoint: string }) {
  const jobs = useServerJobs();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const shown = jobsOf(jobs, endpoint).filter(({ id }) => !closed.has(id));
  if (shown.length === 0) return null;
  return (
    <ul className={classes.jobs} aria-label={`Work at ${endpoint}`}>
      {shown.map((job) => (
        <JobRow key={job.id} job={job} onClose={() => setClosed(new Set(closed).add(job.id))} />
      ))}
    </ul>
  );
}

const kindWords: Record<ServerJob["kind"], { readonly doing: string; readonly verb: string }> = {
  pull: { doing: "Pulling", verb: "Pull" },
  create: { doing: "Creating", verb: "Creation" },
  load: { doing: "Loading", verb: "Load" },
};

function JobRow({ job, onClose }: { readonly job: ServerJob; readonly onClose: () => void }) {
  const { kind, model, state, error, endpoint } = job;
  const { doing, verb } = kindWords[kind];
  const running = state === "running";
  const begun = job.bytesDone !== null && job.bytesDone > 0;
  const again = kind === "pull" ? (begun ? "Resume" : "Pull again") : kind === "load" ? "Load again" : null;
  const resume = (): Promise<unknown> =>
    endpoint === "embedded"
      ? api.servers.fetchFile({ file: model })
      : kind === "pull"
        ? api.servers.pull({ endpoint, model })
        : api.servers.load({ endpoint, model });
  return (
    <li className={classes.job} aria-label={`${verb} of ${model}`} aria-busy={running}>
      <div className={classes.jobText}>
        <span className={classes.jobName}>
          {running ? `${doing} ${model}` : `${verb} of ${model}`}{" "}
          {state === "failed" && <StateMark tone="bad">failed</StateMark>}
          {state === "cancelled" && <StateMark tone="quiet">cancelled</StateMark>}
        </span>
        {running && <JobProgress job={job} label={`${doing} ${model}`} />}
        {!running && error !== null && (
          <span className={classes.problem} role="alert">
            {error.message} {error.remedy}
          </span>
        )}
        {!running && error === null && kind === "pull" && (
          <span className={classes.faint}>
            {job.bytesDone === null ? "What was fetched is kept." : `${bytes(job.bytesDone)} are kept.`} Resume goes on
            from there.
          </span>
        )}
      </div>
      {running ? (
        <Button
          variant="default"
          size="compact-xs"
          aria-label={`Cancel: ${model}`}
          onClick={() => void api.servers.cancel({ jobId: job.id }).catch(notifyProblem)}
        >
          Cancel
        </Button>
      ) : (
        <>
          {again !== null && (
            <Button
              variant="default"
              size="compact-xs"
              aria-label={`${again}: ${model}`}
              onClick={() => void resume().catch(notifyProblem)}
            >
              {again}
            </Button>
          )}
          <Button variant="subtle" color="gray" size="compact-xs" aria-label={`Close: ${model}`} onClick={onClose}>
            Close
          </Button>
        </>
      )}
    </li>
  );
}

function JobProgress({ job, label }: { readonly job: ServerJob; readonly label: string }) {
  const { bytesDone, bytesTotal, bytesPerSecond, secondsLeft, status } = job;
  const known = bytesDone !== null && bytesTotal !== null && bytesTotal > 0;
  return (
    <ProgressLine
      label={label}
      percent={known ? (bytesDone / bytesTotal) * 100 : null}
      facts={[
        known ? `${bytes(bytesDone)} of ${bytes(bytesTotal)}` : null,
        bytesPerSecond === null ? null : `${bytes(Math.round(bytesPerSecond))}/s`,
        status,
      ]}
      aside={secondsLeft === null ? null : `${remaining(secondsLeft * 1_000)} left`}
    />
  );
}

import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { ServerJob } from "../../../../../shared/contract/servers.ts";
import { invalidate } from "../../../api/changes.ts";
import { queries } from "../../../api/connection.ts";
import { notify } from "../../../ui/notify/notify.ts";
import { shortAddress } from "../../../../../shared/format.ts";

const againAfterMs = 1_000;
const none: readonly ServerJob[] = [];

/** Pulls, creations and loads since the backend started, newest first, as they move; they go on without this page. */
export function useServerJobs(): readonly ServerJob[] {
  const live = useQuery({
    ...queries.servers.jobs.experimental_liveOptions(),
    // The stream breaks with the connection; it is taken up again with it.
    retry: true,
    retryDelay: againAfterMs,
  });
  return live.data?.jobs ?? none;
}

/**
 * Notifies once when a job has succeeded since this page began, also one that was over before it could be shown, and
 * refetches what the servers have. Mounted once, by the frame.
 */
export function useJobEndings(jobs: readonly ServerJob[]): void {
  const known = useRef<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (jobs === none) return;
    const over = jobs.filter(({ state }) => state !== "running");
    const before = known.current;
    if (before !== null) for (const job of over) if (!before.has(job.id)) ended(job);
    known.current = new Set(over.map(({ id }) => id));
  }, [jobs]);
}

/** Every job of a server that still matters: in progress, or the newest of its model and not done. */
export function jobsOf(jobs: readonly ServerJob[], endpoint: string): readonly ServerJob[] {
  const seen = new Set<string>();
  return jobs.filter((job) => {
    if (job.endpoint !== endpoint) return false;
    const key = `${job.kind} ${job.model}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return job.state !== "done";
  });
}

function ended(job: ServerJob): void {
  void invalidate(queries.registry.endpoints.key()); // shown where it fails
  void invalidate(queries.servers.running.key());
  if (job.endpoint === "embedded") {
    void invalidate(queries.servers.catalogue.key());
    void invalidate(queries.servers.files.key());
    if (job.state === "done") notify(`${job.model} is in the models folder.`);
  } else if (job.state === "done") notify(`${job.model} ${doneWords[job.kind]} ${shortAddress(job.endpoint)}.`);
}

const doneWords: Record<ServerJob["kind"], string> = {
  pull: "was pulled to",
  create: "was created at",
  load: "is in memory at",
};

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import { queryClient } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { useConnection } from "../../../api/connection-state.ts";

/** Often enough to be watched, seldom enough to be read. */
const glanceMs = 2_000;
const againMs = 1_000;
/** So many of the latest answers of each arm are shown, and so many pairs. */
export const samplesAnArm = 4;

/** One rollout as it stands, followed as long as the caller is on screen. */
export function useRollout(rolloutId: Rollout["id"]) {
  const input = { rolloutId };
  const connection = useConnection(({ state }) => state);
  const view = useQuery({
    ...queries.rollouts.get.queryOptions({ input }),
    // What it waits for names a duration, also while nothing else changes.
    refetchInterval: ({ state: { data } }) => (data?.rollout.finishedAtMs === null ? glanceMs : false),
  });
  const followed = view.data !== undefined && view.data.rollout.finishedAtMs === null;
  useEffect(() => {
    if (!followed || connection !== "open") return undefined;
    const stop = new AbortController();
    void follow(rolloutId, stop.signal);
    return () => stop.abort();
  }, [rolloutId, followed, connection]);
  const glance = { refetchInterval: followed ? glanceMs : (false as const) };
  const events = useQuery(queries.rollouts.events.queryOptions({ input }));
  const evidence = useQuery({ ...queries.rollouts.evidence.queryOptions({ input }), ...glance });
  const samples = useQuery({
    ...queries.rollouts.samples.queryOptions({ input: { rolloutId, limit: samplesAnArm } }),
    // What was in flight when it ended ends, too.
    refetchInterval: ({ state: { data } }) =>
      followed || data?.some(({ outcome }) => outcome === "running") ? glanceMs : false,
  });
  return { view, events, evidence, samples };
}

/** Until it is over or the signal aborts; what broke off is taken up again. */
async function follow(rolloutId: Rollout["id"], signal: AbortSignal): Promise<void> {
  const queryKey = queries.rollouts.get.queryKey({ input: { rolloutId } });
  while (!signal.aborted) {
    try {
      for await (const view of await api.rollouts.watch({ rolloutId }, { signal })) {
        if (signal.aborted) return;
        queryClient.setQueryData(queryKey, view);
        if (view.rollout.finishedAtMs !== null) return;
      }
    } catch {
      // The query and the connection's own state show what is wrong.
    }
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}

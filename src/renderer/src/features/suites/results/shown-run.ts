import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { TestRun } from "../../../../../shared/contract/suites.ts";
import { queries } from "../../../api/connection.ts";

/** The run on screen: the one named, else the one going on, else the latest. */
export function useShownRun(
  named: string | undefined,
  runs: readonly { readonly id: string }[],
  live: TestRun | null,
  going: boolean,
): TestRun | undefined {
  // A link may name a run that is gone.
  const known = runs.some((run) => run.id === named) || live?.id === named;
  const id = (known ? named : undefined) ?? (going && live !== null ? live.id : runs[0]?.id);
  const isLive = going && live?.id === id;
  const stored = useRun(isLive ? undefined : id).data;
  if (live !== null && live.id === id && (isLive || stored?.id !== id)) return live;
  return stored;
}

/** A run as it is stored; one that somebody else started is asked for again until it ends. */
export function useRun(id: string | undefined) {
  return useQuery({
    // An id from the address may be any string; the backend judges it.
    ...queries.suites.testRun.queryOptions({ input: { testRunId: id as never } }),
    enabled: id !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.state === "running" ? 1_000 : false),
  });
}

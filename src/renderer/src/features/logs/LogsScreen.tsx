import { IconListDetails } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { queries } from "../../api/connection.ts";
import type { InferenceSummary } from "../../../../shared/contract/logs.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { Boundary } from "../../ui/states/Boundary.tsx";
import { useReady } from "../../shell/ready.ts";
import { go } from "../../shell/route.ts";
import { EmptyState } from "../../ui/states/EmptyState.tsx";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { LogDetail } from "./LogDetail.tsx";
import { LogFilters } from "./LogFilters.tsx";
import { LogTable } from "./LogTable.tsx";
import classes from "./Logs.module.css";
import { useLogFilter } from "../../shell/log-filter.ts";

const CallsChart = lazy(() => import("./CallsChart.tsx"));

const pageSize = 100;

/** Every call, newest first, with a detail beside it. */
export function LogsScreen({ ids }: { readonly ids: readonly string[] }) {
  const filter = useLogFilter();
  const pages = useInfiniteQuery(
    queries.logs.list.infiniteOptions({
      input: (cursor: string | undefined) => ({
        limit: pageSize,
        ...(filter.useCase !== null && { useCase: filter.useCase }),
        ...(filter.model !== null && { model: filter.model }),
        ...(filter.outcome !== null && { outcome: filter.outcome }),
        ...(filter.byFallback && { byFallback: true as const }),
        ...(cursor !== undefined && { cursor }),
      }),
      initialPageParam: undefined as string | undefined, // the first page has no cursor
      getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
      // Rows fetched earlier would move under the pointer once the newer ones come.
      gcTime: 0,
    }),
  );
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.items) ?? [], [pages.data]);
  const chosen = ids[0];
  const filtered = filter.useCase !== null || filter.model !== null || filter.outcome !== null || filter.byFallback;
  useReady(pages.isFetched);
  useSteps(rows, chosen);
  return (
    <div className={classes.logs}>
      <div className={classes.main}>
        <LogFilters />
        {pages.isPending && <LoadingState label="logs" rows={12} />}
        {pages.isError && rows.length === 0 && <FailedState error={pages.error} onRetry={() => void pages.refetch()} />}
        {pages.isSuccess && rows.length === 0 && (
          <EmptyState
            icon={<IconListDetails size={22} stroke={1.5} />}
            title={filtered ? "No call matches these filters" : "No call was made yet"}
          >
            {filtered
              ? "Clear a filter above to see more."
              : "Every generated passage leaves a row here, however it ends: what was sent, what came back, how long it took. Write a prompt under Stories to see the first."}
          </EmptyState>
        )}
        {rows.length > 1 && (
          // Its space is kept while the chart's code loads.
          <div className={classes.chartPlace}>
            <Boundary fallback={null}>
              <Suspense>
                <CallsChart rows={rows} />
              </Suspense>
            </Boundary>
          </div>
        )}
        {rows.length > 0 && (
          <LogTable
            rows={rows}
            chosen={chosen}
            onEnd={() => {
              if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
            }}
          />
        )}
      </div>
      {/* An id from the address may be any string; the backend judges it. */}
      {chosen !== undefined && <LogDetail key={chosen} inferenceId={chosen as InferenceSummary["id"]} />}
    </div>
  );
}

/** The arrow keys step through the rows, Escape closes the detail. */
function useSteps(rows: readonly InferenceSummary[], chosen: string | undefined): void {
  useActions(
    useMemo(() => {
      const step = (by: number): void => {
        const at = rows.findIndex(({ id }) => id === chosen);
        const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
        if (next !== undefined) go("logs", [next.id], chosen === undefined ? "push" : "replace");
      };
      return [
        { id: "next", group: "Logs", label: "Next row", keys: "ArrowDown", repeats: true, run: () => step(1) },
        { id: "previous", group: "Logs", label: "Previous row", keys: "ArrowUp", repeats: true, run: () => step(-1) },
        {
          id: "close",
          group: "Logs",
          label: "Close the detail",
          keys: "Escape",
          enabled: chosen !== undefined,
          run: () => go("logs"),
        },
      ];
    }, [rows, chosen]),
  );
}

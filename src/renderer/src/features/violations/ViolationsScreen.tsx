import { IconShieldCheck } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { queries } from "../../api/connection.ts";
import type { ViolationSummary } from "../../../../shared/contract/guardrails.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { SidePane } from "../../shell/SidePane.tsx";
import { useReady } from "../../shell/ready.ts";
import { go } from "../../shell/route.ts";
import { EmptyState } from "../../ui/states/EmptyState.tsx";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { groupEqual, type ViolationGroup } from "./equal-violations.ts";
import { ViolationFilters } from "./ViolationFilters.tsx";
import { ViolationList } from "./ViolationList.tsx";
import { ViolationReader } from "./ViolationReader.tsx";
import classes from "./Violations.module.css";
import { useViolationFilter } from "./violation-filter.ts";

const pageSize = 100;

/** What the checks found: a list with counts that filter it, and a reader beside it. */
export function ViolationsScreen({ ids }: { readonly ids: readonly string[] }) {
  const filter = useViolationFilter();
  const pages = useInfiniteQuery(
    queries.guardrails.violations.infiniteOptions({
      input: (cursor: string | undefined) => ({
        limit: pageSize,
        ...(filter.severity !== null && { severity: filter.severity }),
        ...(filter.decision !== null && { decision: filter.decision }),
        ...(cursor !== undefined && { cursor }),
      }),
      initialPageParam: undefined as string | undefined, // the first page has no cursor
      getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
      // Rows fetched earlier would move under the pointer once the newer ones come.
      gcTime: 0,
    }),
  );
  const items = useMemo(() => pages.data?.pages.flatMap((page) => page.items) ?? [], [pages.data]);
  const groups = useMemo(() => groupEqual(items), [items]);
  const counts = pages.data?.pages[0]?.openCounts;
  const chosen = ids[0] ?? items[0]?.id;
  const filtered = filter.severity !== null || filter.decision !== null;
  useReady(pages.isFetched);
  useSteps(groups, chosen);

  // Decided once per address, so that a later review does not move the reader to another violation.
  useEffect(() => {
    const [first] = items;
    if (ids[0] === undefined && first !== undefined) go("violations", [first.id], "replace");
  }, [ids, items]);

  if (pages.isError && pages.data === undefined) {
    return <FailedState error={pages.error} onRetry={() => void pages.refetch()} />;
  }
  return (
    <div className={classes.violations}>
      <SidePane label="All violations">
        <div className={classes.side}>
          <ViolationFilters counts={counts} />
          {pages.isPending && <LoadingState label="violations" rows={8} />}
          <ViolationList
            groups={groups}
            chosen={chosen}
            onEnd={() => {
              if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
            }}
          />
        </div>
      </SidePane>
      {chosen === undefined ? (
        <div className={classes.reader}>{pages.isSuccess && <Nothing filtered={filtered} />}</div>
      ) : (
        // An id from the address may be any string; the backend judges it.
        <ViolationReader key={chosen} violationId={chosen as ViolationSummary["id"]} />
      )}
    </div>
  );
}

function Nothing({ filtered }: { readonly filtered: boolean }) {
  return (
    <EmptyState
      icon={<IconShieldCheck size={22} stroke={1.5} />}
      title={filtered ? "None of this kind" : "Nothing was held or flagged"}
    >
      {filtered
        ? "Choose another filter to see the others."
        : "Every generated passage is checked before it is shown. What the checks find is listed here for review."}
    </EmptyState>
  );
}

/** J and K step through the list, from one group of equal findings to the next. */
function useSteps(groups: readonly ViolationGroup[], chosen: string | undefined): void {
  useActions(
    useMemo(() => {
      const step = (by: number): void => {
        const at = groups.findIndex(({ all }) => all.some(({ id }) => id === chosen));
        const next = groups[Math.min(groups.length - 1, Math.max(0, at + by))];
        if (next !== undefined) go("violations", [next.newest.id]);
      };
      return [
        { id: "next", group: "Violations", label: "Next", keys: "J", repeats: true, run: () => step(1) },
        { id: "previous", group: "Violations", label: "Previous", keys: "K", repeats: true, run: () => step(-1) },
      ];
    }, [groups, chosen]),
  );
}

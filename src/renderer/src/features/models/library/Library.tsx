import { Button } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCpu } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type RefObject, useCallback, useMemo, useRef, useState } from "react";
import { queries } from "../../../api/connection.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { useReady } from "../../../shell/ready.ts";
import { EmptyState } from "../../../ui/states/EmptyState.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { counted } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { checkDrift } from "../drift/check-drift.ts";
import { clearChosen, useChosenVersions } from "./chosen-versions.ts";
import classes from "./Library.module.css";
import { LibraryFilters } from "./LibraryFilters.tsx";
import { LibraryTable } from "./LibraryTable.tsx";
import { toVersionFilter, useLibraryFilter } from "./library-filter.ts";
import { hrefOfComparison } from "../models-location.ts";
import { RegistryFile } from "./RegistryFile.tsx";

const pageSize = 200;

/** Every registered version, newest first, found by the backend and drawn as far as it is in view. */
export function Library({ onRegister }: { readonly onRegister: () => void }) {
  const filter = useLibraryFilter();
  const [asked] = useDebouncedValue(filter, 120);
  const input = toVersionFilter(asked);
  const filtered = Object.keys(input).length > 0;
  const pages = useInfiniteQuery(
    queries.registry.versions.infiniteOptions({
      input: (cursor: string | undefined) => ({ ...input, limit: pageSize, ...(cursor !== undefined && { cursor }) }),
      initialPageParam: undefined as string | undefined, // the first page has no cursor
      getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
      placeholderData: keepPreviousData,
      gcTime: 0,
    }),
  );
  const versions = useMemo(() => pages.data?.pages.flatMap(({ items }) => items) ?? [], [pages.data]);
  const total = pages.data?.pages[0]?.total ?? 0;
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = pages;
  const onMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage(); // its failure is shown
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  const search = useRef<HTMLInputElement>(null);
  useReady(pages.isFetched);
  useLibraryActions(search);
  return (
    <section className={classes.library} aria-label="Library">
      <LibraryFilters searchRef={search} />
      {pages.isPending && <LoadingState label="library" rows={12} />}
      {pages.isError && versions.length === 0 && (
        <FailedState error={pages.error} onRetry={() => void pages.refetch()} />
      )}
      {pages.isSuccess && total === 0 && (
        <div className={classes.empty}>
          <EmptyState
            icon={<IconCpu size={22} stroke={1.5} />}
            title={filtered ? "No version matches these filters" : "No model is registered yet"}
            action={
              filtered ? undefined : (
                <Button variant="default" onClick={onRegister}>
                  Register a model
                </Button>
              )
            }
          >
            {filtered
              ? "Clear a filter above to see more."
              : "Drop a GGUF file here, take a model from a server with one click, pull a new one under Servers, or register one by hand."}
          </EmptyState>
        </div>
      )}
      {total > 0 && <LibraryTable versions={versions} total={total} onMore={onMore} />}
      <footer className={classes.foot}>
        <span aria-live="polite">{pages.isSuccess && counted(total, "version")}</span>
        {isFetchNextPageError && (
          <>
            <span role="alert">The next rows could not be fetched.</span>
            <Button variant="default" size="compact-xs" onClick={() => void fetchNextPage()}>
              Try again
            </Button>
          </>
        )}
        {total > 1 && <Comparison />}
        <span className={classes.space} />
        <CheckDrift />
        <RegistryFile />
      </footer>
    </section>
  );
}

function CheckDrift() {
  const [busy, setBusy] = useState(false);
  const check = async (): Promise<void> => {
    setBusy(true);
    await checkDrift();
    setBusy(false);
  };
  return (
    <Button variant="subtle" color="gray" size="compact-xs" loading={busy} onClick={() => void check()}>
      Check for drift
    </Button>
  );
}

function Comparison() {
  const chosen = useChosenVersions(({ chosen }) => chosen);
  const [left, right] = chosen;
  if (left === undefined) return <span className={classes.faint}>Tick two to compare them.</span>;
  return (
    <>
      {right === undefined ? (
        <span className={classes.faint}>Tick one more to compare.</span>
      ) : (
        <Button component="a" variant="default" size="compact-xs" href={hrefOfComparison(left.id, right.id)}>
          Compare the two
        </Button>
      )}
      <Button variant="subtle" color="gray" size="compact-xs" onClick={clearChosen}>
        Clear selection
      </Button>
    </>
  );
}

function useLibraryActions(search: RefObject<HTMLInputElement | null>): void {
  const chosen = useChosenVersions(({ chosen }) => chosen);
  useActions(
    useMemo(() => {
      const [left, right] = chosen;
      return [
        {
          id: "search-versions",
          group: "Models",
          label: "Search versions",
          keys: "/",
          run: () => search.current?.focus(),
        },
        {
          id: "compare-versions",
          group: "Models",
          label: "Compare two versions",
          keys: "C",
          run: () => {
            location.hash = hrefOfComparison(left?.id ?? null, right?.id ?? null);
          },
        },
      ];
    }, [chosen, search]),
  );
}

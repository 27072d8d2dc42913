import { Button } from "@mantine/core";
import { IconArrowsExchange, IconColumns2 } from "@tabler/icons-react";
import { skipToken, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { useReady } from "../../../shell/ready.ts";
import { testHref, tryHref } from "../../../shell/route.ts";
import { useTopBar } from "../../../shell/frame/TopBar.tsx";
import { EmptyState } from "../../../ui/states/EmptyState.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { VersionSelect } from "../../../ui/controls/VersionSelect.tsx";
import classes from "./Compare.module.css";
import { CompareConfiguration } from "./CompareConfiguration.tsx";
import { ComparePerformance } from "./ComparePerformance.tsx";
import { hrefOfComparison } from "../models-location.ts";

type Pair = readonly [string | null, string | null];

/** Two versions side by side: what differs in their configuration, and how each did. */
export function ComparePage({ versionIds }: { readonly versionIds: Pair }) {
  const left = useVersion(versionIds[0]);
  const right = useVersion(versionIds[1]);
  useReady(true);
  useEffect(() => {
    useTopBar.setState({ crumbs: ["Compare"] });
    return () => useTopBar.setState({ crumbs: [] });
  }, []);
  const choose = (side: 0 | 1, version: ModelVersion | null): void => {
    const ids = [...versionIds] as [string | null, string | null]; // the pair, to be changed
    ids[side] = version?.id ?? null;
    location.hash = hrefOfComparison(...ids);
  };
  const failed = [left, right].find(({ isError }) => isError);
  const both = left.data !== undefined && right.data !== undefined;
  return (
    // Focusable, so that a keyboard can scroll it.
    <article className={classes.page} aria-label="Compare versions" tabIndex={0}>
      <header className={classes.head}>
        <div className={classes.pick} data-arm="left">
          <VersionSelect
            label="First version"
            value={left.data ?? null}
            without={versionIds[1] === null ? [] : [versionIds[1]]}
            onChange={(version) => choose(0, version)}
          />
        </div>
        <Button
          variant="subtle"
          color="gray"
          aria-label="Swap the two versions"
          onClick={() => {
            location.hash = hrefOfComparison(versionIds[1], versionIds[0]);
          }}
        >
          <IconArrowsExchange size={16} stroke={1.5} aria-hidden />
        </Button>
        <div className={classes.pick} data-arm="right">
          <VersionSelect
            label="Second version"
            value={right.data ?? null}
            without={versionIds[0] === null ? [] : [versionIds[0]]}
            onChange={(version) => choose(1, version)}
          />
        </div>
        <span className={classes.space} />
        {both && (
          <>
            <Button component="a" variant="default" href={tryHref([left.data.id, right.data.id])}>
              Try both
            </Button>
            <Button component="a" href={testHref([left.data.id, right.data.id])}>
              Test both
            </Button>
          </>
        )}
      </header>
      {failed?.error && <FailedState error={failed.error} onRetry={() => void failed.refetch()} />}
      {!both && failed === undefined && (
        <EmptyState icon={<IconColumns2 size={22} stroke={1.5} />} title="Choose two versions">
          Their configurations, figures and charts stand side by side once both are chosen above.
        </EmptyState>
      )}
      {both && (
        <>
          <ComparePerformance left={left.data} right={right.data} />
          <CompareConfiguration left={left.data} right={right.data} />
        </>
      )}
    </article>
  );
}

function useVersion(id: string | null) {
  return useQuery(
    // An id from the address may be any string; the backend judges it.
    queries.registry.version.queryOptions({ input: id === null ? skipToken : { versionId: id as ModelVersion["id"] } }),
  );
}

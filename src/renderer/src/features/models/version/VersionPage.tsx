import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import type { ModelVersion } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import { useReady } from "../../../shell/ready.ts";
import { hrefOf, testHref, tryHref } from "../../../shell/route.ts";
import { useTopBar } from "../../../shell/frame/TopBar.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { versionName } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { ConfigurationList } from "./ConfigurationList.tsx";
import drift from "../drift/Drift.module.css";
import { DriftNotice } from "../drift/DriftNotice.tsx";
import { JudgementsSection } from "./JudgementsSection.tsx";
import { hrefOfComparison } from "../models-location.ts";
import { PerformanceSection } from "../performance/PerformanceSection.tsx";
import { isWaiting, usePinning } from "./pinning.ts";
import { RecentCalls } from "./RecentCalls.tsx";
import classes from "./VersionPage.module.css";
import { VersionAnnotations } from "./VersionAnnotations.tsx";
import { VersionFactList } from "./VersionFactList.tsx";
import { VersionMenu } from "./VersionMenu.tsx";
import { VersionAssignments } from "./VersionAssignments.tsx";
import { statusTones } from "../version-labels.ts";

interface VersionPageProps {
  readonly versionId: string;
  /** Opens the drawer with this version's configuration filled in. */
  readonly onNewVersion: (version: ModelVersion) => void;
}

/** One version, whole: what it is, where it answers, how it did, how it was judged. */
export function VersionPage({ versionId, onNewVersion }: VersionPageProps) {
  const version = useQuery(
    // An id from the address may be any string; the backend judges it.
    queries.registry.version.queryOptions({ input: { versionId: versionId as ModelVersion["id"] } }),
  );
  useReady(version.isFetched);
  const crumb = version.data === undefined ? "Version" : versionName(version.data);
  useEffect(() => {
    useTopBar.setState({ crumbs: [crumb] });
    return () => useTopBar.setState({ crumbs: [] });
  }, [crumb]);
  if (version.isError) {
    return (
      <div>
        <FailedState error={version.error} onRetry={() => void version.refetch()} />
        <p className={classes.back}>
          <a href={hrefOf("models")}>Back to the library</a>
        </p>
      </div>
    );
  }
  if (version.data === undefined) return <LoadingState label="version" rows={10} />;
  return <Version version={version.data} onNewVersion={() => onNewVersion(version.data)} />;
}

function Version({ version, onNewVersion }: { readonly version: ModelVersion; readonly onNewVersion: () => void }) {
  const name = versionName(version);
  const waits = isWaiting(usePinning(version));
  return (
    // Focusable, so that a keyboard can scroll it.
    <article className={classes.page} aria-label={name} tabIndex={0}>
      <header className={classes.head}>
        <h2 className={classes.name}>{name}</h2>
        <StateMark tone={statusTones[version.status]}>{version.status}</StateMark>
        {version.drift !== null && <StateMark tone="bad">drifted</StateMark>}
        {version.digest === null && waits && <StateMark tone="warn">not pinned yet</StateMark>}
        <span className={classes.space} />
        <Button component="a" variant="default" href={tryHref([version.id])}>
          Try
        </Button>
        <Button component="a" variant="default" href={testHref([version.id])}>
          Test
        </Button>
        <Button component="a" variant="default" href={hrefOfComparison(version.id, null)}>
          Compare
        </Button>
        <Button onClick={onNewVersion}>New version from this</Button>
        <VersionMenu version={version} />
      </header>
      {version.drift !== null && (
        <div className={drift.alone} role="alert">
          <DriftNotice version={version} drift={version.drift} />
        </div>
      )}
      <div className={classes.columns}>
        <div className={classes.side}>
          <VersionFactList version={version} />
          <VersionAssignments version={version} />
          <VersionAnnotations key={version.id} version={version} />
          <ConfigurationList version={version} />
        </div>
        <div className={classes.main}>
          <PerformanceSection version={version} />
          <JudgementsSection version={version} />
          <RecentCalls version={version} />
        </div>
      </div>
    </article>
  );
}

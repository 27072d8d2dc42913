import { useEffect, useMemo } from "react";
import { IconChartLine } from "@tabler/icons-react";
import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import type { RolloutView } from "../../../../../shared/contract/rollouts.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { useReady } from "../../../shell/ready.ts";
import { go } from "../../../shell/route.ts";
import { useTopBar } from "../../../shell/frame/TopBar.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { versionName } from "../../../../../shared/format.ts";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { ArmsTable } from "../arms/ArmsTable.tsx";
import { CalibrationPart } from "./CalibrationPart.tsx";
import { Charts } from "../charts/Charts.tsx";
import { Controls } from "./Controls.tsx";
import { EventLog } from "./EventLog.tsx";
import { EvidenceTable } from "./EvidenceTable.tsx";
import { ManifestButton } from "../ManifestButton.tsx";
import parts from "../Parts.module.css";
import classes from "./RolloutPage.module.css";
import { RolloutHead } from "./RolloutHead.tsx";
import { Samples } from "../arms/Samples.tsx";
import { SessionsByArm } from "../arms/SessionsByArm.tsx";
import { ShadowPart } from "../arms/ShadowPart.tsx";
import { StepTrack } from "./StepTrack.tsx";
import { failedPercentOf } from "./track.ts";
import { useRollout } from "./use-rollout.ts";

/** One rollout, live or over: where it stands, both arms beside each other, and what can be done, always in reach. */
export function RolloutPage({ rolloutId }: { readonly rolloutId: Rollout["id"] }) {
  const { view, events, evidence, samples } = useRollout(rolloutId);
  const name = view.data === undefined ? null : versionName(view.data.rollout.candidate);
  const useCase = view.data?.rollout.useCase ?? null;
  useReady(view.isFetched);
  useEffect(() => {
    if (name === null || useCase === null) return undefined;
    useTopBar.setState({ crumbs: [useCase, name] });
    return () => useTopBar.setState({ crumbs: [] });
  }, [name, useCase]);
  useActions(
    useMemo(
      () => [{ id: "all-rollouts", group: "Rollouts", label: "All rollouts", keys: "L", run: () => go("rollouts") }],
      [],
    ),
  );
  if (view.data === undefined)
    return view.isError ? (
      <FailedState error={view.error} onRetry={() => void view.refetch()} />
    ) : (
      <LoadingState label="the rollout" rows={10} />
    );
  const { rollout, analysis } = view.data;
  const shadows = (rollout.plan.shadowPercent > 0 || analysis.shadowPairs.pairs > 0) && (
    <ShadowPart rollout={rollout} analysis={analysis} samples={samples} />
  );
  // Before its first call they are all there is to compare.
  const withoutCalls = analysis.arms.candidate.calls === 0;
  return (
    <div className={classes.page}>
      {/* Focusable, so that a keyboard can scroll it. */}
      <div className={classes.work} tabIndex={0} role="group" aria-label="The rollout">
        <RolloutHead rollout={rollout} />
        <StepTrack rollout={rollout} failedPercent={failedPercentOf(events.data ?? [])} />
        <ArmsTable rollout={rollout} analysis={analysis} />
        {withoutCalls && shadows}
        {rollout.finishedAtMs !== null && (
          <CalibrationPart rolloutId={rollout.id} finishedAtMs={rollout.finishedAtMs} />
        )}
        <Evidence view={view.data} evidence={evidence} events={events} />
        <div className={classes.pair}>
          <EvidenceTable analysis={analysis} />
          <SessionsByArm rollout={rollout} analysis={analysis} />
        </div>
        {!withoutCalls && shadows}
        <Samples samples={samples} rollout={rollout} />
        <EventLog events={events} />
      </div>
      <aside className={classes.side} aria-label="What can be done">
        <Controls rollout={rollout} />
        <ManifestButton
          plan={rollout.plan}
          useCase={rollout.useCase}
          candidateVersionId={rollout.candidate.versionId}
          label="Export the plan"
        />
      </aside>
    </div>
  );
}

function Evidence({
  view: { rollout, analysis },
  evidence,
  events,
}: Pick<ReturnType<typeof useRollout>, "evidence" | "events"> & { readonly view: RolloutView }) {
  if (evidence.data === undefined || events.data === undefined) {
    const failed = [evidence, events].find(({ isError, data }) => isError && data === undefined);
    return (
      <div className={classes.chartPlace}>
        {failed?.error ? (
          <FailedState error={failed.error} onRetry={() => void failed.refetch()} />
        ) : (
          <LoadingState label="charts" rows={4} />
        )}
      </div>
    );
  }
  if (evidence.data.length === 0 && rollout.status.state === "scheduled")
    return (
      <p className={parts.quiet}>
        <IconChartLine size={16} stroke={1.5} aria-hidden /> The charts begin with the first call.
      </p>
    );
  return <Charts rollout={rollout} analysis={analysis} evidence={evidence.data} events={events.data} />;
}

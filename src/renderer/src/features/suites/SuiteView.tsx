import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { TestCase, TestSuite } from "../../../../shared/contract/suites.ts";
import { queries } from "../../api/connection.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { Inspector } from "../../shell/Inspector.tsx";
import { openInspector } from "../../shell/shell-store.ts";
import { isDrawerInstead } from "../../shell/window-size.ts";
import { go } from "../../shell/route.ts";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { WithCode } from "../../ui/text/WithCode.tsx";
import { CaseDrawer } from "./cases/CaseDrawer.tsx";
import { useChosenVersions } from "./chosen-versions.ts";
import { runBefore } from "./results/compare.ts";
import { NoCases } from "./cases/NoCases.tsx";
import { type CellKey, ResultsGrid } from "./results/ResultsGrid.tsx";
import { ResultInspector } from "./results/ResultInspector.tsx";
import { RunBar } from "./results/RunBar.tsx";
import { cancelRun, runSuite, useSuiteRuns } from "./results/suite-runs.ts";
import { useRun, useShownRun } from "./results/shown-run.ts";
import { type SuiteDialogName, SuiteDialogs } from "./SuiteDialogs.tsx";
import { SuiteHead } from "./SuiteHead.tsx";
import classes from "./Suites.module.css";
import { VersionChips } from "./VersionChips.tsx";

interface SuiteViewProps {
  readonly suite: TestSuite;
  /** The run to show; the latest where none is named. */
  readonly runId: string | undefined;
  readonly onTry: (testCase: Pick<TestCase, "messages" | "options">) => void;
}

/** One suite: its cases, the versions to run them over, and how they did, live and before. */
export function SuiteView({ suite, runId, onTry }: SuiteViewProps) {
  const cases = useQuery(queries.suites.cases.queryOptions({ input: { suiteId: suite.id } }));
  const runs = useQuery(queries.suites.runs.queryOptions({ input: { suiteId: suite.id } }));
  const live = useSuiteRuns((state) => state.live[suite.id]);
  const going = live?.going === true;
  const shown = useShownRun(runId, runs.data ?? [], live?.run ?? null, going);
  const earlier = shown === undefined ? undefined : runBefore(runs.data ?? [], shown);
  const [comparing, setComparing] = useState(true);
  const stored = useRun(comparing ? earlier?.id : undefined).data;
  // Until it is there, events of the run before it may still arrive.
  const before = comparing && stored?.id === earlier?.id ? stored : undefined;
  const [cell, setCell] = useState<CellKey | null>(null);
  const [editing, setEditing] = useState<TestCase | "new" | null>(null);
  const [dialog, setDialog] = useState<SuiteDialogName | null>(null);
  const [tried, setTried] = useState(false);
  const { versions } = useChosenVersions();
  const chosenCase = cases.data?.find(({ id }) => id === cell?.caseId);
  const caseCount = cases.data?.length ?? 0;
  const { run, cancel } = useMemo(
    () => ({
      run: (): void => {
        setTried(true);
        if (caseCount === 0 || versions.length === 0) return;
        go("playground", ["suites", suite.id]);
        void runSuite(suite.id, versions); // how it ends is in its store
      },
      cancel: () => cancelRun(suite.id),
    }),
    [caseCount, versions, suite.id],
  );
  useActions(
    useMemo(
      () => [
        { id: "run-suite", group: "Test suites", label: "Run suite", keys: "mod+Enter", enabled: !going, run },
        { id: "cancel-run", group: "Test suites", label: "Cancel run", keys: "Escape", enabled: going, run: cancel },
        { id: "add-case", group: "Test suites", label: "Add case", keys: "A", run: () => setEditing("new") },
        {
          id: "edit-case",
          group: "Test suites",
          label: "Edit the chosen case",
          keys: "E",
          enabled: chosenCase !== undefined,
          run: () => setEditing(chosenCase ?? null),
        },
        { id: "rename-suite", group: "Test suites", label: "Rename suite", run: () => setDialog("rename") },
        { id: "remove-suite", group: "Test suites", label: "Remove suite", run: () => setDialog("remove") },
      ],
      [going, run, cancel, chosenCase],
    ),
  );
  const failed = cases.error ?? runs.error;
  const result =
    cell === null
      ? undefined
      : shown?.results.find((one) => one.caseId === cell.caseId && one.versionId === cell.versionId);
  return (
    <>
      <section className={classes.suite} aria-label={suite.name}>
        <SuiteHead
          suite={suite}
          going={going}
          onRun={run}
          onCancel={cancel}
          onAddCase={() => setEditing("new")}
          onDialog={setDialog}
        />
        <VersionChips error={tried ? whatIsMissing(caseCount, versions.length) : null} />
        {live?.problem && (
          <p className={classes.problem} role="alert">
            <WithCode text={`${live.problem.message} ${live.problem.remedy}`} />
          </p>
        )}
        {failed !== null && (
          <FailedState
            error={failed}
            onRetry={() => {
              void cases.refetch();
              void runs.refetch();
            }}
          />
        )}
        {failed === null && (cases.isPending || runs.isPending) && <LoadingState label="cases" rows={8} />}
        {cases.data !== undefined && runs.data !== undefined && (
          <>
            {runs.data.length > 0 && (
              <RunBar
                runs={runs.data}
                run={shown}
                earlier={earlier}
                comparing={comparing}
                onCompare={setComparing}
                onRun={(id) => go("playground", ["suites", suite.id, id])}
              />
            )}
            {caseCount === 0 && shown === undefined ? (
              <NoCases onAdd={() => setEditing("new")} />
            ) : (
              <ResultsGrid
                cases={cases.data}
                run={shown}
                before={before}
                chosen={cell}
                onChoose={(chosen) => {
                  setCell(chosen);
                  if (isDrawerInstead("inspector")) openInspector();
                }}
                onEdit={setEditing}
              />
            )}
          </>
        )}
      </section>
      <Inspector title="Result">
        <ResultInspector
          result={result}
          before={before?.results.find((one) => one.caseId === cell?.caseId && one.versionId === cell.versionId)}
        />
      </Inspector>
      {editing !== null && (
        <CaseDrawer
          suite={suite}
          testCase={editing === "new" ? null : editing}
          onTry={onTry}
          onClose={() => setEditing(null)}
        />
      )}
      {dialog !== null && (
        <SuiteDialogs
          suite={suite}
          dialog={dialog}
          cases={caseCount}
          runs={runs.data?.length ?? 0}
          onClose={() => setDialog(null)}
        />
      )}
    </>
  );
}

/** What a run needs first; null when it has all. */
function whatIsMissing(cases: number, versions: number): string | null {
  if (cases === 0) return "Add a case first.";
  return versions === 0 ? "Choose a version first." : null;
}

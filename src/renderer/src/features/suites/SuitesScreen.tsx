import { Button } from "@mantine/core";
import { IconListCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { TestCase } from "../../../../shared/contract/suites.ts";
import { invalidate } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { notifyProblem } from "../../ui/notify/notify.ts";
import { SidePane } from "../../shell/SidePane.tsx";
import { useReady } from "../../shell/ready.ts";
import { go } from "../../shell/route.ts";
import { useTopBar } from "../../shell/frame/TopBar.tsx";
import { EmptyState } from "../../ui/states/EmptyState.tsx";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { versionName } from "../../../../shared/format.ts";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import { maxVersions, useChosenVersions } from "./chosen-versions.ts";
import { SuiteDialog } from "./SuiteDialog.tsx";
import { SuiteList } from "./SuiteList.tsx";
import classes from "./Suites.module.css";
import { SuiteView } from "./SuiteView.tsx";

interface SuitesScreenProps {
  /** A suite and a run of it, or `on` and versions to run over. */
  readonly ids: readonly string[];
  /** Takes a case to the playground. */
  readonly onTry: (testCase: Pick<TestCase, "messages" | "options">) => void;
}

/** Suites of tests on the left, one of them with its cases and runs beside them. */
export function SuitesScreen({ ids, onTry }: SuitesScreenProps) {
  const suites = useQuery(queries.suites.list.queryOptions());
  const [creating, setCreating] = useState(false);
  const linked = ids[0] === "on";
  const suite = linked ? undefined : (suites.data?.find(({ id }) => id === ids[0]) ?? suites.data?.[0]);
  useReady(suites.isFetched);
  useLinkedVersions(linked ? ids.slice(1) : null);
  useEffect(() => {
    useTopBar.setState({
      crumbs: ["Test suites", ...(suite === undefined ? [] : [suite.name])],
      inspector: suite !== undefined,
    });
    return () => useTopBar.setState({ crumbs: [], inspector: false });
  }, [suite]);
  useActions(
    useMemo(
      () => [{ id: "new-suite", group: "Test suites", label: "New suite", keys: "N", run: () => setCreating(true) }],
      [],
    ),
  );
  return (
    <div className={classes.suites}>
      {suites.isPending && <LoadingState label="test suites" rows={8} />}
      {suites.isError && suites.data === undefined && (
        <FailedState error={suites.error} onRetry={() => void suites.refetch()} />
      )}
      {suites.data?.length === 0 && (
        <div className={classes.none}>
          <EmptyState
            icon={<IconListCheck size={22} stroke={1.5} />}
            title="No test suite yet"
            action={<Button onClick={() => setCreating(true)}>New suite</Button>}
          >
            A suite keeps prompts with what their answers have to be. Run it over several versions to judge one before
            it answers anybody.
          </EmptyState>
          <ChosenNote />
        </div>
      )}
      {suite !== undefined && suites.data !== undefined && (
        <>
          <SidePane label="Suites">
            <SuiteList suites={suites.data} chosen={suite.id} onCreate={() => setCreating(true)} />
          </SidePane>
          <SuiteView key={suite.id} suite={suite} runId={ids[0] === suite.id ? ids[1] : undefined} onTry={onTry} />
        </>
      )}
      {creating && (
        <SuiteDialog
          title="New suite"
          submitLabel="Create suite"
          onSubmit={async (given) => {
            const created = await api.suites.create(given);
            await invalidate(queries.suites.list.key());
            go("playground", ["suites", created.id]);
          }}
          onClose={() => setCreating(false)}
        />
      )}
    </div>
  );
}

function ChosenNote() {
  const { versions } = useChosenVersions();
  if (versions.length === 0) return null;
  return <p className={classes.chosenNote}>To run over: {versions.map(versionName).join(", ")}</p>;
}

/** Takes the versions of a link as those to run over, once. */
function useLinkedVersions(ids: readonly string[] | null): void {
  const joined = ids?.join("/");
  useEffect(() => {
    if (joined === undefined) return;
    go("playground", ["suites"], "replace");
    const wanted = joined.split("/").slice(0, maxVersions);
    // An id from the address may be any string; the backend judges it.
    Promise.all(wanted.map((id) => api.registry.version({ versionId: id as never })))
      .then((versions) =>
        useChosenVersions.setState({ versions: versions.map(({ id, model, version }) => ({ id, model, version })) }),
      )
      .catch(notifyProblem);
  }, [joined]);
}

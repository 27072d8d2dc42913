import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { queries } from "../../../api/connection.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { useReady } from "../../../shell/ready.ts";
import { go } from "../../../shell/route.ts";
import { openInspector } from "../../../shell/shell-store.ts";
import { useTopBar } from "../../../shell/frame/TopBar.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { AddUseCase } from "./AddUseCase.tsx";
import { AssignmentMatrix } from "./AssignmentMatrix.tsx";
import classes from "../Models.module.css";
import { Timeline } from "../timeline/Timeline.tsx";
import { UseCaseInspector } from "./UseCaseInspector.tsx";

/** Who answers what now, with what behind it, and what was live when. */
export function AssignmentsTab({ useCase }: { readonly useCase: string | null }) {
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  const [adding, setAdding] = useState(false);
  useReady(useCases.isFetched);
  useEffect(() => {
    useTopBar.setState({ inspector: true });
    return () => useTopBar.setState({ inspector: false });
  }, []);
  useActions(
    useMemo(
      () => [{ id: "add-use-case", group: "Models", label: "Add use case", keys: "U", run: () => setAdding(true) }],
      [],
    ),
  );
  if (useCases.isError) return <FailedState error={useCases.error} onRetry={() => void useCases.refetch()} />;
  if (useCases.data === undefined) return <LoadingState label="assignments" rows={8} />;
  const chosen =
    useCases.data.find(({ name }) => name === useCase) ??
    useCases.data.find(({ name }) => name === "story_generation") ??
    useCases.data[0];
  return (
    <div className={classes.split}>
      {/* Focusable, so that a keyboard can scroll it. */}
      <div className={classes.scroller} tabIndex={0} role="group" aria-label="Assignments and timeline">
        <section className={classes.section} aria-labelledby="matrix-title">
          <header className={classes.head}>
            <div>
              <h2 className={classes.title} id="matrix-title">
                Who answers what
              </h2>
              <p className={classes.sub}>
                Choose the version that answers each use case; it counts from the next call. A use case’s name opens its
                fallback chain, defaults and history.
              </p>
            </div>
            <Button variant="default" onClick={() => setAdding(true)}>
              Add use case
            </Button>
          </header>
          <AssignmentMatrix
            useCases={useCases.data}
            current={chosen?.name ?? null}
            onOpen={(name) => {
              openInspector();
              go("models", ["assignments", name], "replace");
            }}
          />
        </section>
        <Timeline useCases={useCases.data.map(({ name }) => name)} />
      </div>
      {chosen !== undefined && <UseCaseInspector key={chosen.name} useCase={chosen} />}
      {adding && <AddUseCase onClose={() => setAdding(false)} />}
    </div>
  );
}

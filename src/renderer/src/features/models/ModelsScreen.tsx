import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { queries } from "../../api/connection.ts";
import { useActions } from "../../shell/actions.ts";
import { useReady } from "../../shell/ready.ts";
import { useTopBar } from "../../shell/TopBar.tsx";
import { FailedState } from "../../ui/FailedState.tsx";
import { LoadingState } from "../../ui/LoadingState.tsx";
import { AddUseCase } from "./AddUseCase.tsx";
import { AssignmentMatrix } from "./AssignmentMatrix.tsx";
import { Endpoints } from "./Endpoints.tsx";
import { Library } from "./Library.tsx";
import classes from "./Models.module.css";
import { RegisterDrawer } from "./RegisterDrawer.tsx";
import { UseCaseHistory } from "./UseCaseHistory.tsx";

/** The library of versions, who answers which use case, and the servers they run on. */
export function ModelsScreen({ ids }: { readonly ids: readonly string[] }) {
  const versions = useQuery(queries.registry.versions.queryOptions());
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  const [registering, setRegistering] = useState(false);
  const [addingUseCase, setAddingUseCase] = useState(false);
  const [historyOf, setHistoryOf] = useState<string | null>(null);
  const failed = [versions, useCases].find(({ isError }) => isError);
  useReady(versions.isFetched && useCases.isFetched);
  useEffect(() => {
    useTopBar.setState({ crumbs: [], inspector: true });
    return () => useTopBar.setState({ crumbs: [], inspector: false });
  }, []);
  useEffect(() => {
    if (ids[0] !== undefined && versions.isFetched) document.getElementById(ids[0])?.scrollIntoView();
  }, [ids, versions.isFetched]);
  useActions(
    useMemo(
      () => [
        { id: "register", group: "Models", label: "Register a model", keys: "R", run: () => setRegistering(true) },
        { id: "add-use-case", group: "Models", label: "Add use case", run: () => setAddingUseCase(true) },
      ],
      [],
    ),
  );

  if (failed?.error) {
    return (
      <FailedState
        error={failed.error}
        onRetry={() => {
          void versions.refetch();
          void useCases.refetch();
        }}
      />
    );
  }
  if (versions.data === undefined || useCases.data === undefined) return <LoadingState label="models" rows={10} />;
  return (
    <div className={classes.models}>
      {/* Focusable, so that a keyboard can scroll it. */}
      <div className={classes.scroller} tabIndex={0} role="group" aria-label="Models and servers">
        <section className={classes.section} aria-labelledby="library-title">
          <header className={classes.head}>
            <h2 className={classes.title} id="library-title">
              Library
            </h2>
            <Button leftSection={<IconPlus size={14} stroke={1.5} />} onClick={() => setRegistering(true)}>
              Register a model
            </Button>
          </header>
          <Library versions={versions.data} onRegister={() => setRegistering(true)} />
        </section>
        <section className={classes.section} aria-labelledby="matrix-title" id="use-cases">
          <header className={classes.head}>
            <div>
              <h2 className={classes.title} id="matrix-title">
                Who answers what
              </h2>
              <p className={classes.sub}>
                Choose the version that answers each use case. It counts from the next call.
              </p>
            </div>
            <Button variant="default" onClick={() => setAddingUseCase(true)}>
              Add use case
            </Button>
          </header>
          <AssignmentMatrix
            useCases={useCases.data}
            versions={versions.data}
            historyOf={historyOf}
            onHistory={setHistoryOf}
          />
        </section>
        <Endpoints versions={versions.data} />
      </div>
      <UseCaseHistory useCase={historyOf ?? "story_generation"} />
      {registering && <RegisterDrawer useCases={useCases.data} onClose={() => setRegistering(false)} />}
      {addingUseCase && <AddUseCase onClose={() => setAddingUseCase(false)} />}
    </div>
  );
}

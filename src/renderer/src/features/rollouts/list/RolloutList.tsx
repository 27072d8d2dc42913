import { Button, Select } from "@mantine/core";
import { IconArrowsSplit2, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import { queries } from "../../../api/connection.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { useReady } from "../../../shell/ready.ts";
import { hrefOf } from "../../../shell/route.ts";
import { EmptyState } from "../../../ui/states/EmptyState.tsx";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { KeyHint } from "../../../ui/text/KeyHint.tsx";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { RolloutTable } from "./RolloutTable.tsx";
import classes from "../Rollouts.module.css";
import { hrefOfStart } from "../rollouts-location.ts";

/** The sentence of a rollout in progress changes with every call. */
const glanceMs = 3_000;
const maxListed = 200;

/** Every rollout: those in progress by use case, and those that are over, newest first. */
export function RolloutList() {
  const [useCase, setUseCase] = useState<string | null>(null);
  const rollouts = useQuery({
    ...queries.rollouts.list.queryOptions({ input: { limit: maxListed, ...(useCase !== null && { useCase }) } }),
    refetchInterval: ({ state }) => (state.data?.some(isInProgress) === true ? glanceMs : false),
  });
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  useReady(rollouts.isFetched);
  useActions(useMemo(() => [startAction], []));
  const inProgress = rollouts.data?.filter(isInProgress).toSorted(byUseCase) ?? [];
  const over = rollouts.data?.filter((rollout) => !isInProgress(rollout)) ?? [];
  const none = rollouts.data?.length === 0;
  if (rollouts.isPending) return <LoadingState label="rollouts" rows={10} />;
  if (rollouts.data === undefined)
    return <FailedState error={rollouts.error} onRetry={() => void rollouts.refetch()} />;
  if (none && useCase === null) return <NoRollout />;
  return (
    // Focusable, so that a keyboard can scroll it.
    <div className={classes.scroller} tabIndex={0} role="group" aria-label="All rollouts">
      <div className={classes.listHead}>
        <Select
          aria-label="Use case"
          size="xs"
          placeholder="All use cases"
          clearable
          value={useCase}
          onChange={setUseCase}
          data={useCases.data?.map(({ name }) => name) ?? []}
        />
        <span className={classes.spacer} />
        <Button
          component="a"
          href={hrefOfStart(useCase ?? undefined)}
          leftSection={<IconPlus size={14} stroke={1.5} />}
          rightSection={<KeyHint keys="N" />}
        >
          Start a rollout
        </Button>
      </div>
      <section className={classes.section} aria-labelledby="under-way-title">
        <h2 className={classes.title} id="under-way-title">
          In progress
        </h2>
        {inProgress.length === 0 ? (
          <p className={classes.faint}>
            {useCase === null
              ? "None. Every use case has one version that answers all of its calls."
              : `None on ${useCase}: one version answers all of its calls.`}
          </p>
        ) : (
          <RolloutTable label="In progress" rollouts={inProgress} />
        )}
      </section>
      {over.length > 0 && (
        <section className={classes.section} aria-labelledby="over-title">
          <h2 className={classes.title} id="over-title">
            History
          </h2>
          <RolloutTable label="History" rollouts={over} />
          {rollouts.data.length === maxListed && (
            <p className={classes.faint}>The newest {maxListed}. Choose a use case to see its older ones.</p>
          )}
        </section>
      )}
    </div>
  );
}

function NoRollout() {
  const versions = useQuery(queries.registry.versions.queryOptions({ input: { limit: 2 } }));
  const enough = versions.data === undefined || versions.data.total >= 2;
  return (
    <EmptyState
      icon={<IconArrowsSplit2 size={22} stroke={1.5} />}
      title="No rollout yet"
      action={
        enough ? (
          <Button component="a" href={hrefOfStart()} rightSection={<KeyHint keys="N" />}>
            Start a rollout
          </Button>
        ) : (
          <Button component="a" href={hrefOf("models")}>
            Register a model
          </Button>
        )
      }
    >
      A rollout replaces the version of a use case by another one little by little: a few calls first, more once they
      went as well as the others, and back by itself where they did not.{" "}
      {!enough && "It takes two versions to choose between; register a second one first."}
    </EmptyState>
  );
}

const startAction = {
  id: "start-rollout",
  group: "Rollouts",
  label: "Start a rollout",
  keys: "N",
  run: () => {
    location.hash = hrefOfStart();
  },
};

function isInProgress({ finishedAtMs }: Rollout): boolean {
  return finishedAtMs === null;
}

function byUseCase(one: Rollout, other: Rollout): number {
  return one.useCase.localeCompare(other.useCase);
}

import { Checkbox, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ModelVersion, UseCase } from "../../../../../shared/contract/registry.ts";
import type { Rollout } from "../../../../../shared/contract/rollout-status.ts";
import { queries } from "../../../api/connection.ts";
import { hrefOf } from "../../../shell/route.ts";
import { VersionSelect } from "../../../ui/controls/VersionSelect.tsx";
import { versionName } from "../../../../../shared/format.ts";
import { Defined } from "../../../ui/text/Defined.tsx";
import { hrefOfRollout } from "../rollouts-location.ts";
import classes from "../Start.module.css";
import { swapNote } from "./swap-note.ts";

interface ReplacementPartProps {
  readonly useCases: readonly UseCase[];
  readonly useCase: string;
  readonly useCaseError: string | undefined;
  readonly candidate: ModelVersion | null;
  readonly candidateError: string | undefined;
  /** The rollout of the use case that a new one would replace. */
  readonly inProgress: Pick<Rollout, "id" | "candidate" | "status"> | undefined;
  readonly supersede: boolean;
  readonly onUseCase: (name: string) => void;
  readonly onCandidate: (version: ModelVersion | null) => void;
  readonly onSupersede: (supersede: boolean) => void;
}

/** The use case, the version that is to answer it, and the rollout there that would have to give way. */
export function ReplacementPart(props: ReplacementPartProps) {
  const { useCases, useCase, candidate, candidateError, onUseCase, onCandidate } = props;
  const stable = useCases.find(({ name }) => name === useCase)?.assignment ?? null;
  return (
    <section className={classes.part} aria-labelledby="what-title">
      <h2 className={classes.title} id="what-title">
        What is replaced
      </h2>
      <div className={classes.two}>
        <Select
          label="Use case"
          size="xs"
          searchable
          value={useCase}
          error={props.useCaseError}
          data={useCases.map(({ name }) => name)}
          onChange={(name) => onUseCase(name ?? useCase)}
        />
        <div>
          <VersionSelect
            label="Candidate"
            value={candidate}
            without={stable === null ? [] : [stable.versionId]}
            onChange={onCandidate}
          />
          {candidateError !== undefined && (
            <p className={classes.error} role="alert">
              {candidateError}
            </p>
          )}
        </div>
      </div>
      {stable === null ? (
        <p className={classes.note}>
          Nothing answers {useCase} yet, so there is nothing to replace.{" "}
          <a href={hrefOf("models", "assignments", useCase)}>Assign a version to it</a> instead.
        </p>
      ) : (
        <p className={classes.faint}>
          {versionName(stable)} answers it now and stays the stable version until the end.
        </p>
      )}
      {stable !== null && candidate !== null && <SwapNote stableId={stable.versionId} candidate={candidate} />}
      <InProgressNote {...props} />
    </section>
  );
}

function SwapNote({
  stableId,
  candidate,
}: {
  readonly stableId: ModelVersion["id"];
  readonly candidate: ModelVersion;
}) {
  const stable = useQuery(queries.registry.version.queryOptions({ input: { versionId: stableId } })).data;
  const note = stable === undefined ? null : swapNote(stable, candidate);
  return note !== null && <p className={classes.faint}>{note}</p>;
}

function InProgressNote({ useCase, inProgress, supersede, onSupersede }: ReplacementPartProps) {
  if (inProgress === undefined) return null;
  return (
    <div className={classes.note}>
      <p>
        A rollout is in progress on {useCase}:{" "}
        <a href={hrefOfRollout(inProgress.id)}>{versionName(inProgress.candidate)}</a> at{" "}
        <Defined what="candidatePercent">{inProgress.status.candidatePercent} %</Defined>. There is one at a time.
      </p>
      <Checkbox
        size="xs"
        label="Replace it: its candidate gets nothing any more"
        checked={supersede}
        onChange={({ currentTarget }) => onSupersede(currentTarget.checked)}
      />
    </div>
  );
}

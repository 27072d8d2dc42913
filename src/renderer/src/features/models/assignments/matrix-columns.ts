import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { create } from "zustand";
import type { ModelVersion, UseCase } from "../../../../../shared/contract/registry.ts";
import type { Share } from "../answering/shares.ts";
import { queries } from "../../../api/connection.ts";

/** A version as the matrix needs it. */
export type Column = Pick<ModelVersion, "id" | "model" | "version">;

const newestShown = 3;

/** Versions a person put into the matrix; kept while other screens are looked at. */
export const useAddedColumns = create<{ readonly added: readonly Column[] }>(() => ({ added: [] }));

export function addColumn(version: Column): void {
  useAddedColumns.setState(({ added }) => ({ added: [...added.filter(({ id }) => id !== version.id), version] }));
}

/** The matrix's columns: what answers or stands in somewhere, candidates of rollouts included, the newest few, and what was added. Of thousands, no more. */
export function useMatrixColumns(useCases: readonly UseCase[], answering: readonly Share[]): readonly Column[] {
  const { added } = useAddedColumns();
  const newest = useQuery({
    ...queries.registry.versions.queryOptions({ input: { limit: newestShown } }),
    placeholderData: keepPreviousData,
  }).data;
  const used = useCases.flatMap(({ assignment }) =>
    assignment === null ? [] : [assignment, ...assignment.fallbacks].map(toColumn),
  );
  const candidates = answering.filter(({ arm }) => arm === "candidate").map(toColumn);
  const fresh = newest?.items.filter(({ status }) => status !== "retired") ?? [];
  const byId = new Map<string, Column>(
    [...used, ...candidates, ...fresh, ...added].map((column) => [column.id, column]),
  );
  return [...byId.values()];
}

function toColumn({ versionId, model, version }: { versionId: Column["id"]; model: string; version: string }): Column {
  return { id: versionId, model, version };
}

import type { Database } from "better-sqlite3";
import type { UseCase } from "../../../../shared/contract/registry.ts";
import { Failure } from "../../../base/failure.ts";
import { all, one, run } from "../../statements.ts";
import { type AssignmentRow, requireUseCase, selectAssignments, toAssignment } from "./rows.ts";

export const useCaseReads = {
  /** All use cases, oldest first, with their live assignments; `assignment` is null where nothing is assigned. */
  listUseCases(db: Database): UseCase[] {
    const live = new Map(
      all<AssignmentRow>(db, `${selectAssignments} WHERE a.until_ms IS NULL`).map((row) => [
        row.use_case,
        toAssignment(row),
      ]),
    );
    return all<{ name: string; description: string }>(
      db,
      "SELECT name, description FROM use_cases ORDER BY created_at_ms, name",
    ).map((row) => ({ ...row, assignment: live.get(row.name) ?? null }));
  },
};

export const useCaseWrites = {
  /** Adds a use case to which nothing is assigned. Throws CONFLICT where the name is taken. */
  addUseCase(db: Database, fact: { name: string; description: string; atMs: number }): UseCase {
    if (one(db, "SELECT 1 FROM use_cases WHERE name = $name", { name: fact.name }))
      throw new Failure("CONFLICT", `There is a use case ${fact.name} already.`, {
        field: "name",
        value: fact.name,
        remedy: "Assign a version to it, or choose another name.",
      });
    run(db, "INSERT INTO use_cases (name, description, created_at_ms) VALUES ($name, $description, $atMs)", fact);
    return { name: fact.name, description: fact.description, assignment: null };
  },

  /**
   * Removes a use case that was never used. Throws NOT_FOUND, and CONFLICT for one of Taleward's own and for one that
   * has assignments, past or present, or logged calls.
   */
  removeUseCase(db: Database, { useCase }: { useCase: string }): void {
    requireUseCase(db, useCase);
    const refusal = (message: string, remedy: string) =>
      new Failure("CONFLICT", message, { field: "useCase", value: useCase, remedy });
    if (one(db, "SELECT 1 FROM use_cases WHERE name = $useCase AND created_at_ms <= $ownAtMs", { useCase, ownAtMs }))
      throw refusal(
        `${useCase} is one of Taleward's own use cases.`,
        "Leave it unassigned if nothing is to answer it.",
      );
    const assigned = one<AssignmentRow>(
      db,
      `${selectAssignments} WHERE a.use_case = $useCase ORDER BY a.from_ms DESC LIMIT 1`,
      {
        useCase,
      },
    );
    if (assigned)
      throw refusal(
        assigned.until_ms === null
          ? `${assigned.name} ${assigned.version} answers ${useCase}.`
          : `${assigned.name} ${assigned.version} once answered ${useCase}, and its history is kept.`,
        "Leave it as it is: a use case that was in use is not removed.",
      );
    if (one(db, "SELECT 1 FROM inferences WHERE use_case = $useCase LIMIT 1", { useCase }))
      throw refusal(
        `Calls are logged under ${useCase}.`,
        "Leave it as it is: a use case that was in use is not removed.",
      );
    run(db, "DELETE FROM use_cases WHERE name = $useCase", { useCase });
  },
};

/** The five use cases that the first migration made have these times. */
const ownAtMs = 5;

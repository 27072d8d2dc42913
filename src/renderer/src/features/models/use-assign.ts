import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { GenerationOptions } from "../../../../shared/contract/inference.ts";
import type { Assignment, ModelVersion } from "../../../../shared/contract/registry.ts";
import { api, queries } from "../../api/connection.ts";
import { notify, notifyProblem } from "../../ui/notify/notify.ts";
import { versionName } from "../../../../shared/format.ts";

/** What an assignment sets beside its version; what is left out stays as it was. */
export interface AssignmentExtras {
  readonly fallbacks?: readonly Assignment["versionId"][];
  readonly defaults?: GenerationOptions;
}

/** Assigns a version to a use case; the toast undoes it to what was live before, where something was. False where it was refused, which has been notified. */
export function useAssign() {
  const change = useChange();
  return useCallback(
    (
      useCase: string,
      version: Pick<ModelVersion, "id" | "model" | "version">,
      { fallbacks, defaults }: AssignmentExtras = {},
      message = `${useCase} is answered by ${versionName(version)} from now on.`,
    ): Promise<boolean> =>
      change(useCase, message, () =>
        api.registry.assign({
          useCase,
          versionId: version.id,
          ...(fallbacks !== undefined && { fallbacks: [...fallbacks] }),
          ...(defaults !== undefined && { defaults }),
        }),
      ),
    [change],
  );
}

/** Makes an earlier assignment live again, with its fallbacks and defaults; the toast takes that back. */
export function useReturnTo() {
  const change = useChange();
  return useCallback(
    (assignment: Assignment): Promise<boolean> =>
      change(assignment.useCase, `${assignment.useCase} is answered by ${versionName(assignment)} again.`, () =>
        api.registry.undoAssignment({ useCase: assignment.useCase, assignmentId: assignment.id }),
      ),
    [change],
  );
}

function useChange() {
  const client = useQueryClient();
  return useCallback(
    async (useCase: string, message: string, act: () => Promise<unknown>): Promise<boolean> => {
      const refresh = () => client.invalidateQueries({ queryKey: queries.registry.key() });
      try {
        const [before] = await api.registry.history({ useCase });
        await act();
        await refresh();
        if (before === undefined || before.untilMs !== null) notify(message);
        else {
          notify(message, async () => {
            await api.registry.undoAssignment({ useCase, assignmentId: before.id, reason: "Undone" });
            await refresh();
            notify(`${useCase} is answered by ${versionName(before)} again.`);
          });
        }
        return true;
      } catch (error) {
        notifyProblem(error);
        return false;
      }
    },
    [client],
  );
}

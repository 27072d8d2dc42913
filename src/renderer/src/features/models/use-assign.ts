import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api, queries } from "../../api/connection.ts";
import type { ModelVersion } from "../../../../shared/contract/registry.ts";
import { say, sayProblem } from "../../shell/notify.ts";

/** Assigns a version to a use case; the toast undoes it to what was live before, where something was. */
export function useAssign() {
  const client = useQueryClient();
  return useCallback(
    async (useCase: string, version: Pick<ModelVersion, "id" | "model" | "version">): Promise<void> => {
      try {
        const [before] = await api.registry.history({ useCase });
        await api.registry.assign({ useCase, versionId: version.id });
        await client.invalidateQueries({ queryKey: queries.registry.key() });
        const live = before !== undefined && before.untilMs === null ? before : null;
        const message = `${useCase} is answered by ${version.model} @${version.version} from now on.`;
        if (live === null) say(message);
        else {
          say(message, async () => {
            await api.registry.assign({ useCase, versionId: live.versionId, reason: "Undone" });
            say(`${useCase} is answered by ${live.model} @${live.version} again.`);
          });
        }
      } catch (error) {
        sayProblem(error);
      }
    },
    [client],
  );
}

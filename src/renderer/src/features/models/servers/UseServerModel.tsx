import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { EndpointHealth, ServerModel } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import { shortDigest, versionName } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { useAssign } from "../use-assign.ts";

interface UseServerModelProps {
  readonly health: EndpointHealth;
  readonly model: ServerModel;
  /** It is the screen's primary button. */
  readonly primary?: boolean;
}

/** One click lets a server's model answer story_generation; it is registered first where it is not yet. */
export function UseServerModel({ health, model, primary = false }: UseServerModelProps) {
  const assign = useAssign();
  const [busy, setBusy] = useState(false);
  const useCases = useQuery(queries.registry.useCases.queryOptions()).data;
  const live = useCases?.find(({ name }) => name === "story_generation")?.assignment?.versionId;
  const use = async (): Promise<void> => {
    setBusy(true);
    try {
      if (model.versionId === null) await registerAndUse(health, model);
      else await assign("story_generation", await api.registry.version({ versionId: model.versionId }));
    } catch (error) {
      notifyProblem(error);
    } finally {
      setBusy(false);
    }
  };
  if (model.versionId !== null && live === model.versionId) return <StateMark tone="good">in use</StateMark>;
  return (
    <Button
      variant={primary ? "filled" : "default"}
      size="compact-xs"
      loading={busy}
      aria-label={`Use for story_generation: ${model.name}`}
      onClick={() => void use()}
    >
      Use for story_generation
    </Button>
  );
}

/** The digest's start is the version: a name that moves under us then becomes another version. */
async function registerAndUse({ endpoint, provider }: EndpointHealth, model: ServerModel): Promise<void> {
  const version = await api.registry.registerModel({
    modelName: model.name,
    provider,
    version: model.digest === null ? "1" : shortDigest(model.digest),
    useCase: "story_generation",
    configuration: { endpoint },
  });
  await invalidate(queries.registry.key());
  notify(`story_generation is answered by ${versionName(version)} from now on.`);
}

import { Button } from "@mantine/core";
import { useState } from "react";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import type { EndpointHealth, ModelVersion, ServerModel } from "../../../../shared/contract/registry.ts";
import { say, sayProblem } from "../../shell/notify.ts";
import { bytes, shortDigest } from "../../ui/format.ts";
import { StateMark } from "../../ui/StateMark.tsx";
import classes from "./Cards.module.css";
import { useAssign } from "./use-assign.ts";

interface ServerModelsProps {
  readonly health: EndpointHealth;
  readonly versions: readonly ModelVersion[];
  /** The first of them is the screen's primary button. */
  readonly primary?: boolean;
}

/** What a server has, each with one click to register and use it. */
export function ServerModels({ health, versions, primary = false }: ServerModelsProps) {
  const assign = useAssign();
  const [busy, setBusy] = useState<string | null>(null);
  const use = async (model: ServerModel): Promise<void> => {
    setBusy(model.name);
    try {
      const known = versions.find(({ id }) => id === model.versionId);
      if (known === undefined) await registerAndUse(health.endpoint, model);
      else await assign("story_generation", known);
    } catch (error) {
      sayProblem(error);
    } finally {
      setBusy(null);
    }
  };
  return (
    <ul className={classes.models} aria-label={`Models at ${health.endpoint}`}>
      {health.models.map((model, index) => {
        const known = versions.find(({ id }) => id === model.versionId);
        const used = known?.assignedTo.includes("story_generation") === true;
        return (
          <li key={model.name} className={classes.model}>
            <div className={classes.modelText}>
              <span className={classes.modelName}>{model.name}</span>
              <span className={classes.modelFacts}>
                {[model.parameters, model.quantization, bytes(model.sizeBytes), model.loaded ? "loaded" : "not loaded"]
                  .filter((fact) => fact !== null)
                  .join(" · ")}
              </span>
            </div>
            {used ? (
              <StateMark tone="good">in use</StateMark>
            ) : (
              <Button
                variant={primary && index === 0 ? "filled" : "default"}
                size="compact-xs"
                loading={busy === model.name}
                aria-label={`Use for story_generation: ${model.name}`}
                onClick={() => void use(model)}
              >
                Use for story_generation
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** The digest's start is the version: a tag that moves under us then becomes another version. */
async function registerAndUse(endpoint: string, model: ServerModel): Promise<void> {
  const version = await api.registry.registerModel({
    modelName: model.name,
    provider: "ollama",
    version: shortDigest(model.digest),
    useCase: "story_generation",
    configuration: { endpoint },
  });
  await queryClient.invalidateQueries({ queryKey: queries.registry.key() });
  say(`story_generation is answered by ${version.model} @${version.version} from now on.`);
}

import type { EndpointHealth } from "../../../../../shared/contract/registry.ts";
import { bytes } from "../../../../../shared/format.ts";
import { bestFirst } from "./best-first.ts";
import classes from "../Cards.module.css";
import { UseServerModel } from "./UseServerModel.tsx";

interface ServerModelsProps {
  readonly health: EndpointHealth;
  /** The first of them is the screen's primary button. */
  readonly primary?: boolean;
}

/** What a server has, each with one click to register and use it. */
export function ServerModels({ health, primary = false }: ServerModelsProps) {
  return (
    <ul className={classes.models} aria-label={`Models at ${health.endpoint}`}>
      {bestFirst(health.models).map((model, index) => (
        <li key={model.name} className={classes.model}>
          <div className={classes.modelText}>
            <span className={classes.modelName}>{model.name}</span>
            <span className={classes.modelFacts}>
              {[
                model.parameters,
                model.quantization,
                model.sizeBytes === null ? null : bytes(model.sizeBytes),
                model.loaded === null ? null : model.loaded ? "loaded" : "not loaded",
              ]
                .filter((fact) => fact !== null)
                .join(" · ")}
            </span>
          </div>
          <UseServerModel health={health} model={model} primary={primary && index === 0} />
        </li>
      ))}
    </ul>
  );
}

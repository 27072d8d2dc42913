import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { EndpointLoad } from "../../../../../shared/contract/inference.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import { bytes, counted } from "../../../../../shared/format.ts";
import type { RegisterFrom } from "../register/register-draft.ts";
import classes from "./Servers.module.css";
import { StarterCard } from "../starter/StarterCard.tsx";

interface EngineCardProps {
  /** Null before the first call to it. */
  readonly load: EndpointLoad | null;
  readonly onRegister: (from: RegisterFrom) => void;
}

/** The built-in engine: the starter model, the other files at hand, and what it holds in memory. */
export function EngineCard({ load, onRegister }: EngineCardProps) {
  const files = useQuery(queries.servers.files.queryOptions()).data;
  const unload = async (): Promise<void> => {
    await api.servers.unloadEngine();
    await invalidate(queries.inference.status.key());
    notify("The built-in engine's memory is free. The next call loads its model again.");
  };
  return (
    <StarterCard>
      <dl className={classes.facts}>
        <div className={classes.fact}>
          <dt>Calls now</dt>
          <dd>
            {load === null ? "none since the start" : `${load.running} running`}
            {load !== null && load.queued > 0 && `, ${counted(load.queued, "waiting", "waiting")}`}
          </dd>
        </div>
        {load?.lastError != null && (
          <div className={classes.fact}>
            <dt>Last failure</dt>
            <dd>{load.lastError}</dd>
          </div>
        )}
      </dl>
      <div className={classes.engineFoot}>
        <Button variant="default" size="compact-xs" onClick={() => void unload().catch(notifyProblem)}>
          Free its memory
        </Button>
        <span className={classes.faint}>Any other GGUF file: drop it anywhere on this screen.</span>
      </div>
      {files !== undefined && files.files.length > 0 && (
        <>
          <h4 className={classes.filesTitle} title={files.directory}>
            In the models folder
          </h4>
          <ul className={classes.models} aria-label="Files in the models folder">
            {files.files.map(({ name, sizeBytes }) => (
              <li key={name} className={classes.model}>
                <div className={classes.modelText}>
                  <span className={classes.modelName}>{name}</span>
                  <span className={classes.modelFacts}>{bytes(sizeBytes)}</span>
                </div>
                <Button
                  variant="default"
                  size="compact-xs"
                  aria-label={`Register: ${name}`}
                  onClick={() => onRegister({ kind: "file", file: name })}
                >
                  Register
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
    </StarterCard>
  );
}

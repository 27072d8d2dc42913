import { Button, Code } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../../api/connection.ts";
import { shortAddress } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import classes from "../Cards.module.css";
import { PullForm } from "../servers/PullForm.tsx";
import { ServerJobs } from "../servers/ServerJobs.tsx";
import { ServerModels } from "../servers/ServerModels.tsx";

/** Whether Ollama answers at its address, what it has, and one click to use it. */
export function OllamaCard({ primary }: { readonly primary: boolean }) {
  const info = useQuery(queries.app.info.queryOptions());
  const endpoint = info.data?.ollamaEndpoint;
  const health = useQuery({
    ...queries.registry.endpoints.queryOptions({ input: endpoint === undefined ? {} : { endpoint } }),
    enabled: endpoint !== undefined,
  });
  const ollama = health.data?.[0];
  const address = endpoint === undefined ? "its usual address" : shortAddress(endpoint);
  return (
    <section className={classes.card} aria-label="Ollama">
      <header className={classes.head}>
        <h3 className={classes.title}>Ollama</h3>
        {health.isFetching && <StateMark tone="busy">looking</StateMark>}
        {!health.isFetching && ollama?.state === "up" && <StateMark tone="good">found</StateMark>}
        {!health.isFetching && ollama?.state === "down" && <StateMark tone="quiet">not found</StateMark>}
      </header>
      {ollama?.state === "up" && (
        <p className={classes.text}>
          Version {ollama.serverVersion ?? "unknown"} at {address}.{" "}
          {ollama.models.length === 0
            ? "It has no model yet. Pull one that can write, or any by its name."
            : "One click registers a model and lets it write."}
        </p>
      )}
      {ollama?.state === "down" && (
        <p className={classes.text}>
          Nothing answers at {address}. Start it with <Code>ollama serve</Code>, or use the built-in engine.
        </p>
      )}
      {health.isError && <p className={classes.problem}>Ollama could not be looked for. Try again.</p>}
      {ollama?.state === "up" && ollama.models.length === 0 && <PullForm endpoint={ollama.endpoint} />}
      {ollama?.state === "up" && <ServerJobs endpoint={ollama.endpoint} />}
      {ollama?.state === "up" && <ServerModels health={ollama} primary={primary} />}
      <div className={classes.foot}>
        {(ollama?.state === "down" || ollama?.models.length === 0 || health.isError) && (
          <Button variant="default" loading={health.isFetching} onClick={() => void health.refetch()}>
            Look again
          </Button>
        )}
      </div>
    </section>
  );
}

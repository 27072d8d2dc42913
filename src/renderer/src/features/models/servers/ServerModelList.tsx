import { useQuery } from "@tanstack/react-query";
import type { EndpointHealth } from "../../../../../shared/contract/registry.ts";
import { queries } from "../../../api/connection.ts";
import classes from "./Servers.module.css";
import { ServerModelRow } from "./ServerModelRow.tsx";

/** What a server has, with what is in memory now. */
export function ServerModelList({ health }: { readonly health: EndpointHealth }) {
  const { endpoint, provider, models } = health;
  const running = useQuery({
    ...queries.servers.running.queryOptions({ input: { endpoint } }),
    enabled: provider === "ollama",
    // Models leave memory by themselves.
    refetchInterval: 5_000,
  }).data;
  if (models.length === 0) {
    return (
      <p className={classes.text}>
        {provider === "ollama"
          ? "It has no model yet. Pull one above, or create one."
          : "It offers no model now. Load one there."}
      </p>
    );
  }
  return (
    <ul className={classes.models} aria-label={`Models at ${endpoint}`}>
      {models.map((model) => (
        <ServerModelRow
          key={model.name}
          health={health}
          model={model}
          running={running?.find(({ name }) => name === model.name) ?? null}
        />
      ))}
    </ul>
  );
}

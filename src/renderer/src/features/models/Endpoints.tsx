import { Button, Code } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/connection.ts";
import type { EndpointHealth, ModelVersion } from "../../../../shared/contract/registry.ts";
import { FailedState } from "../../ui/FailedState.tsx";
import { duration, shortAddress } from "../../ui/format.ts";
import { LoadingState } from "../../ui/LoadingState.tsx";
import { StateMark } from "../../ui/StateMark.tsx";
import { TimeText } from "../../ui/TimeText.tsx";
import { WithCode } from "../../ui/WithCode.tsx";
import cards from "./Cards.module.css";
import classes from "./Models.module.css";
import { ServerModels } from "./ServerModels.tsx";
import { StarterCard } from "./StarterCard.tsx";

/** The servers we know of and the built-in engine: whether they answer, and what they have. */
export function Endpoints({ versions }: { readonly versions: readonly ModelVersion[] }) {
  const endpoints = useQuery(queries.registry.endpoints.queryOptions({ input: {} }));
  return (
    <section className={classes.section} aria-labelledby="endpoints-title" id="endpoints">
      <header className={classes.head}>
        <h2 className={classes.title} id="endpoints-title">
          Servers and engines
        </h2>
        <Button
          variant="default"
          leftSection={<IconRefresh size={14} stroke={1.5} />}
          loading={endpoints.isFetching}
          onClick={() => void endpoints.refetch()}
        >
          Check again
        </Button>
      </header>
      {endpoints.isError && <FailedState error={endpoints.error} onRetry={() => void endpoints.refetch()} />}
      {endpoints.isPending && <LoadingState label="servers" rows={3} />}
      <div className={classes.cards}>
        {endpoints.data?.map((health) => (
          <EndpointCard key={health.endpoint} health={health} versions={versions} />
        ))}
        <StarterCard />
      </div>
    </section>
  );
}

function EndpointCard({
  health,
  versions,
}: {
  readonly health: EndpointHealth;
  readonly versions: readonly ModelVersion[];
}) {
  return (
    <section className={cards.card} aria-label={`Ollama at ${health.endpoint}`}>
      <header className={cards.head}>
        <h3 className={cards.title} title={health.endpoint}>
          {shortAddress(health.endpoint)}
        </h3>
        <StateMark tone={health.state === "up" ? "good" : "bad"}>
          {health.state === "up" ? "answers" : "does not answer"}
        </StateMark>
      </header>
      <p className={cards.text}>
        {health.state === "up" ? (
          <>
            Ollama {health.serverVersion ?? "of unknown version"}
            {health.latencyMs !== null && `, ${duration(health.latencyMs)}`}, checked{" "}
            <TimeText atMs={health.checkedAtMs} />
          </>
        ) : (
          <WithCode text={health.lastError ?? "It did not say why."} />
        )}
      </p>
      {health.state === "up" && health.models.length === 0 && (
        <p className={cards.text}>
          It has no model yet. Fetch one with <Code>ollama pull</Code>.
        </p>
      )}
      <ServerModels health={health} versions={versions} />
    </section>
  );
}

import { Button } from "@mantine/core";
import { IconPlus, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { queries } from "../../../api/connection.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { useReady } from "../../../shell/ready.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { CatalogueCard } from "../catalogue/CatalogueCard.tsx";
import { AddServerDialog } from "./AddServerDialog.tsx";
import { EngineCard } from "./EngineCard.tsx";
import classes from "../Models.module.css";
import type { RegisterFrom } from "../register/register-draft.ts";
import { ServerCard } from "./ServerCard.tsx";

interface ServersTabProps {
  /** Came to pull a model: its field takes the focus. */
  readonly pulling: boolean;
  readonly onRegister: (from: RegisterFrom) => void;
}

/** The servers we know of and the built-in engine: whether they answer, what they have, what they are doing. */
export function ServersTab({ pulling, onRegister }: ServersTabProps) {
  const endpoints = useQuery(queries.registry.endpoints.queryOptions({ input: {} }));
  const load = useQuery({
    ...queries.inference.load.queryOptions(),
    // A queue's steps are not pushed; polling every two seconds is enough while this is on screen.
    refetchInterval: 2_000,
  }).data;
  const [adding, setAdding] = useState(false);
  useReady(endpoints.isFetched);
  const { refetch } = endpoints;
  const pullsHere = endpoints.data?.find(({ provider, state }) => provider === "ollama" && state === "up")?.endpoint;
  useActions(
    useMemo(
      () => [
        { id: "add-server", group: "Models", label: "Add a server", keys: "A", run: () => setAdding(true) },
        { id: "check-servers", group: "Models", label: "Check the servers again", run: () => void refetch() },
      ],
      [refetch],
    ),
  );
  return (
    // Focusable, so that a keyboard can scroll it.
    <div className={classes.scroller} tabIndex={0} role="group" aria-label="Servers and engines">
      <section className={classes.section} aria-labelledby="endpoints-title">
        <header className={classes.head}>
          <h2 className={classes.title} id="endpoints-title">
            Servers and engines
          </h2>
          <div className={classes.headActions}>
            <Button
              variant="default"
              leftSection={<IconRefresh size={14} stroke={1.5} />}
              loading={endpoints.isFetching}
              onClick={() => void refetch()}
            >
              Check again
            </Button>
            <Button leftSection={<IconPlus size={14} stroke={1.5} />} onClick={() => setAdding(true)}>
              Add a server
            </Button>
          </div>
        </header>
        {endpoints.isError && <FailedState error={endpoints.error} onRetry={() => void refetch()} />}
        {endpoints.isPending && <LoadingState label="servers" rows={3} />}
        <div className={classes.servers}>
          {endpoints.data?.map((health) => (
            <ServerCard
              key={health.endpoint}
              pulling={pulling && health.endpoint === pullsHere}
              health={health}
              load={load?.find(({ endpoint }) => sameServer(endpoint, health.endpoint)) ?? null}
            />
          ))}
          <EngineCard load={load?.find(({ endpoint }) => endpoint === "embedded") ?? null} onRegister={onRegister} />
          <CatalogueCard />
        </div>
      </section>
      {adding && <AddServerDialog onClose={() => setAdding(false)} />}
    </div>
  );
}

function sameServer(one: string, other: string): boolean {
  return one.replace(/\/$/, "") === other.replace(/\/$/, "");
}

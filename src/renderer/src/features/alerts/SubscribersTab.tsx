import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { queries } from "../../api/connection.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { useReady } from "../../shell/ready.ts";
import { FailedState } from "../../ui/states/FailedState.tsx";
import { KeyHint } from "../../ui/text/KeyHint.tsx";
import { LoadingState } from "../../ui/states/LoadingState.tsx";
import classes from "./Alerts.module.css";
import { SigningSecret } from "./SigningSecret.tsx";
import { SubscribeDialog } from "./SubscribeDialog.tsx";
import { SubscriberTable } from "./SubscriberTable.tsx";
import { UpdateHistory } from "./UpdateHistory.tsx";

/** Who is notified when another version answers a use case, how far each of them is, and what was sent. */
export function SubscribersTab() {
  const subscribers = useQuery(queries.coordination.subscribers.queryOptions());
  const [adding, setAdding] = useState(false);
  useReady(subscribers.isFetched);
  useActions(
    useMemo(
      () => [{ id: "add-webhook", group: "Alerts", label: "Add a webhook", keys: "N", run: () => setAdding(true) }],
      [],
    ),
  );
  return (
    // Focusable, so that a keyboard can scroll it.
    <div className={classes.scroller} tabIndex={0} role="group" aria-label="Subscribers and updates">
      <section className={classes.section} aria-labelledby="subscribers-title">
        <header className={classes.head}>
          <div>
            <h2 className={classes.title} id="subscribers-title">
              Subscribers
            </h2>
            <p className={classes.faint}>
              Whoever has to know which version answers is notified of every change, again until it is acknowledged.
            </p>
          </div>
          <Button
            leftSection={<IconPlus size={14} stroke={1.5} />}
            rightSection={<KeyHint keys="N" />}
            onClick={() => setAdding(true)}
          >
            Add a webhook
          </Button>
        </header>
        {subscribers.isPending && <LoadingState label="subscribers" rows={4} />}
        {subscribers.isError && subscribers.data === undefined && (
          <FailedState error={subscribers.error} onRetry={() => void subscribers.refetch()} />
        )}
        {subscribers.data !== undefined && <SubscriberTable subscribers={subscribers.data} />}
        <SigningSecret />
      </section>
      <UpdateHistory />
      {adding && <SubscribeDialog onClose={() => setAdding(false)} />}
    </div>
  );
}

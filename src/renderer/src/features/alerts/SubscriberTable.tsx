import { Button } from "@mantine/core";
import { useState } from "react";
import type { Subscriber } from "../../../../shared/contract/coordination.ts";
import { invalidate } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { notify, notifyProblem } from "../../ui/notify/notify.ts";
import { ConfirmDialog } from "../../ui/dialogs/ConfirmDialog.tsx";
import { counted, whole } from "../../../../shared/format.ts";
import { StateMark } from "../../ui/marks/StateMark.tsx";
import { TimeText } from "../../ui/text/TimeText.tsx";
import { Defined } from "../../ui/text/Defined.tsx";
import classes from "./Alerts.module.css";

const kindWords: Record<Subscriber["kind"], string> = {
  in_process: "Part of Taleward",
  webhook: "Webhook",
  client: "Connected client",
};

/** Every subscriber with the last update it acknowledged, how many wait, and why. */
export function SubscriberTable({ subscribers }: { readonly subscribers: readonly Subscriber[] }) {
  return (
    <div className={classes.tableScroll}>
      <table className={classes.table} aria-label="Subscribers">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Kind</th>
            <th scope="col">State</th>
            <th scope="col" className={classes.number}>
              <Defined what="hasUpdate">Has update</Defined>
            </th>
            <th scope="col" className={classes.number}>
              <Defined what="waitingUpdates">Waiting</Defined>
            </th>
            <th scope="col">Next try</th>
            <th scope="col">
              <span className={classes.hidden}>Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {subscribers.map((subscriber) => (
            <Row key={subscriber.id} subscriber={subscriber} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ subscriber }: { readonly subscriber: Subscriber }) {
  const [busy, setBusy] = useState(false);
  const [removing, setRemoving] = useState(false);
  const { id, name, kind, url, acknowledged, waiting, lastError, nextTryAtMs } = subscriber;
  const deliver = async (): Promise<void> => {
    setBusy(true);
    try {
      const after = await api.coordination.deliver({ subscriberId: id });
      if (after.lastError === null) notify(`${name} has every update.`);
      await invalidate(queries.coordination.subscribers.key());
    } catch (error) {
      notifyProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <tr>
      <th scope="row">
        {name}
        {url !== null && <span className={classes.under}>{url}</span>}
      </th>
      <td>{kindWords[kind]}</td>
      <td className={classes.errorCell}>
        {lastError !== null ? (
          <>
            <StateMark tone="bad">Not delivered</StateMark>
            <span className={classes.underError}>{lastError}</span>
          </>
        ) : waiting > 0 ? (
          <StateMark tone="busy">{kind === "client" ? "Not acknowledged" : "Delivering"}</StateMark>
        ) : (
          <StateMark tone="good">Has all</StateMark>
        )}
      </td>
      <td className={classes.number}>{acknowledged === 0 ? "–" : whole(acknowledged)}</td>
      <td className={classes.number}>{whole(waiting)}</td>
      <td>{nextTryAtMs === null ? "–" : <TimeText atMs={nextTryAtMs} />}</td>
      <td className={classes.actions}>
        {kind !== "client" && waiting > 0 && (
          <Button
            variant="default"
            size="compact-xs"
            loading={busy}
            aria-label={`Deliver to ${name} now`}
            onClick={() => void deliver()}
          >
            Deliver now
          </Button>
        )}
        {kind !== "in_process" && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            aria-label={`Remove ${name}`}
            onClick={() => setRemoving(true)}
          >
            Remove
          </Button>
        )}
        {removing && (
          <ConfirmDialog
            title={`Remove ${name}?`}
            confirmLabel="Remove subscriber"
            onClose={() => setRemoving(false)}
            onConfirm={async () => {
              await api.coordination.unsubscribe({ subscriberId: id });
              await invalidate(queries.coordination.subscribers.key());
              notify(`${name} gets no more updates.`);
            }}
          >
            {`It gets no more updates${waiting === 0 ? "" : `, and the ${counted(waiting, "update")} it has not acknowledged never reach it`}. Added again, it gets what comes from then on.`}
          </ConfirmDialog>
        )}
      </td>
    </tr>
  );
}

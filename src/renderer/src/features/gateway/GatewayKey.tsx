import { Button } from "@mantine/core";
import { useMemo, useState } from "react";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import type { GatewayStatus } from "../../../../shared/contract/gateway.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { notify } from "../../ui/notify/notify.ts";
import { ConfirmDialog } from "../../ui/dialogs/ConfirmDialog.tsx";
import { CopyButton } from "../../ui/controls/CopyButton.tsx";
import classes from "./Gateway.module.css";
import { hiddenKey, toggleKey, useKeyShown } from "./key-shown.ts";

/** The key programs have to send; hidden until asked for. */
export function GatewayKey({ status: { key, managesModels } }: { readonly status: GatewayStatus }) {
  const shown = useKeyShown((state) => state.shown);
  const [rotating, setRotating] = useState(false);
  useActions(
    useMemo(
      () => [
        { id: "key-show", group: "Gateway", label: "Show or hide the key", enabled: key !== null, run: toggleKey },
        {
          id: "key-rotate",
          group: "Gateway",
          label: "Rotate key",
          enabled: key !== null,
          run: () => setRotating(true),
        },
      ],
      [key],
    ),
  );
  return (
    <section className={classes.section} aria-labelledby="key-title">
      <h2 className={classes.title} id="key-title">
        Key
      </h2>
      {key === null ? (
        <p className={classes.text}>
          This machine has no place to keep a key, so the gateway cannot be used. Unlock the system’s keyring, then
          start Taleward again.
        </p>
      ) : (
        <>
          <p className={classes.text}>
            Programs send it as their API key. Whoever has it can use {managesModels ? "and manage " : ""}your models
            from this machine.
          </p>
          <div className={classes.keyRow}>
            <span className={classes.key} role="group" aria-label="Gateway key">
              <code>{shown ? key : hiddenKey}</code>
            </span>
            <Button variant="subtle" color="gray" size="compact-xs" aria-pressed={shown} onClick={toggleKey}>
              {shown ? "Hide" : "Show"}
            </Button>
            <CopyButton text={key} label="Copy key" word="Copy" />
            <Button variant="subtle" color="gray" size="compact-xs" onClick={() => setRotating(true)}>
              Rotate
            </Button>
          </div>
        </>
      )}
      {rotating && (
        <ConfirmDialog
          title="Rotate the key?"
          confirmLabel="Rotate key"
          onConfirm={async () => {
            const rotated = await api.gateway.renewKey();
            queryClient.setQueryData(queries.gateway.status.queryKey(), rotated);
            notify("The gateway has a new key.");
          }}
          onClose={() => setRotating(false)}
        >
          Every program that has the key now is refused from then on, until it is given the new one.
        </ConfirmDialog>
      )}
    </section>
  );
}

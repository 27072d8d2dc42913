import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import type { EndpointLoad } from "../../../../../shared/contract/inference.ts";
import type { EndpointHealth } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { notify } from "../../../ui/notify/notify.ts";
import { ConfirmDialog } from "../../../ui/dialogs/ConfirmDialog.tsx";
import { shortAddress } from "../../../../../shared/format.ts";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { WithCode } from "../../../ui/text/WithCode.tsx";
import { CreateModelDialog } from "./CreateModelDialog.tsx";
import { PullForm } from "./PullForm.tsx";
import { ServerFacts } from "./ServerFacts.tsx";
import { ServerJobs } from "./ServerJobs.tsx";
import { ServerModelList } from "./ServerModelList.tsx";
import { ServerSettingsDialog } from "./ServerSettingsDialog.tsx";
import classes from "./Servers.module.css";

interface ServerCardProps {
  readonly health: EndpointHealth;
  /** Null before the first call to it. */
  readonly load: EndpointLoad | null;
  readonly pulling: boolean;
}

/** One server: its health, its queue, its work and its models. */
export function ServerCard({ health, load, pulling }: ServerCardProps) {
  const [dialog, setDialog] = useState<"settings" | "create" | "remove" | null>(null);
  const { endpoint, provider, state } = health;
  const up = state === "up";
  const address = shortAddress(endpoint);
  const close = (): void => setDialog(null);
  return (
    <section className={classes.card} aria-label={`${provider === "ollama" ? "Ollama" : "Server"} at ${endpoint}`}>
      <header className={classes.head}>
        <h3 className={classes.title} title={endpoint}>
          {address}
        </h3>
        <StateMark tone={up ? "good" : "bad"}>{up ? "answers" : "does not answer"}</StateMark>
        <span className={classes.space} />
        {up && provider === "ollama" && (
          <Button variant="default" size="compact-xs" onClick={() => setDialog("create")}>
            Create a model
          </Button>
        )}
        <Button variant="default" size="compact-xs" onClick={() => setDialog("settings")}>
          Key and limits
        </Button>
        <Menu position="bottom-end" transitionProps={{ duration: 80 }}>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={`More for ${address}`}>
              <IconDots size={16} stroke={1.5} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item color="red" onClick={() => setDialog("remove")}>
              Remove server
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </header>
      {!up && (
        <p className={classes.text}>
          <WithCode text={health.lastError ?? "It did not say why."} />
        </p>
      )}
      <ServerFacts health={health} load={load} />
      {up && provider === "ollama" && <PullForm endpoint={endpoint} focused={pulling} />}
      <ServerJobs endpoint={endpoint} />
      {up && <ServerModelList health={health} />}
      {dialog === "settings" && <ServerSettingsDialog health={health} onClose={close} />}
      {dialog === "create" && <CreateModelDialog endpoint={endpoint} onClose={close} />}
      {dialog === "remove" && (
        <ConfirmDialog
          title={`Remove ${address}?`}
          confirmLabel="Remove server"
          onClose={close}
          onConfirm={async () => {
            await api.registry.removeEndpoint({ endpoint });
            await invalidate(queries.registry.endpoints.key());
            notify(`${address} is no longer known.`);
          }}
        >
          Its address, its limit and the key kept for it go. The server itself and its models stay as they are. It is
          kept while versions that are not retired run there.
        </ConfirmDialog>
      )}
    </section>
  );
}

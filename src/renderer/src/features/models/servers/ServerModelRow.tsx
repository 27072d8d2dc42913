import { ActionIcon, Button, Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import type { EndpointHealth, ServerModel } from "../../../../../shared/contract/registry.ts";
import type { RunningModel } from "../../../../../shared/contract/servers.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import { bytes, remaining } from "../../../../../shared/format.ts";
import { NameDialog } from "../../../ui/dialogs/NameDialog.tsx";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { DeleteModelDialog } from "./DeleteModelDialog.tsx";
import { ModelDetailsDrawer } from "./ModelDetailsDrawer.tsx";
import { hrefOfVersion } from "../models-location.ts";
import classes from "./Servers.module.css";
import { UseServerModel } from "./UseServerModel.tsx";

interface ServerModelRowProps {
  readonly health: EndpointHealth;
  readonly model: ServerModel;
  /** Null while it is not in memory, and where the server does not report it. */
  readonly running: RunningModel | null;
}

/** One model of a server: its facts, one click to use it, and what can be done to it there. */
export function ServerModelRow({ health, model, running }: ServerModelRowProps) {
  const [dialog, setDialog] = useState<"details" | "copy" | "delete" | null>(null);
  const nowMs = useNow(5_000);
  const { endpoint, provider } = health;
  const { name } = model;
  const close = (): void => setDialog(null);
  const facts = [
    model.parameters,
    model.quantization,
    model.sizeBytes === null ? null : bytes(model.sizeBytes),
    memoryWords(running, nowMs),
  ].filter((fact) => fact !== null);
  const inMemory = running !== null || model.loaded === true;
  const act = (work: Promise<unknown>): void => void work.catch(notifyProblem);
  const unload = async (): Promise<void> => {
    await api.servers.unload({ endpoint, model: name });
    await Promise.all([invalidate(queries.servers.running.key()), invalidate(queries.registry.endpoints.key())]);
    notify(`${name} left memory.`);
  };
  return (
    <li className={classes.model}>
      <div className={classes.modelText}>
        <span className={classes.modelName}>{name}</span>
        <span className={classes.modelFacts}>{facts.join(" · ")}</span>
      </div>
      <span className={classes.modelState}>
        {inMemory ? (
          <StateMark tone="good">loaded</StateMark>
        ) : (
          model.loaded === false && <StateMark tone="quiet">on disk</StateMark>
        )}
      </span>
      <span className={classes.modelVersion}>
        {model.versionId === null ? (
          <span className={classes.faint}>not registered</span>
        ) : (
          <a href={hrefOfVersion(model.versionId)}>its version</a>
        )}
      </span>
      <span className={classes.modelUse}>
        <UseServerModel health={health} model={model} />
      </span>
      {provider === "ollama" && (
        <>
          <Button
            className={classes.modelLoad}
            variant="default"
            size="compact-xs"
            aria-label={`${inMemory ? "Unload" : "Load"}: ${name}`}
            onClick={() => act(inMemory ? unload() : api.servers.load({ endpoint, model: name }))}
          >
            {inMemory ? "Unload" : "Load"}
          </Button>
          <Menu position="bottom-end" transitionProps={{ duration: 80 }}>
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`More for ${name}`}>
                <IconDots size={16} stroke={1.5} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setDialog("details")}>Show details</Menu.Item>
              <Menu.Item onClick={() => act(api.servers.pull({ endpoint, model: name }))}>Pull again</Menu.Item>
              <Menu.Item onClick={() => setDialog("copy")}>Copy under another name</Menu.Item>
              <Menu.Divider />
              <Menu.Item color="red" onClick={() => setDialog("delete")}>
                Delete from server
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}
      {dialog === "details" && <ModelDetailsDrawer endpoint={endpoint} model={name} onClose={close} />}
      {dialog === "delete" && <DeleteModelDialog endpoint={endpoint} model={model} onClose={close} />}
      {dialog === "copy" && (
        <NameDialog
          title={`Copy ${name}`}
          label="Name of the copy"
          initial={`${name.split(":")[0] ?? name}-copy`}
          submitLabel="Copy model"
          onClose={close}
          onSubmit={async (to) => {
            await api.servers.copy({ endpoint, model: name, to });
            await invalidate(queries.registry.endpoints.key());
            notify(`${name} is there as ${to}, too. Both share their weights on disk.`);
          }}
        />
      )}
    </li>
  );
}

/** "1.2 GB in memory, all on the GPU, leaves in 4 min 10 s". */
function memoryWords(running: RunningModel | null, nowMs: number): string | null {
  if (running === null) return null;
  const { sizeBytes, vramBytes, expiresAtMs } = running;
  const gpu =
    vramBytes === 0 ? "in RAM" : vramBytes >= sizeBytes ? "all on the GPU" : `${bytes(vramBytes)} of it on the GPU`;
  const leaves = expiresAtMs === null ? "stays" : `leaves in ${remaining(expiresAtMs - nowMs)}`;
  return `${bytes(sizeBytes)} ${gpu}, ${leaves}`;
}

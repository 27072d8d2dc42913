import { Anchor, Button } from "@mantine/core";
import { useState } from "react";
import type { EndpointHealth } from "../../../../../shared/contract/registry.ts";
import type { Catalogue } from "../../../../../shared/contract/servers.ts";
import { versionName } from "../../../../../shared/format.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import classes from "../Cards.module.css";
import { useServerJobs } from "../servers/server-jobs.ts";
import { UseServerModel } from "../servers/UseServerModel.tsx";
import { fitWords, modelFacts } from "./catalogue-labels.ts";

type Model = Catalogue["models"][number];

interface CatalogueRowProps {
  readonly model: Model;
  /** The Ollama that answers here; null where none does. */
  readonly ollama: EndpointHealth | null;
  readonly primary: boolean;
}

/** One model of the catalogue, with the one click that is next: to get it, or to use it. */
export function CatalogueRow({ model, ollama, primary }: CatalogueRowProps) {
  return (
    <li className={classes.model} aria-label={model.name}>
      <div className={classes.modelText}>
        <span className={classes.modelName}>{model.name}</span>
        <span className={classes.modelFacts}>{modelFacts(model, ollama !== null)}</span>
        <span className={classes.modelFacts}>
          {model.goodAt} It {fitWords[model.fit]}.{" "}
          {model.sources.map((source) => (
            <Anchor key={source} href={source} target="_blank" rel="noreferrer" underline="always" inherit mr={6}>
              {new URL(source).host}
            </Anchor>
          ))}
        </span>
      </div>
      <Next model={model} ollama={ollama} primary={primary} />
    </li>
  );
}

function Next({ model, ollama, primary }: CatalogueRowProps) {
  const [busy, setBusy] = useState(false);
  const jobs = useServerJobs();
  const there = ollama?.models.find(({ name }) => name === model.ollama || name === `${model.ollama}:latest`);
  if (ollama && there) return <UseServerModel health={ollama} model={there} primary={primary} />;
  const wanted = ollama
    ? { endpoint: ollama.endpoint, model: model.ollama }
    : { endpoint: "embedded", model: model.gguf.file };
  const running = jobs.some(
    (job) => job.state === "running" && job.endpoint === wanted.endpoint && job.model === wanted.model,
  );
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      notifyProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const isUse = !ollama && model.hasFile;
  const label = isUse ? "Use for story_generation" : ollama ? "Pull" : "Fetch";
  const click = () =>
    run(() =>
      isUse
        ? registerFile(model)
        : ollama
          ? api.servers.pull(wanted)
          : api.servers.fetchFile({ file: model.gguf.file }),
    );
  return (
    <Button
      variant={primary ? "filled" : "default"}
      size="compact-xs"
      loading={busy || running}
      disabled={model.fit === "too_large" && !isUse}
      aria-label={`${label}: ${model.name}`}
      onClick={() => void click()}
    >
      {label}
    </Button>
  );
}

async function registerFile({ name, gguf }: Model): Promise<void> {
  const known = (await api.registry.versions({ text: name, provider: "embedded", limit: 200 })).items.find(
    ({ configuration }) => configuration.file === gguf.file,
  );
  const version =
    known ??
    (await api.registry.registerModel({
      modelName: name,
      provider: "embedded",
      version: "1",
      configuration: { file: gguf.file, contextTokens: 8_192 },
    }));
  await api.registry.assign({ useCase: "story_generation", versionId: version.id });
  await invalidate(queries.registry.key());
  notify(`story_generation is answered by ${versionName(version)} from now on.`);
}

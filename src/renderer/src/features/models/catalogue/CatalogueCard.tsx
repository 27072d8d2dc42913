import { useQuery } from "@tanstack/react-query";
import { queries } from "../../../api/connection.ts";
import type { EndpointHealth } from "../../../../../shared/contract/registry.ts";
import { bytes } from "../../../../../shared/format.ts";
import { Disclosure } from "../../../ui/controls/Disclosure.tsx";
import classes from "../Cards.module.css";
import { ServerJobs } from "../servers/ServerJobs.tsx";
import { CatalogueRow } from "./CatalogueRow.tsx";

interface CatalogueCardProps {
  /** The recommended one's button is the screen's primary one. */
  readonly primary?: boolean;
}

/** Models that can write, by this machine's memory and what is installed; one click pulls one from Ollama or fetches its file. */
export function CatalogueCard({ primary = false }: CatalogueCardProps) {
  const catalogue = useQuery(queries.servers.catalogue.queryOptions()).data;
  const endpoint = useQuery(queries.app.info.queryOptions()).data?.ollamaEndpoint;
  const ollama: EndpointHealth | undefined = useQuery({
    ...queries.registry.endpoints.queryOptions({ input: endpoint === undefined ? {} : { endpoint } }),
    enabled: endpoint !== undefined,
  }).data?.find(({ state }) => state === "up");
  if (catalogue === undefined) return null;
  const { models, recommendedId, memoryBytes } = catalogue;
  const recommended = models.find(({ id }) => id === recommendedId);
  const row = (model: (typeof models)[number]) => (
    <CatalogueRow key={model.id} model={model} ollama={ollama ?? null} primary={primary && model === recommended} />
  );
  const others = models.filter((model) => model !== recommended);
  return (
    <section className={classes.card} aria-label="Models that can write">
      <header className={classes.head}>
        <h3 className={classes.title}>Models that can write</h3>
      </header>
      <p className={classes.text}>
        {recommended === undefined
          ? `This machine has ${bytes(memoryBytes)} of memory, which is too little for any of these.`
          : `This machine has ${bytes(memoryBytes)} of memory. ${recommended.name} is the one to begin with.`}{" "}
        {ollama === undefined
          ? "It is fetched from Hugging Face for the built-in engine."
          : "It is pulled by Ollama, from its own library."}
      </p>
      {recommended !== undefined && (
        <ul className={classes.models} aria-label="Recommended">
          {row(recommended)}
        </ul>
      )}
      <ServerJobs endpoint="embedded" />
      <Disclosure title="All of them" summary={`${others.length} more`} wrong={false}>
        <ul className={classes.models} aria-label="Other models that can write">
          {others.map(row)}
        </ul>
      </Disclosure>
    </section>
  );
}

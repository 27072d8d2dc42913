import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../../api/connection.ts";
import { CatalogueCard } from "../catalogue/CatalogueCard.tsx";
import { bestFirst, canWrite } from "../servers/best-first.ts";
import { StarterCard } from "../starter/StarterCard.tsx";
import classes from "./FirstStart.module.css";
import { OllamaCard } from "./OllamaCard.tsx";
import { OtherServerCard } from "./OtherServerCard.tsx";

/** Four ways to a first model, and none is a condition for looking around. */
export function FirstStart({ onLookAround }: { readonly onLookAround: () => void }) {
  const endpoint = useQuery(queries.app.info.queryOptions()).data?.ollamaEndpoint;
  const ollama = useQuery({
    ...queries.registry.endpoints.queryOptions({ input: endpoint === undefined ? {} : { endpoint } }),
    enabled: endpoint !== undefined,
  }).data?.[0];
  // What is at hand and can write comes first; the demo never does.
  const isWriterAtHand = ollama?.state === "up" && bestFirst(ollama.models).some(canWrite);
  return (
    <section className={classes.screen} aria-label="First start">
      <div className={classes.inner}>
        <h2 className={classes.title}>Choose what writes your stories</h2>
        <p className={classes.lead}>
          Taleward works with models that run on your own machine. Pick one to begin; you can add others and change your
          mind under Models.
        </p>
        <div className={classes.cards}>
          <OllamaCard primary={isWriterAtHand} />
          <CatalogueCard primary={!isWriterAtHand} />
          <StarterCard />
          <OtherServerCard />
        </div>
        <Button variant="subtle" size="sm" onClick={onLookAround}>
          Look around first
        </Button>
      </div>
    </section>
  );
}

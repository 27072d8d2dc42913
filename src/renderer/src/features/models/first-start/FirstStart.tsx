import { Button } from "@mantine/core";
import { StarterCard } from "../starter/StarterCard.tsx";
import classes from "./FirstStart.module.css";
import { OllamaCard } from "./OllamaCard.tsx";
import { OtherServerCard } from "./OtherServerCard.tsx";

/** Three ways to a first model, and none is a condition for looking around. */
export function FirstStart({ onLookAround }: { readonly onLookAround: () => void }) {
  return (
    <section className={classes.screen} aria-label="First start">
      <div className={classes.inner}>
        <h2 className={classes.title}>Choose what writes your stories</h2>
        <p className={classes.lead}>
          Taleward works with models that run on your own machine. Pick one to begin; you can add others and change your
          mind under Models.
        </p>
        <div className={classes.cards}>
          <OllamaCard />
          <StarterCard primary />
          <OtherServerCard />
        </div>
        <Button variant="subtle" size="sm" onClick={onLookAround}>
          Look around first
        </Button>
      </div>
    </section>
  );
}

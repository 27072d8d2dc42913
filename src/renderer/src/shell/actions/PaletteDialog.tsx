import "@mantine/spotlight/styles.layer.css";
import { createSpotlight, Spotlight } from "@mantine/spotlight";
import { useEffect, useState } from "react";
import { KeyHint } from "../../ui/text/KeyHint.tsx";
import { allFeatures } from "../registry.ts";
import { type Action, currentActions, useActionSets } from "./actions.ts";

const [store, palette] = createSpotlight();

/** Every action that can be done now, by name, with its shortcut, and what features find by name. Opens at each new `openings`. */
export function PaletteDialog({ openings }: { readonly openings: number }) {
  const sets = useActionSets(({ sets }) => sets);
  useEffect(() => {
    if (openings > 0) palette.open();
  }, [openings]);
  const found = useFindable(openings);
  const groups = Map.groupBy([...currentActions(sets), ...found], (action) => action.group);
  return (
    <Spotlight
      store={store}
      shortcut={null}
      scrollable
      maxHeight={420}
      transitionProps={{ duration: 80 }}
      attributes={{ content: { "aria-label": "Command palette" } }}
      nothingFound="No command, story or passage of that name"
      searchProps={{ placeholder: "Type a command, or the name of a story or passage", "aria-label": "Command" }}
      actions={[...groups].map(([group, actions]) => ({ group, actions: actions.map(entry) }))}
    />
  );
}

/** A feature that cannot be asked now, as while the backend is away, finds nothing. */
function useFindable(openings: number): readonly Action[] {
  const [found, setFound] = useState<readonly Action[]>([]);
  useEffect(() => {
    let latest = true;
    void Promise.allSettled(allFeatures().map(async ({ findable }) => (await findable?.()) ?? [])).then((results) => {
      if (latest) setFound(results.flatMap((result) => (result.status === "fulfilled" ? result.value : [])));
    });
    return () => {
      latest = false;
    };
  }, [openings]);
  return found;
}

function entry(action: Action) {
  return {
    id: action.id,
    label: action.label,
    ...(action.details === undefined ? {} : { description: action.details }),
    ...(action.keywords === undefined ? {} : { keywords: action.keywords }),
    onClick: action.run,
    rightSection: action.keys === undefined ? null : <KeyHint keys={action.keys} />,
  };
}

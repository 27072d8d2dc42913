import "@mantine/spotlight/styles.css";
import { createSpotlight, Spotlight } from "@mantine/spotlight";
import { useEffect } from "react";
import { KeyHint } from "../../ui/text/KeyHint.tsx";
import { type Action, currentActions, useActionSets } from "./actions.ts";

const [store, palette] = createSpotlight();

/** Every action that can be done now, by name, with its shortcut. Opens at each new `openings`. */
export function PaletteDialog({ openings }: { readonly openings: number }) {
  const sets = useActionSets(({ sets }) => sets);
  useEffect(() => {
    if (openings > 0) palette.open();
  }, [openings]);
  const groups = Map.groupBy(currentActions(sets), (action) => action.group);
  return (
    <Spotlight
      store={store}
      shortcut={null}
      scrollable
      maxHeight={420}
      transitionProps={{ duration: 80 }}
      attributes={{ content: { "aria-label": "Command palette" } }}
      nothingFound="No command of that name"
      searchProps={{ placeholder: "Type a command", "aria-label": "Command" }}
      actions={[...groups].map(([group, actions]) => ({ group, actions: actions.map(entry) }))}
    />
  );
}

function entry(action: Action) {
  return {
    id: action.id,
    label: action.label,
    onClick: action.run,
    rightSection: action.keys === undefined ? null : <KeyHint keys={action.keys} />,
  };
}

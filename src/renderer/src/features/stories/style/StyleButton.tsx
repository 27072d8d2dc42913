import { Button } from "@mantine/core";
import { IconAdjustments } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Story } from "../../../../../shared/contract/story.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { StyleDialog } from "./StyleDialog.tsx";
import { styleWords } from "./style-labels.ts";
import classes from "./Style.module.css";

/** How the story is written, in one line; it opens where that is changed. */
export function StyleButton({ story }: { readonly story: Story }) {
  const [isShown, setShown] = useState(false);
  useActions(
    useMemo(
      () => [{ id: "story-style", group: "Stories", label: "How the story is written", run: () => setShown(true) }],
      [],
    ),
  );
  const chosen = styleWords(story.style);
  return (
    <>
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        classNames={{ root: classes.button, label: classes.label }}
        fw={400}
        aria-label={`How the story is written: ${chosen}`}
        title={`How the story is written: ${chosen}`}
        leftSection={<IconAdjustments size={14} stroke={1.5} />}
        onClick={() => setShown(true)}
      >
        {chosen}
      </Button>
      {isShown && <StyleDialog story={story} onClose={() => setShown(false)} />}
    </>
  );
}

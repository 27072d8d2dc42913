import { VisuallyHidden } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { Proposal } from "../../../../../shared/contract/story.ts";
import { counted } from "../../../../../shared/format.ts";
import { countWords } from "../../../../../shared/labels.ts";
import { useGeneration } from "./generation.ts";
import { endLabel } from "./state-labels.ts";

/** Says the end of each answer to a screen reader, once and politely. */
export function Announcer({ proposals }: { readonly proposals: readonly Proposal[] }) {
  const [announced, setAnnounced] = useState("");
  // A first answer may have ended before its passage was on screen.
  const writing = useRef(new Set(Object.keys(useGeneration.getState().live)));
  useEffect(() => {
    for (const proposal of proposals) {
      if (proposal.state === "streaming") writing.current.add(proposal.id);
      else if (writing.current.delete(proposal.id)) setAnnounced(wordsFor(proposal));
    }
  }, [proposals]);
  return (
    <VisuallyHidden role="status" aria-live="polite" aria-label="The last answer">
      {announced}
    </VisuallyHidden>
  );
}

function wordsFor(proposal: Proposal): string {
  const { text, note } = proposal;
  return [`${endLabel(proposal)}.`, text.trim() !== "" && `${counted(countWords(text), "word")}.`, note?.message]
    .filter(Boolean)
    .join(" ");
}

import { Button } from "@mantine/core";
import { useState } from "react";
import type { Proposal } from "../../../../../shared/contract/story.ts";
import { api } from "../../../api/connection.ts";
import { notifyProblem } from "../../../ui/notify/notify.ts";
import { leftOutWords } from "../../../ui/text/RawText.tsx";
import classes from "./Proposals.module.css";

/** What a small model's shaper left out of a proposal, and the way back; nothing where it left out nothing. */
export function LeftOutNote({ proposal }: { readonly proposal: Proposal }) {
  const [isBusy, setBusy] = useState(false);
  const words = leftOutWords(proposal.leftOut);
  if (words === null) return null;
  const { id: proposalId, usesRaw, state } = proposal;
  const toggle = (): void => {
    setBusy(true);
    api.story
      .useRaw({ proposalId, usesRaw: !usesRaw })
      .catch(notifyProblem)
      .finally(() => setBusy(false));
  };
  return (
    <div className={classes.leftOut} role="note" aria-label="Left out">
      <span>{usesRaw ? "As the model wrote it; underlined is what was left out." : `${words}.`}</span>
      {state !== "streaming" && (
        <Button variant="subtle" size="compact-sm" loading={isBusy} onClick={toggle}>
          {usesRaw ? "Leave out again" : "Show"}
        </Button>
      )}
    </div>
  );
}

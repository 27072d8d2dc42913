import { Anchor } from "@mantine/core";
import type { Proposal } from "../../../../../shared/contract/story.ts";
import { hrefOf } from "../../../shell/route.ts";
import { SeverityMark } from "../../../ui/marks/SeverityMark.tsx";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { WithCode } from "../../../ui/text/WithCode.tsx";
import classes from "./Proposals.module.css";
import { troubleLabel } from "./state-labels.ts";
import { useViolation } from "./use-violation.ts";

interface ProposalNoteProps {
  readonly proposal: Proposal;
  readonly note: NonNullable<Proposal["note"]>;
}

/** What was held and why, or what went wrong, with the way on. */
export function ProposalNote({ proposal, note }: ProposalNoteProps) {
  const blocked = note.severity !== null;
  const violation = useViolation(blocked ? proposal.inferenceId : null);
  const isOverridden = proposal.state === "overridden";
  return (
    <div className={classes.note} role="note" aria-label={noteName(proposal, blocked)}>
      <div className={classes.noteHead}>
        {note.severity === null ? (
          <StateMark tone="bad">{troubleLabel(proposal)}</StateMark>
        ) : (
          <>
            <SeverityMark severity={note.severity} />
            <span>{heldLabel(proposal)}</span>
          </>
        )}
      </div>
      <p>
        <WithCode text={isOverridden ? note.message : `${note.message} ${note.remedy}`} />
      </p>
      {violation !== null && (
        <Anchor size="sm" underline="always" href={hrefOf("violations", violation)}>
          {isOverridden ? "See the override and its reason" : "See what was held"}
        </Anchor>
      )}
      {!blocked && proposal.state === "failed" && (
        <Anchor size="sm" underline="always" href={hrefOf("models")}>
          Choose another model
        </Anchor>
      )}
    </div>
  );
}

function noteName({ state }: Proposal, blocked: boolean): string {
  if (state === "overridden") return "Overridden";
  return blocked ? "Held" : "What went wrong";
}

function heldLabel({ state, replacement }: Proposal): string {
  if (state === "overridden")
    return "Was held back and overridden by a person: the words above are the model's own, up to where it was stopped";
  if (state !== "held") return "Noted";
  return replacement === null
    ? "Held back, the text above stands in its place"
    : "Held back, the last sentence above stands in its place and is no part of the story";
}

import { Button } from "@mantine/core";
import { useMemo } from "react";
import type { Proposal } from "../../../../../shared/contract/story.ts";
import { withoutReplacement } from "../../../../../shared/proposal-end.ts";
import { api } from "../../../api/connection.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { notifyProblem } from "../../../ui/notify/notify.ts";
import { KeyHint } from "../../../ui/text/KeyHint.tsx";
import { StateMark } from "../../../ui/marks/StateMark.tsx";
import { editAgain } from "../prompt/PromptDock.tsx";
import { forget, stop } from "./generation.ts";
import { ProposalNote } from "./ProposalNote.tsx";
import { RawText } from "../../../ui/text/RawText.tsx";
import { LeftOutNote } from "./LeftOutNote.tsx";
import classes from "./Proposals.module.css";
import { promptKey } from "./prompt-key.ts";
import { SentOfStory } from "./SentOfStory.tsx";
import { answeredBy, endLabel, tones } from "./state-labels.ts";
import { useWaiting } from "./use-waiting.ts";

interface ProposalBlockProps {
  readonly proposal: Proposal;
  readonly onAgain: (prompt: string) => void;
  readonly onAccept: (proposal: Proposal) => void;
}

/** A proposed piece of text, set off from the accepted prose, with what can be done about it above. */
export function ProposalBlock({ proposal, onAgain, onAccept }: ProposalBlockProps) {
  const streaming = proposal.state === "streaming";
  const isHeld = proposal.state === "held";
  const acceptable = !streaming && withoutReplacement(proposal).trim() !== "";
  // What was held takes a deliberate click, and what stands in its place is never accepted.
  const byKey = acceptable && !isHeld;
  const waiting = useWaiting(proposal);
  useActions(
    useMemo(
      () => [
        {
          id: "stop",
          group: "Proposal",
          label: "Stop",
          keys: "Escape",
          enabled: streaming,
          run: () => stop(proposal.id),
        },
        {
          id: "accept",
          group: "Proposal",
          label: "Accept",
          keys: "mod+Enter",
          enabled: byKey,
          run: () => onAccept(proposal),
        },
        {
          id: "again",
          group: "Proposal",
          label: "Again",
          keys: "alt+R",
          enabled: !streaming,
          run: () => onAgain(proposal.prompt),
        },
        {
          id: "discard",
          group: "Proposal",
          label: "Discard",
          keys: "mod+shift+Backspace",
          enabled: !streaming,
          run: () => discard(proposal),
        },
      ],
      [proposal, streaming, byKey, onAccept, onAgain],
    ),
  );
  return (
    <article className={classes.block} data-state={proposal.state} aria-label="Proposal" aria-busy={streaming}>
      <div className={classes.bar}>
        <span className={classes.state}>
          <StateMark tone={tones[proposal.state]}>{waiting ?? endLabel(proposal)}</StateMark>
          <span className={classes.model}>{answeredBy(proposal)}</span>
        </span>
        {streaming && (
          <Button variant="default" onClick={() => stop(proposal.id)} rightSection={<KeyHint keys="Escape" />}>
            Stop
          </Button>
        )}
        {!streaming && (
          <>
            <Button variant="subtle" color="gray" onClick={() => discard(proposal)}>
              Discard
            </Button>
            {!acceptable && (
              <Button variant="default" onClick={() => editAgain(promptKey(proposal.passageId), proposal.prompt)}>
                Edit the prompt
              </Button>
            )}
            <Button variant={byKey ? "default" : "filled"} onClick={() => onAgain(proposal.prompt)}>
              Again
            </Button>
            {isHeld && acceptable && (
              <Button variant="default" onClick={() => onAccept(proposal)}>
                Accept what passed
              </Button>
            )}
            {!isHeld && (
              <Button
                disabled={!acceptable}
                variant={acceptable ? "filled" : "default"}
                onClick={() => onAccept(proposal)}
                rightSection={<KeyHint keys="mod+Enter" />}
              >
                Accept
              </Button>
            )}
          </>
        )}
      </div>
      <p className={classes.prompt} dir="auto">
        {proposal.prompt}
      </p>
      <SentOfStory sent={proposal.sent} />
      <div className={classes.text} role="group" aria-label="Proposed text">
        {proposal.usesRaw ? (
          <RawText raw={proposal.raw} leftOut={proposal.leftOut} />
        ) : (
          paragraphs(proposal.text).map((paragraph, index) => (
            // Paragraphs are only ever added at the end.
            <p key={index} dir="auto">
              {paragraph}
            </p>
          ))
        )}
      </div>
      <LeftOutNote proposal={proposal} />
      {streaming && <div className={classes.checking} role="status" aria-label="Writing and checking" />}
      {proposal.note !== null && <ProposalNote proposal={proposal} note={proposal.note} />}
    </article>
  );
}

function discard(proposal: Proposal): void {
  api.story
    .discard({ proposalId: proposal.id })
    .then(() => forget(proposal.id))
    .catch(notifyProblem);
}

function paragraphs(text: string): readonly string[] {
  return text.split(/\n+/).filter((paragraph) => paragraph.trim() !== "");
}

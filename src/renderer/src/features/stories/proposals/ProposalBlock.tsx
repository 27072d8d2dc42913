import { Anchor, Button } from "@mantine/core";
import { useMemo } from "react";
import type { Proposal, ProposalState } from "../../../../../shared/contract/story.ts";
import { api } from "../../../api/connection.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { notifyProblem } from "../../../ui/notify/notify.ts";
import { hrefOf } from "../../../shell/route.ts";
import { KeyHint } from "../../../ui/text/KeyHint.tsx";
import { SeverityMark } from "../../../ui/marks/SeverityMark.tsx";
import { StateMark, type Tone } from "../../../ui/marks/StateMark.tsx";
import { WithCode } from "../../../ui/text/WithCode.tsx";
import { RawText } from "../../../ui/text/RawText.tsx";
import { LeftOutNote } from "./LeftOutNote.tsx";
import { forget, stop, useGeneration } from "./generation.ts";
import classes from "./Proposals.module.css";
import { answeredBy } from "./answered-by.ts";
import { useViolation } from "./use-violation.ts";

interface ProposalBlockProps {
  readonly proposal: Proposal;
  readonly onAgain: (prompt: string) => void;
  readonly onAccept: (proposal: Proposal) => void;
}

/** A proposed piece of text, set off from the accepted prose, with what can be done about it above. */
export function ProposalBlock({ proposal, onAgain, onAccept }: ProposalBlockProps) {
  const streaming = proposal.state === "streaming";
  const own = useGeneration(({ live }) => live[proposal.id]?.proposal.state === "streaming");
  const acceptable = !streaming && proposal.text.trim() !== "";
  useActions(
    useMemo(
      () => [
        {
          id: "stop",
          group: "Proposal",
          label: "Stop",
          keys: "Escape",
          enabled: streaming && own,
          run: () => stop(proposal.id),
        },
        {
          id: "accept",
          group: "Proposal",
          label: "Accept",
          keys: "mod+Enter",
          enabled: acceptable,
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
      [proposal, streaming, own, acceptable, onAccept, onAgain],
    ),
  );
  return (
    <article className={classes.block} data-state={proposal.state} aria-label="Proposal" aria-busy={streaming}>
      <div className={classes.bar}>
        <span className={classes.state}>
          <StateMark tone={tones[proposal.state]}>{states[proposal.state]}</StateMark>
          <span className={classes.model}>{answeredBy(proposal)}</span>
        </span>
        {streaming && own && (
          <Button variant="default" onClick={() => stop(proposal.id)} rightSection={<KeyHint keys="Escape" />}>
            Stop
          </Button>
        )}
        {!streaming && (
          <>
            <Button variant="subtle" color="gray" onClick={() => discard(proposal)}>
              Discard
            </Button>
            <Button variant="default" onClick={() => onAgain(proposal.prompt)}>
              Again
            </Button>
            <Button
              disabled={!acceptable}
              onClick={() => onAccept(proposal)}
              rightSection={<KeyHint keys="mod+Enter" />}
            >
              Accept
            </Button>
          </>
        )}
      </div>
      <p className={classes.prompt}>{proposal.prompt}</p>
      <div className={classes.text} role="group" aria-label="Proposed text">
        {proposal.usesRaw ? (
          <RawText raw={proposal.raw} leftOut={proposal.leftOut} />
        ) : (
          paragraphs(proposal.text).map((paragraph, index) => (
            // Paragraphs are only ever added at the end.
            <p key={index}>{paragraph}</p>
          ))
        )}
      </div>
      <LeftOutNote proposal={proposal} />
      {streaming && <div className={classes.checking} role="status" aria-label="Writing and checking" />}
      {proposal.note !== null && <Note proposal={proposal} note={proposal.note} />}
    </article>
  );
}

function Note({ proposal, note }: { readonly proposal: Proposal; readonly note: NonNullable<Proposal["note"]> }) {
  const blocked = note.severity !== null;
  const violation = useViolation(blocked ? proposal.inferenceId : null);
  return (
    <div className={classes.note} role="note" aria-label={blocked ? "Held" : "What went wrong"}>
      <div className={classes.noteHead}>
        {note.severity === null ? (
          <StateMark tone="bad">{proposal.state === "failed" ? "No passage came" : "Cut short"}</StateMark>
        ) : (
          <>
            <SeverityMark severity={note.severity} />
            <span>{proposal.state === "held" ? "Held back, the text above stands in its place" : "Noted"}</span>
          </>
        )}
      </div>
      <p>
        <WithCode text={`${note.message} ${note.remedy}`} />
      </p>
      {violation !== null && (
        <Anchor size="sm" underline="always" href={hrefOf("violations", violation)}>
          See what was held
        </Anchor>
      )}
    </div>
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

const states: Record<ProposalState, string> = {
  streaming: "Writing",
  ready: "Proposed",
  stopped: "Stopped",
  held: "Held",
  failed: "Failed",
  interrupted: "Interrupted",
  accepted: "Accepted",
  discarded: "Discarded",
};

const tones: Record<ProposalState, Tone> = {
  streaming: "busy",
  ready: "good",
  stopped: "quiet",
  held: "warn",
  failed: "bad",
  interrupted: "warn",
  accepted: "good",
  discarded: "quiet",
};

import { Tabs } from "@mantine/core";
import type { Passage, Proposal } from "../../../../../shared/contract/story.ts";
import { beginningsOf } from "./beginnings.ts";
import { select } from "./generation.ts";
import { ProposalBlock } from "./ProposalBlock.tsx";
import { answeredBy, endLabel } from "./state-labels.ts";
import classes from "./Proposals.module.css";

interface ProposalsProps {
  readonly passageId: Passage["id"];
  readonly proposals: readonly Proposal[];
  readonly shown: Proposal | undefined;
  readonly onAgain: (prompt: string) => void;
  readonly onAccept: (proposal: Proposal) => void;
}

/** The open proposals of a passage; several are tabs, each named by how it begins. */
export function Proposals({ passageId, proposals, shown, onAgain, onAccept }: ProposalsProps) {
  if (shown === undefined) return null;
  const beginnings = beginningsOf(proposals.map(({ text }) => text));
  return (
    <section className={classes.proposals} aria-label="Proposals">
      {proposals.length > 1 && (
        <Tabs
          value={shown.id}
          onChange={(id) => id !== null && select(passageId, id)}
          variant="pills"
          keepMounted={false}
          classNames={{ tab: classes.tab }}
        >
          <Tabs.List aria-label="Open proposals">
            {proposals.map((proposal, index) => (
              <Tabs.Tab key={proposal.id} value={proposal.id} title={answeredBy(proposal)}>
                {`${index + 1} · ${beginnings[index] || answeredBy(proposal)}${suffix(proposal)}`}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value={shown.id}>
            <ProposalBlock proposal={shown} onAgain={onAgain} onAccept={onAccept} />
          </Tabs.Panel>
        </Tabs>
      )}
      {proposals.length === 1 && <ProposalBlock proposal={shown} onAgain={onAgain} onAccept={onAccept} />}
    </section>
  );
}

function suffix(proposal: Proposal): string {
  return proposal.state === "ready" ? "" : ` · ${endLabel(proposal).toLowerCase()}`;
}

import { Anchor, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../../api/connection.ts";
import type { Proposal, SentStory } from "../../../../../shared/contract/story.ts";
import { Inspector } from "../../../shell/Inspector.tsx";
import { hrefOf } from "../../../shell/route.ts";
import { useInspectorOpen } from "../../../shell/shell-store.ts";
import { Facts } from "../../../ui/text/Facts.tsx";
import { duration, shortDigest, whole } from "../../../../../shared/format.ts";
import { SeverityMark } from "../../../ui/marks/SeverityMark.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import { useGeneration } from "./generation.ts";
import classes from "./Proposals.module.css";
import { sentWords } from "./SentOfStory.tsx";
import { useViolation } from "./use-violation.ts";

/** Where the proposal looked at comes from: model, digest, seed, prompt, timings, and its log row and violation. */
export function ProposalInspector({ proposal }: { readonly proposal: Proposal | undefined }) {
  const open = useInspectorOpen();
  if (!open) return null;
  return (
    <Inspector title="Proposal">
      {proposal === undefined ? (
        <p className={classes.none}>
          No open proposal. Once a prompt has been answered, this shows which model wrote it, how long it took and what
          the checks said.
        </p>
      ) : (
        <ProposalFacts proposal={proposal} />
      )}
    </Inspector>
  );
}

function ProposalFacts({ proposal }: { readonly proposal: Proposal }) {
  const done = useGeneration(({ done }) => done[proposal.id]);
  const ended = proposal.state !== "streaming" && proposal.inferenceId !== null;
  const row = useQuery({
    ...queries.logs.get.queryOptions({ input: { inferenceId: proposal.inferenceId ?? ("" as never) } }), // asked only with an id
    enabled: ended,
  }).data;
  const violation = useViolation(proposal.note?.severity == null ? null : proposal.inferenceId);
  const timings = done?.timings ?? row?.timings ?? null;
  const promptTokens = done?.promptTokens ?? row?.promptTokens ?? null;
  const completionTokens = done?.completionTokens ?? row?.completionTokens ?? null;
  const digest = done?.digest ?? row?.digest ?? null;
  const { findings = [], found } = done?.verdict ?? row?.verdict ?? {};
  return (
    <Stack gap="md">
      <Facts
        rows={[
          ["Model", proposal.model ?? (proposal.state === "streaming" ? "being chosen" : "none was asked")],
          ["Version", proposal.version],
          [
            "Digest",
            digest === null ? null : (
              <span className={classes.mono} title={digest}>
                {shortDigest(digest)}
              </span>
            ),
          ],
          ["Seed", String(proposal.seed)],
          ["Asked", <TimeText key="asked" atMs={proposal.createdAtMs} />],
          ["Took", timings === null ? null : duration(timings.totalMs)],
          ["Time to first token", timings?.firstTokenMs == null ? null : duration(timings.firstTokenMs)],
          ["Tokens", completionTokens === null ? null : `${promptTokens ?? "?"} in, ${completionTokens} out`],
          ["Window", proposal.sent && windowWords(proposal.sent)],
          ["Of the passage", proposal.sent && passageWords(proposal.sent)],
          ["Ended by", done === undefined ? null : finishWords[done.finishReason]],
        ]}
      />
      <div>
        <h3 className={classes.heading}>Prompt</h3>
        <p className={classes.quote} dir="auto">
          {proposal.prompt}
        </p>
      </div>
      {ended && (
        <div>
          <h3 className={classes.heading}>Checks</h3>
          {findings.length === 0 && proposal.note?.severity == null && (
            <p className={classes.none}>Nothing was found.</p>
          )}
          {found !== undefined && (
            <p className={classes.none}>
              {whole(found)} found, the first {whole(findings.length)} shown.
            </p>
          )}
          <ul className={classes.findings}>
            {findings.map((finding) => (
              <li key={`${finding.ruleId} ${finding.start}`}>
                <SeverityMark severity={finding.severity} /> {finding.category}: {finding.message}
              </li>
            ))}
          </ul>
        </div>
      )}
      <Stack gap={4}>
        {proposal.inferenceId !== null && (
          <Anchor size="sm" underline="always" href={hrefOf("logs", proposal.inferenceId)}>
            Open its log row
          </Anchor>
        )}
        {violation !== null && (
          <Anchor size="sm" underline="always" href={hrefOf("violations", violation)}>
            Open its violation
          </Anchor>
        )}
      </Stack>
    </Stack>
  );
}

function windowWords({ windowTokens, windowFrom }: SentStory): string {
  const tokens = `${whole(windowTokens)} tokens`;
  return { version: `${tokens}, by its version`, server: `${tokens}, by its server`, assumed: `${tokens}, assumed` }[
    windowFrom
  ];
}

function passageWords(sent: SentStory): string {
  if (sent.storyCharacters + sent.leftOutCharacters === 0) return "was empty";
  return sent.leftOutCharacters === 0
    ? `all ${whole(sent.storyCharacters)} characters sent`
    : `${sentWords(sent)} ${sent.reason ?? ""}`;
}

const finishWords = {
  stop: "the model, at an end",
  tool_calls: "a tool it wants called",
  length: "its length limit",
  repetition: "repeating itself",
  held: "the checks",
  stopped: "you",
} as const;

import { Button, Group, Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { queryClient } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import type { Bin } from "../../../../../shared/contract/stories/bin.ts";
import { counted } from "../../../../../shared/format.ts";
import { ConfirmDialog } from "../../../ui/dialogs/ConfirmDialog.tsx";
import { notify, notifyProblem } from "../../../ui/notify/notify.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import classes from "./BinDialog.module.css";
import { refreshOutline } from "./story-edits.ts";

/** What was deleted: each can be restored, and all of it deleted for good once that was asked. */
export function BinDialog({ onClose }: { readonly onClose: () => void }) {
  const [emptying, setEmptying] = useState<Bin | null>(null);
  const bin = useQuery(queries.story.bin.queryOptions());
  if (emptying !== null) return <EmptyBinDialog bin={emptying} onClose={() => setEmptying(null)} />;
  return (
    <Modal opened onClose={onClose} title="Bin" size="lg">
      {bin.isError && <FailedState error={bin.error} onRetry={() => void bin.refetch()} />}
      {bin.isLoading && <LoadingState label="bin" rows={3} />}
      {bin.data !== undefined && <Contents bin={bin.data} onEmpty={() => setEmptying(bin.data)} />}
    </Modal>
  );
}

function Contents({ bin, onEmpty }: { readonly bin: Bin; readonly onEmpty: () => void }) {
  const { stories, passages, proposals, counts } = bin;
  if (stories.length + passages.length + proposals.length === 0)
    return (
      <p className={classes.hint}>Nothing is in the bin. Stories, passages and proposals that you delete come here.</p>
    );
  return (
    <>
      <p className={classes.hint}>What is here stays until you empty the bin.</p>
      <Section title="Stories" shown={stories.length} count={counts.stories}>
        {stories.map(({ id, title, passageCount, words, deletedAtMs }) => (
          <Row
            key={id}
            title={title}
            deletedAtMs={deletedAtMs}
            details={`${counted(passageCount, "passage")}, ${counted(words, "word")}`}
            onRestore={() => restore(title, () => api.story.restore({ storyId: id }))}
          />
        ))}
      </Section>
      <Section title="Passages" shown={passages.length} count={counts.passages}>
        {passages.map(({ id, title, storyTitle, words, deletedAtMs }) => (
          <Row
            key={id}
            title={title}
            deletedAtMs={deletedAtMs}
            details={`${counted(words, "word")}, of “${storyTitle}”`}
            onRestore={() => restore(title, () => api.story.restorePassage({ passageId: id }))}
          />
        ))}
      </Section>
      <Section title="Discarded proposals" shown={proposals.length} count={counts.proposals}>
        {proposals.map(({ id, promptExcerpt, textExcerpt, passageId, passageTitle, storyTitle, deletedAtMs }) => (
          <Row
            key={id}
            title={promptExcerpt}
            deletedAtMs={deletedAtMs}
            details={`For “${passageTitle}” of “${storyTitle}”: ${textExcerpt === "" ? "no text" : textExcerpt}`}
            onRestore={() =>
              restore(promptExcerpt, async () => {
                const passage = await api.story.restoreProposal({ proposalId: id });
                queryClient.setQueryData(queries.story.passage.queryKey({ input: { passageId } }), passage);
              })
            }
          />
        ))}
      </Section>
      <Group justify="flex-end" mt="md">
        <Button color="red" variant="light" onClick={onEmpty}>
          Empty the bin
        </Button>
      </Group>
    </>
  );
}

interface SectionProps {
  readonly title: string;
  readonly shown: number;
  readonly count: number;
  readonly children: ReactNode;
}

function Section({ title, shown, count, children }: SectionProps) {
  if (shown === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className={classes.heading}>
        {title}
        {count > shown && (
          <span className={classes.hint}>
            {" "}
            the newest {shown} of {count}
          </span>
        )}
      </h3>
      <ul className={classes.list}>{children}</ul>
    </section>
  );
}

interface RowProps {
  readonly title: string;
  readonly details: string;
  readonly deletedAtMs: number;
  readonly onRestore: () => void;
}

function Row({ title, details, deletedAtMs, onRestore }: RowProps) {
  return (
    <li className={classes.row}>
      <div className={classes.words}>
        <div className={classes.title} dir="auto">
          {title}
        </div>
        <div className={classes.details} dir="auto">
          {details}
        </div>
      </div>
      <span className={classes.time}>
        <TimeText atMs={deletedAtMs} />
      </span>
      <Button variant="default" aria-label={`Restore ${title}`} onClick={onRestore}>
        Restore
      </Button>
    </li>
  );
}

function EmptyBinDialog({ bin, onClose }: { readonly bin: Bin; readonly onClose: () => void }) {
  const { stories, passages, proposals } = bin.counts;
  // What is deleted while this is asked was not seen, and stays.
  const untilMs = Math.max(...[...bin.stories, ...bin.passages, ...bin.proposals].map((item) => item.deletedAtMs));
  const parts = [
    stories > 0 && `${counted(stories, "story", "stories")} with all their passages`,
    passages > 0 && counted(passages, "passage"),
    proposals > 0 && counted(proposals, "discarded proposal"),
  ].filter((part) => part !== false);
  return (
    <ConfirmDialog
      title="Empty the bin?"
      confirmLabel="Delete for good"
      onClose={onClose}
      onConfirm={async () => {
        await api.story.emptyBin({ untilMs });
        await refreshBin();
        notify("The bin is empty.");
      }}
    >
      {`This deletes ${parts.join(", ")}, for good. There is no way back. The log keeps its calls.`}
    </ConfirmDialog>
  );
}

function restore(title: string, work: () => Promise<unknown>): void {
  work()
    .then(refreshBin)
    .then(() => notify(`“${title}” was restored.`))
    .catch(notifyProblem);
}

async function refreshBin(): Promise<void> {
  await Promise.all([refreshOutline(), queryClient.invalidateQueries({ queryKey: queries.story.bin.key() })]);
}

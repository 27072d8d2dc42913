import { Button, Group, Modal } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "../../../api/connection.ts";
import type { Passage } from "../../../../../shared/contract/story.ts";
import type { ChangeKind, PassageMoment } from "../../../../../shared/contract/stories/history.ts";
import { whole } from "../../../../../shared/format.ts";
import { notifyProblem } from "../../../ui/notify/notify.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { TimeText } from "../../../ui/text/TimeText.tsx";
import classes from "./HistoryDialog.module.css";

interface HistoryDialogProps {
  readonly passage: Pick<Passage, "id" | "title">;
  readonly onRestore: (revision: number) => Promise<void>;
  readonly onClose: () => void;
}

/** What a passage said before: its moments, the text of the one looked at, and the way back to it. */
export function HistoryDialog({ passage, onRestore, onClose }: HistoryDialogProps) {
  const history = useInfiniteQuery(
    queries.story.history.infiniteOptions({
      input: (before: number | undefined) => ({ passageId: passage.id, ...(before === undefined ? {} : { before }) }),
      initialPageParam: undefined,
      getNextPageParam: ({ moments, more }) => (more ? moments.at(-1)?.revision : undefined),
    }),
  );
  const moments = history.data?.pages.flatMap((page) => page.moments) ?? [];
  const [chosen, setChosen] = useState<number | null>(null);
  const selected = moments.find(({ revision }) => revision === chosen) ?? moments[0];
  const [restoring, setRestoring] = useState(false);
  const restore = (revision: number): void => {
    setRestoring(true);
    onRestore(revision)
      .then(onClose)
      .catch(notifyProblem)
      .finally(() => setRestoring(false));
  };
  return (
    <Modal opened onClose={onClose} title={`History of “${passage.title}”`} size="xl">
      {history.isError && <FailedState error={history.error} onRetry={() => void history.refetch()} />}
      {history.isLoading && <LoadingState label="history" rows={6} />}
      {selected !== undefined && (
        <>
          <div className={classes.history}>
            <ul className={classes.list} aria-label="Moments">
              {moments.map((moment, index) => (
                <li key={moment.revision}>
                  <button
                    type="button"
                    className={classes.moment}
                    aria-pressed={moment.revision === selected.revision}
                    onClick={() => setChosen(moment.revision)}
                  >
                    <TimeText atMs={moment.atMs} />
                    <span className={classes.details}>
                      {index === 0 ? `Now. ${detailsOf(moment)}` : detailsOf(moment)}
                    </span>
                  </button>
                </li>
              ))}
              {history.hasNextPage && (
                <li>
                  <Button
                    variant="subtle"
                    fullWidth
                    loading={history.isFetchingNextPage}
                    onClick={() => void history.fetchNextPage()}
                  >
                    Older
                  </Button>
                </li>
              )}
            </ul>
            <TextAt passageId={passage.id} revision={selected.revision} />
          </div>
          <Group justify="flex-end" mt="md" gap="xs">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
            <Button
              loading={restoring}
              disabled={selected.revision === moments[0]?.revision}
              onClick={() => restore(selected.revision)}
            >
              Restore this text
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}

function TextAt({ passageId, revision }: { readonly passageId: Passage["id"]; readonly revision: number }) {
  const text = useQuery(queries.story.revision.queryOptions({ input: { passageId, revision } }));
  return (
    <section className={classes.reader} aria-label="Text then">
      {text.isError && <FailedState error={text.error} onRetry={() => void text.refetch()} />}
      {text.isLoading && <LoadingState label="text" rows={6} />}
      {text.data?.text === "" && <p className={classes.none}>Nothing was written yet.</p>}
      {text.data !== undefined && <p className={classes.text}>{text.data.text}</p>}
    </section>
  );
}

const kinds: Record<ChangeKind, string> = { typed: "Typed", accepted: "Proposal accepted", restored: "Restored" };

function detailsOf({ kind, added, removed }: PassageMoment): string {
  if (kind === null) return "Where the history begins";
  return `${kinds[kind]}: +${whole(added)} −${whole(removed)} characters`;
}

import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { onChange, queryClient } from "../../../api/changes.ts";
import { queries } from "../../../api/connection.ts";
import type { Passage, PassageSummary, Proposal, Story } from "../../../../../shared/contract/story.ts";
import { notifyProblem } from "../../../ui/notify/notify.ts";
import { useActions } from "../../../shell/actions/actions.ts";
import { useReady } from "../../../shell/ready.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { LoadingState } from "../../../ui/states/LoadingState.tsx";
import { forget, openProposals, propose, useGeneration } from "../proposals/generation.ts";
import { HistoryDialog } from "./HistoryDialog.tsx";
import { PassageSession } from "./passage-session.ts";
import { PromptDock } from "../prompt/PromptDock.tsx";
import { ProposalInspector } from "../proposals/ProposalInspector.tsx";
import { Announcer } from "../proposals/Announcer.tsx";
import { promptKey } from "../proposals/prompt-key.ts";
import { Proposals } from "../proposals/Proposals.tsx";
import classes from "../Stories.module.css";
import { usePinnedScroll } from "../../../ui/use-pinned-scroll.ts";

const pollMs = 1_000;
const settleMs = 300;

interface PassageViewProps {
  readonly passageId: PassageSummary["id"];
  readonly story: Story;
}

/** One passage: its accepted prose in an editor, the open proposals set off beneath it, the prompt docked below. */
export function PassageView({ passageId, story }: PassageViewProps) {
  const options = queries.story.passage.queryOptions({ input: { passageId } });
  const live = useGeneration(({ live }) => live);
  const stored = useQuery({
    ...options,
    refetchOnMount: "always",
    gcTime: 0,
    // One that this page did not start, or started before a reload, is followed by asking.
    refetchInterval: ({ state }) =>
      state.data?.proposals.some(
        ({ id, state }) => state === "streaming" && live[id]?.proposal.state !== "streaming",
      ) === true
        ? pollMs
        : false,
  });
  const showPassage = useCallback(
    (passage: Passage): void => {
      queryClient.setQueryData(options.queryKey, passage);
    },
    [options.queryKey],
  );
  const { session, mount, conflict, resolve } = useSession(stored.data, showPassage);
  const proposals = useMemo(
    () => openProposals(stored.data?.proposals ?? [], live, passageId),
    [stored.data, live, passageId],
  );
  const selectedId = useGeneration(({ selected }) => selected[passageId]);
  const shown = proposals.find(({ id }) => id === selectedId) ?? proposals.at(-1);
  const { scroller, content, toEnd } = usePinnedScroll();
  const [historyOpen, setHistoryOpen] = useHistoryAction();
  useStoredText(session, stored.data, () => void stored.refetch());
  useReady(session !== null || stored.isError);
  // Once the store knows how one ended, its word counts: it may be accepted or discarded in another window.
  useEffect(() => {
    for (const { id, state } of stored.data?.proposals ?? []) {
      const own = useGeneration.getState().live[id]?.proposal;
      if (own !== undefined && own.state !== "streaming" && state !== "streaming") forget(id);
    }
  }, [stored.data]);

  const generate = useCallback(
    async (prompt: string): Promise<boolean> => {
      const begun = await propose(passageId, prompt, {});
      if (begun) toEnd();
      return begun;
    },
    [passageId, toEnd],
  );
  const accept = useCallback(
    (proposal: Proposal) => {
      if (session === null) return;
      session
        .accept(proposal)
        .then((passage) => {
          showPassage(passage);
          forget(proposal.id);
          toEnd();
        })
        .catch(notifyProblem);
    },
    [session, showPassage, toEnd],
  );

  if (stored.isError && stored.data === undefined) {
    return <FailedState error={stored.error} onRetry={() => void stored.refetch()} />;
  }
  if (stored.data === undefined) return <LoadingState label="passage" rows={10} />;
  return (
    <>
      <section className={classes.center} aria-label={stored.data.title}>
        {conflict !== null && <ConflictNote onKeep={() => resolve("mine")} onLoad={() => resolve("theirs")} />}
        <div className={classes.scroller} ref={scroller}>
          <div className={classes.page} ref={content}>
            <div className={classes.passageHead}>
              <h2 className={classes.passageTitle} dir="auto">
                {stored.data.title}
              </h2>
              <Button
                className={classes.history}
                variant="subtle"
                color="gray"
                size="compact-sm"
                onClick={() => setHistoryOpen(true)}
              >
                History
              </Button>
            </div>
            <div className={classes.prose} ref={mount} />
            <Proposals
              passageId={passageId}
              proposals={proposals}
              shown={shown}
              onAgain={(prompt) => void generate(prompt)}
              onAccept={accept}
            />
          </div>
        </div>
        <Announcer proposals={proposals} />
        <PromptDock
          question="What happens next?"
          draftKey={promptKey(passageId)}
          story={story}
          quiet={shown?.state === "ready" || shown?.state === "overridden"}
          onPrompt={generate}
        />
      </section>
      <ProposalInspector proposal={shown} />
      {historyOpen && session !== null && (
        <HistoryDialog
          passage={stored.data}
          onRestore={async (revision) => {
            showPassage(await session.restore(revision));
          }}
          onClose={() => setHistoryOpen(false)}
        />
      )}
    </>
  );
}

function useHistoryAction() {
  const opened = useState(false);
  const [, setOpen] = opened;
  useActions(
    useMemo(
      () => [
        {
          id: "passage-history",
          group: "Passage",
          label: "History of this passage",
          keys: "alt+H",
          run: () => setOpen(true),
        },
      ],
      [setOpen],
    ),
  );
  return opened;
}

function ConflictNote({ onKeep, onLoad }: { readonly onKeep: () => void; readonly onLoad: () => void }) {
  return (
    <div className={classes.conflict} role="alert">
      <span>
        This passage was changed elsewhere meanwhile. Your text is kept here and not saved yet. Whichever you choose,
        the history keeps the other.
      </span>
      <Button variant="default" onClick={onLoad}>
        Load theirs
      </Button>
      <Button onClick={onKeep}>Keep mine</Button>
    </div>
  );
}

/** Starts an editor once the passage is there, and ends it with the component. */
function useSession(passage: Passage | undefined, onPassage: (passage: Passage) => void) {
  const [session, setSession] = useState<PassageSession | null>(null);
  const [conflict, setConflict] = useState<Passage | null>(null);
  const first = useRef(passage);
  first.current ??= passage;
  const latest = useRef(onPassage);
  useEffect(() => {
    latest.current = onPassage;
  }, [onPassage]);
  const mount = useCallback((parent: HTMLDivElement | null) => {
    if (parent === null || first.current === undefined) return undefined;
    const started = new PassageSession(parent, first.current, {
      onConflict: setConflict,
      onPassage: (changed) => latest.current(changed),
    });
    setSession(started);
    // A dialog that is still open has the focus.
    if (first.current.text !== "" && document.querySelector("[role=dialog]") === null) started.focus();
    return () => {
      started.close();
      setSession(null);
    };
  }, []);
  const resolve = (choice: "mine" | "theirs"): void => {
    if (session === null || conflict === null) return;
    setConflict(null);
    (choice === "mine" ? session.keepMine(conflict) : session.takeTheirs(conflict)).catch(notifyProblem);
  };
  return { session, mount, conflict, resolve };
}

/** Follows the stored passage without disturbing what is being typed. */
function useStoredText(session: PassageSession | null, stored: Passage | undefined, refetch: () => void): void {
  const latest = useRef(refetch);
  useEffect(() => {
    latest.current = refetch;
  }, [refetch]);
  useEffect(() => {
    if (stored !== undefined) session?.offer(stored);
  }, [session, stored]);
  useEffect(() => {
    if (session === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => (session.takesNewer ? latest.current() : later()), settleMs);
    };
    const stopListening = onChange("stories", later);
    return () => {
      stopListening();
      clearTimeout(timer);
    };
  }, [session]);
}

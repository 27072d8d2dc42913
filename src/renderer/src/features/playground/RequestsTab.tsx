import { type ComponentType, useEffect, useMemo, useState } from "react";
import type { GenerationOptions, Message } from "../../../../shared/contract/inference.ts";
import { api } from "../../api/connection.ts";
import { useActions } from "../../shell/actions/actions.ts";
import { notifyProblem } from "../../ui/notify/notify.ts";
import { useReady } from "../../shell/ready.ts";
import { go } from "../../shell/route.ts";
import { nextMessage } from "../../ui/request/messages-draft.ts";
import { AnswersPane } from "./AnswersPane.tsx";
import { focusFirstError, focusLastMessage } from "./focus.ts";
import { ask, clearAnswers, stopAll, useAnswers } from "./answers.ts";
import classes from "./Playground.module.css";
import { anyError, errorsSince, readRequest } from "./read-request.ts";
import { maxTargets, newSlot, type RequestDraft, useRequest } from "./request.ts";
import { RequestPane, reset } from "./RequestPane.tsx";

/** A dialog that saves a request as a test; another feature gives it. */
export interface SaveAsTestProps {
  readonly request: { readonly messages: Message[]; readonly options: GenerationOptions };
  readonly onClose: () => void;
}

interface RequestsTabProps {
  /** Versions that a link asks to have side by side. */
  readonly versionIds: readonly string[];
  readonly SaveAsTest: ComponentType<SaveAsTestProps>;
}

/** One request, asked of up to four models at once. */
export function RequestsTab({ versionIds, SaveAsTest }: RequestsTabProps) {
  const [tried, setTried] = useState<RequestDraft | null>(null);
  const [saving, setSaving] = useState(false);
  const request = useRequest();
  const running = useAnswers(({ answers }) => answers.some(({ state }) => state === "running"));
  const answered = useAnswers(({ answers }) => answers.length > 0);
  const errors = useMemo(() => errorsSince(tried, request), [tried, request]);
  useReady(true);
  useLinkedVersions(versionIds);
  const { run, save } = useMemo(() => {
    const whenRight = (act: (read: ReturnType<typeof readRequest>) => void) => (): void => {
      const read = readRequest(useRequest.getState());
      setTried(anyError(read.errors) ? useRequest.getState() : null);
      if (anyError(read.errors)) return void requestAnimationFrame(focusFirstError);
      act(read);
    };
    return {
      run: whenRight(({ targets, question }) => ask(targets, question)),
      save: whenRight(() => setSaving(true)),
    };
  }, []);
  useActions(
    useMemo(
      () => [
        { id: "run", group: "Playground", label: "Run", keys: "mod+Enter", run },
        { id: "stop", group: "Playground", label: "Stop all", keys: "Escape", enabled: running, run: stopAll },
        { id: "save-test", group: "Playground", label: "Save as test", keys: "mod+shift+S", run: save },
        {
          id: "add-model",
          group: "Playground",
          label: "Add model",
          keys: "alt+M",
          enabled: request.slots.length < maxTargets,
          run: () => useRequest.setState(({ slots }) => ({ slots: [...slots, newSlot()] })),
        },
        {
          id: "add-message",
          group: "Playground",
          label: "Add message",
          keys: "alt+N",
          run: () => {
            useRequest.setState(({ messages }) => ({ messages: [...messages, nextMessage(messages)] }));
            requestAnimationFrame(focusLastMessage);
          },
        },
        { id: "reset", group: "Playground", label: "Reset messages and parameters", run: reset },
        { id: "clear", group: "Playground", label: "Clear the answers", enabled: answered, run: clearAnswers },
      ],
      [run, save, running, answered, request.slots.length],
    ),
  );
  return (
    <div className={classes.playground}>
      <RequestPane errors={errors} running={running} onRun={run} onSave={save} />
      <AnswersPane />
      {saving && <SaveAsTest request={readRequest(request).question} onClose={() => setSaving(false)} />}
    </div>
  );
}

/** Takes the versions of a link as the models, once. */
function useLinkedVersions(versionIds: readonly string[]): void {
  useEffect(() => {
    if (versionIds.length === 0) return;
    const wanted = versionIds.slice(0, maxTargets);
    // An id from the address may be any string; the backend judges it.
    Promise.all(wanted.map((id) => api.registry.version({ versionId: id as never })))
      .then((versions) =>
        useRequest.setState({
          slots: versions.map(({ id, model, version }) => newSlot({ type: "version", versionId: id, model, version })),
        }),
      )
      .catch(notifyProblem);
    go("playground", [], "replace");
  }, [versionIds]);
}

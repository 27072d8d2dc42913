import { Button, Modal, Select, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { GenerationOptions, Message } from "../../../../../shared/contract/inference.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { notify } from "../../../ui/notify/notify.ts";
import { FailedState } from "../../../ui/states/FailedState.tsx";
import { AssertionsEditor } from "./AssertionsEditor.tsx";
import { type AssertionDraft, readAssertions } from "./assertion-draft.ts";
import classes from "./CaseForm.module.css";
import { LimitedTextInput } from "../../../ui/fields/LimitedText.tsx";

const newSuite = "new";

interface SaveAsTestProps {
  readonly request: { readonly messages: Message[]; readonly options: GenerationOptions };
  readonly onClose: () => void;
}

/** Puts a request into a suite, of one's own or new, with what its answers have to be. */
export function SaveAsTest({ request: { messages, options }, onClose }: SaveAsTestProps) {
  const suites = useQuery(queries.suites.list.queryOptions());
  const [chosen, setChosen] = useState<string | null>(null);
  const [suiteName, setSuiteName] = useState("");
  const [name, setName] = useState(() => firstWords(messages));
  const [drafts, setDrafts] = useState<readonly AssertionDraft[]>([]);
  const [tried, setTried] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const suiteId = chosen ?? suites.data?.[0]?.id ?? newSuite;
  const { assertions, errors } = readAssertions(drafts);
  const nameless = name.trim() === "";
  const suiteNameless = suiteId === newSuite && suiteName.trim() === "";
  const save = async (): Promise<void> => {
    setTried(true);
    if (nameless || suiteNameless || Object.keys(errors).length > 0) return;
    setBusy(true);
    try {
      const suite =
        suites.data?.find(({ id }) => id === suiteId) ?? (await api.suites.create({ name: suiteName.trim() }));
      // Should the case be refused, the suite is there already and is chosen.
      setChosen(suite.id);
      const saved = await api.suites.addCase({ suiteId: suite.id, name: name.trim(), messages, options, assertions });
      notify(`“${saved.name}” is a test of ${suite.name} now.`, async () => {
        await api.suites.removeCase({ testCaseId: saved.id });
      });
      onClose();
    } catch (failure) {
      const { message, remedy } = toProblem(failure);
      setProblem(`${message} ${remedy}`);
      setBusy(false);
    } finally {
      await invalidate(queries.suites.key());
    }
  };
  return (
    <Modal opened onClose={onClose} title="Save as test" size={560}>
      {suites.isError ? (
        <FailedState error={suites.error} onRetry={() => void suites.refetch()} />
      ) : (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void save(); // its failure is shown in the form
          }}
        >
          <Stack gap="sm">
            <LimitedTextInput
              label="Name of the case"
              data-autofocus
              limit={200}
              value={name}
              error={tried && nameless ? "Give the case a name." : null}
              onChange={({ currentTarget }) => setName(currentTarget.value)}
            />
            <Select
              label="Suite"
              searchable
              value={suiteId}
              onChange={setChosen}
              data={[
                ...(suites.data ?? []).map((suite) => ({ value: String(suite.id), label: suite.name })),
                { value: newSuite, label: "A new suite" },
              ]}
            />
            {suiteId === newSuite && (
              <LimitedTextInput
                label="Name of the new suite"
                placeholder="Before a rollout"
                limit={200}
                value={suiteName}
                error={tried && suiteNameless ? "Give the new suite a name." : null}
                onChange={({ currentTarget }) => setSuiteName(currentTarget.value)}
              />
            )}
          </Stack>
          <h3 className={classes.heading}>What the answer has to be</h3>
          <AssertionsEditor drafts={drafts} errors={tried ? errors : {}} onChange={setDrafts} />
          {problem !== null && (
            <p className={classes.error} role="alert">
              {problem}
            </p>
          )}
          <div className={classes.foot}>
            <span className={classes.spacer} />
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Save test
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}

function firstWords(messages: readonly Message[]): string {
  const asked = messages.findLast(({ role }) => role === "user")?.content.trim() ?? "";
  const line = asked.split("\n")[0] ?? "";
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}

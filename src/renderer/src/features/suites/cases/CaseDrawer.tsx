import { Button, Drawer } from "@mantine/core";
import { useState } from "react";
import type { TestCase, TestSuite } from "../../../../../shared/contract/suites.ts";
import { invalidate } from "../../../api/changes.ts";
import { api, queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { ConfirmDialog } from "../../../ui/dialogs/ConfirmDialog.tsx";
import { MessagesEditor } from "../../../ui/request/MessagesEditor.tsx";
import { readMessages } from "../../../ui/request/messages-draft.ts";
import { readOptions } from "../../../ui/request/options-draft.ts";
import { OptionsForm } from "../../../ui/request/OptionsForm.tsx";
import { AssertionsEditor } from "./AssertionsEditor.tsx";
import { type CaseDraft, caseDraft } from "./case-draft.ts";
import { readAssertions } from "./assertion-draft.ts";
import classes from "./CaseForm.module.css";
import { isRefused } from "../../../ui/fields/text-limit.ts";
import { useDraftState } from "../../../ui/fields/use-draft-state.ts";
import { LimitedTextInput } from "../../../ui/fields/LimitedText.tsx";

interface CaseDrawerProps {
  readonly suite: TestSuite;
  /** Null for a new one. */
  readonly testCase: TestCase | null;
  /** Takes a case to the playground. */
  readonly onTry: (testCase: Pick<TestCase, "messages" | "options">) => void;
  readonly onClose: () => void;
}

/** A case as a form: what is asked, how, and what the answer has to be. */
export function CaseDrawer({ suite, testCase, onTry, onClose }: CaseDrawerProps) {
  const typed = useDraftState(`case ${testCase?.id ?? `of ${suite.id}`}`, () => caseDraft(testCase));
  const { name, messages, options, assertions } = typed.value;
  const set = (part: Partial<CaseDraft>): void => typed.set({ ...typed.value, ...part });
  const [tried, setTried] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [removing, setRemoving] = useState(false);
  const read = {
    messages: readMessages(messages, options.raw),
    options: readOptions(options),
    assertions: readAssertions(assertions),
  };
  const wrong = name.trim() === "" || Object.values(read).some(({ errors }) => Object.keys(errors).length > 0);
  const save = async (): Promise<void> => {
    setTried(true);
    setProblem(null);
    if (wrong) return setProblem("Something above is not right yet; it says what beneath it.");
    setBusy(true);
    try {
      const written = {
        name: name.trim(),
        messages: read.messages.messages,
        options: read.options.options,
        assertions: read.assertions.assertions,
      };
      if (testCase === null) await api.suites.addCase({ suiteId: suite.id, ...written });
      else await api.suites.saveCase({ testCaseId: testCase.id, ...written });
      typed.clear();
      await invalidate(queries.suites.key());
      onClose();
    } catch (failure) {
      const { message, remedy } = toProblem(failure);
      setProblem(`${message} ${remedy}`);
      setBusy(false);
    }
  };
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={560}
      title={testCase === null ? "Add a case" : "Edit the case"}
      closeOnClickOutside={false}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!isRefused(event.currentTarget)) void save(); // its failure is shown in the form
        }}
      >
        <LimitedTextInput
          label="Name"
          placeholder="Stays in the keeper's voice"
          data-autofocus
          limit={200}
          value={name}
          error={tried && name.trim() === "" ? "Give the case a name." : null}
          onChange={({ currentTarget }) => set({ name: currentTarget.value })}
        />
        <h3 className={classes.heading}>Messages</h3>
        <MessagesEditor
          messages={messages}
          errors={tried ? read.messages.errors : {}}
          onChange={(drafts) => set({ messages: drafts })}
        />
        <h3 className={classes.heading}>What the answer has to be</h3>
        <AssertionsEditor
          drafts={assertions}
          errors={tried ? read.assertions.errors : {}}
          onChange={(drafts) => set({ assertions: drafts })}
        />
        <h3 className={classes.heading}>Parameters</h3>
        <OptionsForm
          draft={options}
          errors={tried ? read.options.errors : {}}
          onChange={(draft) => set({ options: draft })}
        />
        {problem !== null && (
          <p className={classes.error} role="alert">
            {problem}
          </p>
        )}
        <div className={classes.foot}>
          {testCase !== null && (
            <Button variant="subtle" color="red" onClick={() => setRemoving(true)}>
              Remove
            </Button>
          )}
          <Button
            variant="subtle"
            color="gray"
            onClick={() => onTry({ messages: read.messages.messages, options: read.options.options })}
          >
            Try in the playground
          </Button>
          {typed.isKept && (
            <Button variant="subtle" color="gray" onClick={typed.clear}>
              Start over
            </Button>
          )}
          <span className={classes.spacer} />
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Save case
          </Button>
        </div>
      </form>
      {removing && testCase !== null && (
        <ConfirmDialog
          title={`Remove “${testCase.name}”?`}
          confirmLabel="Remove case"
          onConfirm={async () => {
            await api.suites.removeCase({ testCaseId: testCase.id });
            await invalidate(queries.suites.key());
            onClose();
          }}
          onClose={() => setRemoving(false)}
        >
          The case and what it asks for are deleted. Earlier runs keep its results.
        </ConfirmDialog>
      )}
    </Drawer>
  );
}

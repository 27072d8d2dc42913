import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { IconPlayerPlay, IconPlayerStop, IconPlus, IconX } from "@tabler/icons-react";
import { notify } from "../../ui/notify/notify.ts";
import { Disclosure } from "../../ui/controls/Disclosure.tsx";
import { KeyHint } from "../../ui/text/KeyHint.tsx";
import { MessagesEditor } from "../../ui/request/MessagesEditor.tsx";
import { DeadlineFields } from "../../ui/request/DeadlineFields.tsx";
import { deadlinesSummary } from "../../ui/request/options-labels.ts";
import { OptionsForm } from "../../ui/request/OptionsForm.tsx";
import { stopAll } from "./answers.ts";
import type { RequestErrors } from "./read-request.ts";
import { maxTargets, newSlot, resetRequest, setTarget, useRequest } from "./request.ts";
import classes from "./Playground.module.css";
import { TargetSelect } from "./TargetSelect.tsx";

interface RequestPaneProps {
  readonly errors: RequestErrors;
  readonly running: boolean;
  readonly onRun: () => void;
  readonly onSave: () => void;
}

/** What is asked, of whom, and how. */
export function RequestPane({ errors, running, onRun, onSave }: RequestPaneProps) {
  const { slots, messages, options, deadlines } = useRequest();
  return (
    <form
      className={classes.request}
      aria-label="Request"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onRun();
      }}
    >
      {/* Focusable, so that a keyboard can scroll it. */}
      <div className={classes.fields} tabIndex={0} role="group" aria-label="What is asked, and of whom">
        <h2 className={classes.heading}>Models</h2>
        <ol className={classes.slots} aria-label="Models">
          {slots.map((slot, index) => (
            <li key={slot.key}>
              <div className={classes.slot}>
                <TargetSelect
                  label={`Model ${index + 1}`}
                  value={slot.target}
                  error={errors.slots[slot.key]}
                  onChange={(target) => setTarget(slot.key, target)}
                />
              </div>
              {slots.length > 1 && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  aria-label={`Remove model ${index + 1}`}
                  onClick={() => useRequest.setState({ slots: slots.filter(({ key }) => key !== slot.key) })}
                >
                  <IconX size={15} stroke={1.5} />
                </ActionIcon>
              )}
            </li>
          ))}
        </ol>
        {slots.length < maxTargets && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            leftSection={<IconPlus size={14} stroke={1.5} />}
            onClick={() => useRequest.setState({ slots: [...slots, newSlot()] })}
          >
            Add model
          </Button>
        )}
        <h2 className={classes.heading}>Messages</h2>
        <MessagesEditor
          messages={messages}
          errors={errors.messages}
          onChange={(next) => useRequest.setState({ messages: next })}
        />
        <h2 className={classes.heading}>Parameters</h2>
        <OptionsForm
          samplingOpen
          draft={options}
          errors={errors.options}
          onChange={(next) => useRequest.setState({ options: next })}
        >
          <Disclosure
            title="Deadlines"
            summary={deadlinesSummary(deadlines, "as the version has them")}
            wrong={Object.keys(errors.deadlines).length > 0}
          >
            <DeadlineFields
              draft={deadlines}
              errors={errors.deadlines}
              onChange={(next) => useRequest.setState({ deadlines: next })}
            />
          </Disclosure>
        </OptionsForm>
      </div>
      <footer className={classes.actions}>
        <Tooltip label="Empties messages and parameters">
          <Button variant="subtle" color="gray" onClick={reset}>
            Reset
          </Button>
        </Tooltip>
        <Button variant="default" onClick={onSave}>
          Save as test
        </Button>
        <span className={classes.spacer} />
        {running ? (
          <Button
            variant="default"
            leftSection={<IconPlayerStop size={14} stroke={1.5} />}
            rightSection={<KeyHint keys="Escape" />}
            onClick={stopAll}
          >
            Stop all
          </Button>
        ) : (
          <Button
            type="submit"
            leftSection={<IconPlayerPlay size={14} stroke={1.5} />}
            rightSection={<KeyHint keys="mod+Enter" />}
          >
            Run
          </Button>
        )}
      </footer>
    </form>
  );
}

export function reset(): void {
  const undo = resetRequest();
  notify("Messages and parameters are empty again.", () => {
    undo();
    return Promise.resolve();
  });
}

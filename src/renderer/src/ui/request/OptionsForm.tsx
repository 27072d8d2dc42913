import { ActionIcon, SegmentedControl, Select, Switch, TagsInput, TextInput, Tooltip } from "@mantine/core";
import { IconDice5 } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Disclosure } from "../controls/Disclosure.tsx";
import { JsonEditor } from "../json/JsonEditor.tsx";
import { NumberField } from "./NumberField.tsx";
import classes from "./options-form.module.css";
import {
  type OptionErrors,
  type OptionsDraft,
  type NumberName,
  maxTokensField,
  samplingFields,
  seedField,
  thinkChoices,
  threadsField,
} from "./options-draft.ts";
import { formatSummary, lengthSummary, modelSummary, samplingSummary, toolsSummary } from "./options-labels.ts";

interface OptionsFormProps {
  readonly draft: OptionsDraft;
  readonly errors: OptionErrors;
  readonly onChange: (draft: OptionsDraft) => void;
  /** Opens the first group at once. */
  readonly samplingOpen?: boolean;
  /** Further parts, after those of the options. */
  readonly children?: ReactNode;
}

/** Every option of a call, in groups whose heads list what is set in them. What is empty is the version's or the model's own. */
export function OptionsForm({ draft, errors, onChange, samplingOpen = false, children }: OptionsFormProps) {
  const set = (change: Partial<OptionsDraft>): void => onChange({ ...draft, ...change });
  const number = (name: NumberName): NumberFieldState => ({
    value: draft.numbers[name] ?? "",
    error: errors[name],
    onChange: (typed: string) => set({ numbers: { ...draft.numbers, [name]: typed } }),
  });
  const wrong = (...names: readonly (keyof OptionErrors)[]): boolean =>
    names.some((name) => errors[name] !== undefined);
  return (
    <div className={classes.form}>
      <Disclosure
        title="Sampling"
        summary={samplingSummary(draft)}
        initiallyOpen={samplingOpen}
        wrong={wrong("seed", ...samplingFields.map(({ name }) => name))}
      >
        <div className={classes.grid}>
          {samplingFields.map((field) => (
            <NumberField key={field.name} label={field.label} step={field.step} {...number(field.name)} />
          ))}
          <NumberField
            label={seedField.label}
            step={seedField.step}
            {...number("seed")}
            aside={
              <Tooltip label="A new seed">
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  aria-label="A new seed"
                  onClick={() => number("seed").onChange(String(newSeed()))}
                >
                  <IconDice5 size={16} stroke={1.5} />
                </ActionIcon>
              </Tooltip>
            }
          />
        </div>
      </Disclosure>
      <Disclosure title="Length and stop" summary={lengthSummary(draft)} wrong={wrong("maxTokens", "stop")}>
        <div className={classes.column}>
          <NumberField label={maxTokensField.label} step={maxTokensField.step} {...number("maxTokens")} />
          <TagsInput
            label="Stop at"
            description={String.raw`Enter adds one. A line break is written \n.`}
            size="xs"
            splitChars={[]}
            value={[...draft.stop]}
            error={errors.stop}
            onChange={(stop) => set({ stop })}
          />
        </div>
      </Disclosure>
      <Disclosure title="Output format" summary={formatSummary(draft)} wrong={wrong("format")}>
        <div className={classes.column}>
          <SegmentedControl
            aria-label="Output format"
            size="xs"
            fullWidth
            value={draft.format}
            onChange={(format) => set({ format })}
            data={[
              { value: "text", label: "Text" },
              { value: "json", label: "Any JSON" },
              { value: "schema", label: "JSON Schema" },
            ]}
          />
          {draft.format === "schema" && (
            <JsonEditor
              label="JSON Schema"
              description="The answer is checked against it by Taleward itself and asked for again where it does not fit."
              value={draft.schema}
              error={errors.format}
              onChange={(schema) => set({ schema })}
            />
          )}
        </div>
      </Disclosure>
      <Disclosure title="Tools" summary={toolsSummary(draft)} wrong={wrong("tools")}>
        <JsonEditor
          label="Tools"
          description="A list of tools the model may ask for, each with its name, a description and a JSON Schema of its arguments."
          value={draft.tools}
          error={errors.tools}
          onChange={(tools) => set({ tools })}
        />
      </Disclosure>
      <Disclosure
        title="Model and server"
        summary={modelSummary(draft)}
        wrong={wrong("think", "keepAlive", "threads", "serverOptions", "raw")}
      >
        <ModelFields draft={draft} errors={errors} number={number} set={set} />
      </Disclosure>
      {children}
    </div>
  );
}

interface ModelFieldsProps extends Pick<OptionsFormProps, "draft" | "errors"> {
  readonly number: (name: NumberName) => NumberFieldState;
  readonly set: (change: Partial<OptionsDraft>) => void;
}

interface NumberFieldState {
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (typed: string) => void;
}

/** What only some models and servers know: thinking, how long it stays loaded, threads, options of the server's own. */
function ModelFields({ draft, errors, number, set }: ModelFieldsProps) {
  return (
    <div className={classes.column}>
      <div className={classes.grid}>
        <Select
          label="Think"
          size="xs"
          value={draft.think}
          onChange={(value) => set({ think: thinkChoices.find((choice) => choice === value) ?? "unset" })}
          data={[
            { value: "unset", label: "As the model does" },
            { value: "on", label: "On" },
            { value: "off", label: "Off" },
            { value: "low", label: "Low" },
            { value: "medium", label: "Medium" },
            { value: "high", label: "High" },
          ]}
        />
        <TextInput
          label="Keep loaded"
          placeholder="5m"
          size="xs"
          value={draft.keepAlive}
          error={errors.keepAlive}
          onChange={({ currentTarget }) => set({ keepAlive: currentTarget.value })}
        />
        <NumberField label={threadsField.label} step={threadsField.step} {...number("threads")} />
      </div>
      <Switch
        size="xs"
        label="Raw: send the one message without the chat template"
        checked={draft.raw}
        onChange={({ currentTarget }) => set({ raw: currentTarget.checked })}
      />
      <JsonEditor
        label="Server options"
        description="Handed to the server as they are, for what has no field here."
        value={draft.serverOptions}
        error={errors.serverOptions}
        onChange={(serverOptions) => set({ serverOptions })}
      />
    </div>
  );
}

function newSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

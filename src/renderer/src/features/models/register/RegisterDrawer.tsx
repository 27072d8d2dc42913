import { Button, Drawer, NumberInput, Select, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { providerName } from "../../../../../shared/contract/registry.ts";
import { invalidate } from "../../../api/changes.ts";
import { queries } from "../../../api/connection.ts";
import { toProblem } from "../../../api/problem.ts";
import { notify } from "../../../ui/notify/notify.ts";
import { Disclosure } from "../../../ui/controls/Disclosure.tsx";
import { bytes, remaining, versionName } from "../../../ui/format.ts";
import { ProgressLine } from "../../../ui/marks/ProgressLine.tsx";
import { DeadlineFields } from "../../../ui/request/DeadlineFields.tsx";
import type { DeadlineErrors, OptionErrors } from "../../../ui/request/options-draft.ts";
import { OptionsForm } from "../../../ui/request/OptionsForm.tsx";
import { deadlinesSummary } from "../../../ui/request/options-labels.ts";
import { AddressList } from "./AddressList.tsx";
import { FileField } from "./FileField.tsx";
import classes from "../Models.module.css";
import registerClasses from "./Register.module.css";
import { goToVersion } from "../models-location.ts";
import { type FileReading, useRegistering } from "./save-draft.ts";
import {
  draftFrom,
  fieldOf,
  type RegisterDraft,
  type RegisterErrors,
  type RegisterField,
  type RegisterFrom,
  toRegistration,
  whatIsWrong,
} from "./register-draft.ts";

interface RegisterDrawerProps {
  readonly from: RegisterFrom;
  readonly onClose: () => void;
}

/** Registers a model or a further version of one; a version's configuration is never changed in place. */
export function RegisterDrawer({ from, onClose }: RegisterDrawerProps) {
  const [draft, setDraft] = useState(() => draftFrom(from));
  const [errors, setErrors] = useState<RegisterErrors>({});
  const [optionErrors, setOptionErrors] = useState<OptionErrors>({});
  const [deadlineErrors, setDeadlineErrors] = useState<DeadlineErrors>({});
  const { busy, reading, register, cancel } = useRegistering();
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  const set = <Name extends keyof RegisterDraft>(name: Name, value: RegisterDraft[Name]): void => {
    setDraft((before) => ({ ...before, [name]: value }));
    setErrors({});
  };
  const submit = async (): Promise<void> => {
    const wrong = whatIsWrong(draft);
    const { input, errors: unfit } = toRegistration(draft);
    setErrors(wrong);
    setOptionErrors(unfit.options);
    setDeadlineErrors(unfit.deadlines);
    if ([wrong, unfit.options, unfit.deadlines].some((one) => Object.keys(one).length > 0)) return;
    try {
      const version = await register(input);
      if (version === null) return;
      await invalidate(queries.registry.key());
      notify(`${versionName(version)} is registered.`);
      onClose();
      if (from.kind === "version") goToVersion(version.id);
    } catch (error) {
      const problem = toProblem(error);
      setErrors({ [fieldOf(problem.field, draft)]: `${problem.message} ${problem.remedy}` });
    }
  };
  const text = (name: Extract<RegisterField, "modelName" | "version" | "endpoint" | "serverModel">) => ({
    value: draft[name],
    error: errors[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => set(name, event.currentTarget.value),
  });
  const title = from.kind === "version" ? `New version of ${from.version.model}` : "Register a model";
  return (
    <Drawer opened onClose={onClose} position="right" size={480} title={title}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit(); // its failure is shown in the form
        }}
      >
        <Stack gap="sm">
          {from.kind !== "version" && (
            <TextInput
              label="Model name"
              placeholder="llama3.1-8b"
              data-autofocus={from.kind === "nothing" || undefined}
              {...text("modelName")}
            />
          )}
          <TextInput
            label="Version"
            placeholder={from.kind === "version" ? `not ${from.version.version}` : "1.0"}
            data-autofocus={from.kind === "version" || undefined}
            description="A new configuration is a new version; a version never changes."
            {...text("version")}
          />
          {from.kind !== "version" && (
            <Select
              label="Provider"
              value={draft.provider}
              error={errors.provider}
              onChange={(value) => set("provider", providerName.options.find((one) => one === value) ?? "ollama")}
              data={[
                { value: "ollama", label: "Ollama server" },
                { value: "openai", label: "OpenAI-compatible server (llama.cpp, LM Studio, vLLM)" },
                { value: "embedded", label: "Built-in engine (GGUF file)" },
              ]}
            />
          )}
          {from.kind !== "version" && draft.provider === "openai" && (
            <Select
              label="Runs"
              value={draft.modelType}
              onChange={(value) => set("modelType", value === "remote" ? "remote" : "self_hosted")}
              data={[
                { value: "self_hosted", label: "On a machine of your own" },
                { value: "remote", label: "At somebody else's: what is sent leaves this machine" },
              ]}
            />
          )}
          {draft.provider === "embedded" ? (
            <FileField
              value={draft.file}
              error={errors.file}
              contextTokens={draft.contextTokens}
              onChange={(file) => set("file", file)}
            />
          ) : (
            <>
              <TextInput
                label="Endpoint"
                placeholder={draft.provider === "ollama" ? "http://127.0.0.1:11434" : "http://127.0.0.1:8080/v1"}
                description={
                  draft.provider === "ollama"
                    ? "A server's base URL, or with a path the generate URL itself. Empty means the usual Ollama."
                    : "The server's base URL, with or without /v1. Keep its key under Servers."
                }
                {...text("endpoint")}
              />
              <AddressList
                addresses={draft.replicas}
                errors={errors}
                placeholder={draft.provider === "ollama" ? "http://10.0.0.2:11434" : "http://10.0.0.2:8080/v1"}
                onChange={(replicas) => set("replicas", replicas)}
              />
              <TextInput
                label="Name on the server"
                placeholder="llama3.1:8b"
                description="Empty means the model name."
                {...text("serverModel")}
              />
            </>
          )}
          <NumberInput
            label="Context length, tokens"
            placeholder="the model's own"
            hideControls
            allowDecimal={false}
            clampBehavior="none"
            thousandSeparator=","
            value={draft.contextTokens ?? ""}
            error={errors.contextTokens}
            onChange={(value) => set("contextTokens", typeof value === "number" ? value : null)}
          />
          <div>
            {" "}
            <Disclosure title="Options of this version" summary="used where a call or its use case sets none">
              <OptionsForm
                draft={draft.options}
                errors={optionErrors}
                onChange={(options) => {
                  set("options", options);
                  setOptionErrors({});
                }}
              />
            </Disclosure>
            <Disclosure
              title="Deadlines"
              summary={deadlinesSummary(draft.deadlines, "used where a call sets none")}
              wrong={Object.keys(deadlineErrors).length > 0}
            >
              <DeadlineFields
                draft={draft.deadlines}
                errors={deadlineErrors}
                connects={draft.provider !== "embedded"}
                onChange={(deadlines) => {
                  set("deadlines", deadlines);
                  setDeadlineErrors({});
                }}
              />
            </Disclosure>
          </div>{" "}
          <TagsInput
            label="Tags"
            placeholder={draft.tags.length === 0 ? "Enter adds one" : ""}
            size="sm"
            maxTags={32}
            value={[...draft.tags]}
            error={errors.tags}
            onChange={(tags) => set("tags", tags)}
          />
          <Textarea
            label="Note"
            autosize
            minRows={2}
            maxRows={8}
            maxLength={10_000}
            value={draft.note}
            error={errors.note}
            onChange={(event) => set("note", event.currentTarget.value)}
          />
          <Select
            label="Use at once for"
            placeholder="nothing yet"
            clearable
            value={draft.useCase}
            error={errors.useCase}
            onChange={(value) => set("useCase", value)}
            data={useCases.data?.map(({ name }) => name) ?? []}
          />
          {errors.form !== undefined && (
            <div role="alert" className={classes.problem}>
              {errors.form}
            </div>
          )}
          <div className={registerClasses.footer}>
            {reading !== null && <ReadingLine reading={reading} />}
            <Button variant="default" onClick={busy ? cancel : onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Register
            </Button>
          </div>
        </Stack>
      </form>
    </Drawer>
  );
}

/** A large file is read whole before it is registered: what it held then is what the version is pinned to. */
function ReadingLine({ reading: { bytesDone, bytesTotal, elapsedMs } }: { readonly reading: FileReading }) {
  const leftMs = bytesDone === 0 ? null : (elapsedMs / bytesDone) * (bytesTotal - bytesDone);
  return (
    <div className={registerClasses.reading}>
      <ProgressLine
        label="Reading the file to pin it"
        percent={bytesTotal === 0 ? 0 : (bytesDone / bytesTotal) * 100}
        facts={[`Reading ${bytes(bytesTotal)} to pin it`]}
        aside={leftMs === null || elapsedMs < 1_000 ? null : `${remaining(leftMs)} left`}
      />
    </div>
  );
}

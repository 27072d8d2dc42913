import { Button, Drawer, Group, NumberInput, Select, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { providerName } from "../../../../shared/contract/registry.ts";
import { askAgain } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { toProblem } from "../../api/problem.ts";
import { say } from "../../shell/notify.ts";
import { Disclosure } from "../../ui/Disclosure.tsx";
import { versionName } from "../../ui/format.ts";
import type { OptionErrors } from "../../ui/request/options-draft.ts";
import { OptionsForm } from "../../ui/request/OptionsForm.tsx";
import { FileField } from "./FileField.tsx";
import classes from "./Models.module.css";
import { goToVersion } from "./models-place.ts";
import {
  draftFrom,
  type RegisterDraft,
  type RegisterErrors,
  type RegisterField,
  type RegisterFrom,
  registerFields,
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
  const [busy, setBusy] = useState(false);
  const useCases = useQuery(queries.registry.useCases.queryOptions());
  const set = <Name extends keyof RegisterDraft>(name: Name, value: RegisterDraft[Name]): void => {
    setDraft((before) => ({ ...before, [name]: value }));
    setErrors({});
  };
  const submit = async (): Promise<void> => {
    const wrong = whatIsWrong(draft);
    const { input, errors: wrongOptions } = toRegistration(draft);
    setErrors(wrong);
    setOptionErrors(wrongOptions);
    if (Object.keys(wrong).length + Object.keys(wrongOptions).length > 0) return;
    setBusy(true);
    try {
      const version = await api.registry.registerModel(input);
      await askAgain(queries.registry.key());
      say(`${versionName(version)} is registered.`);
      onClose();
      if (from.kind === "version") goToVersion(version.id);
    } catch (error) {
      const problem = toProblem(error);
      const field = registerFields.find((name) => problem.field?.split(".").includes(name) === true) ?? "form";
      setErrors({ [field]: `${problem.message} ${problem.remedy}` });
      setBusy(false);
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
          <Group justify="flex-end" gap="xs" mt="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy}>
              Register
            </Button>
          </Group>
        </Stack>
      </form>
    </Drawer>
  );
}

import { Button, Drawer, Group, NumberInput, Select, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { queryClient } from "../../api/changes.ts";
import { api, queries } from "../../api/connection.ts";
import { toProblem } from "../../api/problem.ts";
import type { ProviderName, UseCase } from "../../../../shared/contract/registry.ts";
import { say } from "../../shell/notify.ts";

interface RegisterDrawerProps {
  readonly useCases: readonly UseCase[];
  readonly onClose: () => void;
}

/** The fields as typed; the backend judges them, and its refusal stands at the field it names. */
interface Draft {
  readonly modelName: string;
  readonly version: string;
  readonly provider: ProviderName;
  readonly endpoint: string;
  readonly serverModel: string;
  readonly file: string;
  readonly contextTokens: number | null;
  readonly useCase: string | null;
}

const fields = [
  "modelName",
  "version",
  "provider",
  "endpoint",
  "serverModel",
  "file",
  "contextTokens",
  "useCase",
] as const;
type Field = (typeof fields)[number];

const emptyDraft: Draft = {
  modelName: "",
  version: "",
  provider: "ollama",
  endpoint: "",
  serverModel: "",
  file: "",
  contextTokens: null,
  useCase: null,
};

export function RegisterDrawer({ useCases, onClose }: RegisterDrawerProps) {
  const [draft, setDraft] = useState(emptyDraft);
  const [errors, setErrors] = useState<Partial<Record<Field | "form", string>>>({});
  const [busy, setBusy] = useState(false);
  const set = <Name extends Field>(name: Name, value: Draft[Name]): void => {
    setDraft((before) => ({ ...before, [name]: value }));
    setErrors({});
  };
  const submit = async (): Promise<void> => {
    const wrong = whatIsWrong(draft);
    if (Object.keys(wrong).length > 0) {
      setErrors(wrong);
      return;
    }
    setBusy(true);
    try {
      const version = await api.registry.registerModel(toInput(draft));
      await queryClient.invalidateQueries({ queryKey: queries.registry.key() });
      say(`${version.model} @${version.version} is registered.`);
      onClose();
    } catch (error) {
      const problem = toProblem(error);
      const last = problem.field?.split(".").at(-1);
      const field = fields.find((name) => name === last) ?? "form";
      setErrors({ [field]: `${problem.message} ${problem.remedy}` });
      setBusy(false);
    }
  };
  const text = (name: "modelName" | "version" | "endpoint" | "serverModel" | "file") => ({
    value: draft[name],
    error: errors[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => set(name, event.currentTarget.value),
  });
  return (
    <Drawer opened onClose={onClose} position="right" size={440} title="Register a model">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit(); // its failure is shown in the form
        }}
      >
        <Stack gap="sm">
          <TextInput label="Model name" placeholder="llama3.1-8b" data-autofocus {...text("modelName")} />
          <TextInput
            label="Version"
            placeholder="1.0"
            description="A new configuration is a new version; a version never changes."
            {...text("version")}
          />
          <Select
            label="Provider"
            value={draft.provider}
            error={errors.provider}
            onChange={(value) => set("provider", value === "embedded" ? "embedded" : "ollama")}
            data={[
              { value: "ollama", label: "Ollama server" },
              { value: "embedded", label: "Built-in engine (GGUF file)" },
            ]}
          />
          {draft.provider === "ollama" ? (
            <>
              <TextInput
                label="Endpoint"
                placeholder="http://127.0.0.1:11434"
                description="A server's base URL, or with a path the generate URL itself. Empty means the usual Ollama."
                {...text("endpoint")}
              />
              <TextInput
                label="Name on the server"
                placeholder="llama3.1:8b"
                description="Empty means the model name above."
                {...text("serverModel")}
              />
            </>
          ) : (
            <TextInput
              label="File"
              placeholder="model.Q4_K_M.gguf"
              description="The name of a GGUF file in the models folder of the data directory."
              {...text("file")}
            />
          )}
          <NumberInput
            label="Context length, tokens"
            placeholder="the model's own"
            hideControls
            allowDecimal={false}
            thousandSeparator=","
            value={draft.contextTokens ?? ""}
            error={errors.contextTokens}
            onChange={(value) => set("contextTokens", typeof value === "number" ? value : null)}
          />
          <Select
            label="Use at once for"
            placeholder="nothing yet"
            clearable
            value={draft.useCase}
            error={errors.useCase}
            onChange={(value) => set("useCase", value)}
            data={useCases.map(({ name }) => name)}
          />
          {errors.form !== undefined && (
            <div role="alert" style={{ color: "var(--tw-critical)" }}>
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

/** What can be seen without asking, for all fields at once; the backend judges the rest. */
function whatIsWrong({ modelName, version, contextTokens }: Draft): Partial<Record<Field, string>> {
  return {
    ...(modelName.trim() === "" && { modelName: "Give the model a name, such as llama3.1-8b." }),
    ...(version.trim() === "" && { version: "Give the version a name, such as 1.0." }),
    ...(contextTokens !== null &&
      (contextTokens < 256 || contextTokens > 4_194_304) && {
        contextTokens: "Give a number from 256 to 4,194,304, or leave it empty.",
      }),
  };
}

function toInput(draft: Draft): Parameters<typeof api.registry.registerModel>[0] {
  const { modelName, version, provider, useCase } = draft;
  const given = (value: string): string | undefined => (value.trim() === "" ? undefined : value.trim());
  const endpoint = provider === "ollama" ? given(draft.endpoint) : undefined;
  const serverModel = provider === "ollama" ? given(draft.serverModel) : undefined;
  const file = provider === "embedded" ? given(draft.file) : undefined;
  return {
    modelName,
    version,
    provider,
    ...(useCase !== null && { useCase }),
    configuration: {
      ...(endpoint !== undefined && { endpoint }),
      ...(serverModel !== undefined && { serverModel }),
      ...(file !== undefined && { file }),
      ...(draft.contextTokens !== null && { contextTokens: draft.contextTokens }),
    },
  };
}

import { Select, TextInput } from "@mantine/core";
import { providerName } from "../../../../../shared/contract/registry.ts";
import type { RegisterFrom } from "./register-draft.ts";
import type { RegisterForm } from "./use-register-form.ts";

interface IdentityFieldsProps {
  readonly from: RegisterFrom;
  readonly form: RegisterForm;
}

/** What a version is called and what answers for it; a further version keeps its model's name and provider. */
export function IdentityFields({ from, form: { draft, errors, set, text } }: IdentityFieldsProps) {
  const further = from.kind === "version";
  return (
    <>
      {!further && (
        <TextInput
          label="Model name"
          placeholder="llama3.1-8b"
          data-autofocus={from.kind === "nothing" || undefined}
          {...text("modelName")}
        />
      )}
      <TextInput
        label="Version"
        placeholder={further ? `not ${from.version.version}` : "1.0"}
        data-autofocus={further || undefined}
        description="A new configuration is a new version; a version never changes."
        {...text("version")}
      />
      {!further && (
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
      {!further && draft.provider === "openai" && (
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
    </>
  );
}

import type {
  ModelVersion,
  ProviderName,
  RegisterModelInput,
  VersionConfiguration,
} from "../../../../shared/contract/registry.ts";
import type { api } from "../../api/connection.ts";
import {
  emptyOptions,
  type OptionErrors,
  type OptionsDraft,
  optionsDraft,
  readOptions,
} from "../../ui/request/options-draft.ts";
import { fileName } from "./version-words.ts";

/** The fields as typed; the backend judges them, and its refusal stands at the field it names. */
export interface RegisterDraft {
  readonly modelName: string;
  readonly version: string;
  readonly provider: ProviderName;
  readonly modelType: ModelVersion["modelType"];
  readonly endpoint: string;
  readonly serverModel: string;
  readonly file: string;
  readonly contextTokens: number | null;
  readonly useCase: string | null;
  readonly tags: readonly string[];
  readonly note: string;
  readonly options: OptionsDraft;
  /** What the drawer has no field for, carried over from the version it began with. */
  readonly kept: Pick<VersionConfiguration, "replicas" | "deadlines">;
}

export const registerFields = [
  "modelName",
  "version",
  "provider",
  "endpoint",
  "serverModel",
  "file",
  "contextTokens",
  "useCase",
  "tags",
  "note",
] as const;
export type RegisterField = (typeof registerFields)[number];
export type RegisterErrors = Readonly<Partial<Record<RegisterField | "form", string>>>;

const emptyDraft: RegisterDraft = {
  modelName: "",
  version: "",
  provider: "ollama",
  modelType: "self_hosted",
  endpoint: "",
  serverModel: "",
  file: "",
  contextTokens: null,
  useCase: null,
  tags: [],
  note: "",
  options: emptyOptions,
  kept: {},
};

/** What a registration begins with: nothing, a file, or another version of the same model. */
export type RegisterFrom =
  | { readonly kind: "nothing" }
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "version"; readonly version: ModelVersion };

export function draftFrom(from: RegisterFrom): RegisterDraft {
  switch (from.kind) {
    case "nothing":
      return emptyDraft;
    case "file":
      return {
        ...emptyDraft,
        provider: "embedded",
        file: from.file,
        modelName: fileName(from.file).replace(/\.gguf$/i, ""),
        version: "1.0",
      };
    case "version": {
      const { model, provider, modelType, configuration, tags, note } = from.version;
      const { endpoint, serverModel, file, contextTokens, options, replicas, deadlines } = configuration;
      return {
        ...emptyDraft,
        modelName: model,
        provider,
        modelType,
        endpoint: endpoint ?? "",
        serverModel: serverModel ?? "",
        file: file ?? "",
        contextTokens: contextTokens ?? null,
        tags,
        note,
        options: options === undefined ? emptyOptions : optionsDraft(options),
        kept: { ...(replicas !== undefined && { replicas }), ...(deadlines !== undefined && { deadlines }) },
      };
    }
  }
}

/** What can be seen without asking, for all fields at once; the backend judges the rest. */
export function whatIsWrong({ modelName, version, contextTokens, provider, file }: RegisterDraft): RegisterErrors {
  return {
    ...(modelName.trim() === "" && { modelName: "Give the model a name, such as llama3.1-8b." }),
    ...(version.trim() === "" && { version: "Give the version a name, such as 1.0." }),
    ...(provider === "embedded" && file.trim() === "" && { file: "Choose a GGUF file, or write its path." }),
    ...(contextTokens !== null &&
      (contextTokens < 256 || contextTokens > 4_194_304) && {
        contextTokens: "Give a number from 256 to 4,194,304, or leave it empty.",
      }),
  };
}

export function toRegistration(draft: RegisterDraft): {
  readonly input: Parameters<typeof api.registry.registerModel>[0];
  readonly errors: OptionErrors;
} {
  const { modelName, version, provider, useCase, tags, note } = draft;
  const given = (value: string): string | undefined => (value.trim() === "" ? undefined : value.trim());
  const onServer = provider !== "embedded";
  const endpoint = onServer ? given(draft.endpoint) : undefined;
  const serverModel = onServer ? given(draft.serverModel) : undefined;
  const file = onServer ? undefined : given(draft.file);
  const { options, errors } = readOptions(draft.options);
  const configuration: RegisterModelInput["configuration"] = {
    ...draft.kept,
    ...(endpoint !== undefined && { endpoint }),
    ...(serverModel !== undefined && { serverModel }),
    ...(file !== undefined && { file }),
    ...(draft.contextTokens !== null && { contextTokens: draft.contextTokens }),
    ...(Object.keys(options).length > 0 && { options }),
  };
  return {
    errors,
    input: {
      modelName,
      version,
      provider,
      ...(onServer && draft.modelType === "remote" && { modelType: draft.modelType }),
      ...(useCase !== null && { useCase }),
      ...(tags.length > 0 && { tags: [...tags] }),
      ...(note.trim() !== "" && { note: note.trim() }),
      configuration,
    },
  };
}

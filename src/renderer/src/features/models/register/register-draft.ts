import {
  endpointUrl,
  type ModelVersion,
  type ProviderName,
  type RegisterModelInput,
  type Shape,
} from "../../../../../shared/contract/registry.ts";
import type { api } from "../../../api/connection.ts";
import {
  type DeadlineErrors,
  type DeadlinesDraft,
  deadlinesDraft,
  emptyOptions,
  type OptionErrors,
  type OptionsDraft,
  optionsDraft,
  readDeadlines,
  readOptions,
} from "../../../ui/request/options-draft.ts";
import { fileName } from "../version-labels.ts";

/** The fields as typed; the backend judges them, and its refusal stands at the field it names. */
export interface RegisterDraft {
  readonly modelName: string;
  readonly version: string;
  readonly provider: ProviderName;
  readonly modelType: ModelVersion["modelType"];
  readonly endpoint: string;
  /** Further servers with the same model; an empty one is left out. */
  readonly replicas: readonly string[];
  readonly serverModel: string;
  readonly file: string;
  readonly contextTokens: number | null;
  /** Null leaves it to the number of parameters. */
  readonly shape: Shape | null;
  readonly useCase: string | null;
  readonly tags: readonly string[];
  readonly note: string;
  readonly options: OptionsDraft;
  readonly deadlines: DeadlinesDraft;
}

/** So many further addresses a version takes. */
export const maxReplicas = 16;

const registerFields = [
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
/** `replicas.0` is the first of the further addresses, as they stand in the drawer. */
export type RegisterErrors = Readonly<Partial<Record<RegisterField | "form" | `replicas.${number}`, string>>>;

const emptyDraft: RegisterDraft = {
  modelName: "",
  version: "",
  provider: "ollama",
  modelType: "self_hosted",
  endpoint: "",
  replicas: [],
  serverModel: "",
  file: "",
  contextTokens: null,
  shape: null,
  useCase: null,
  tags: [],
  note: "",
  options: emptyOptions,
  deadlines: {},
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
      const { endpoint, serverModel, file, contextTokens, options, replicas, deadlines, shape } = configuration;
      return {
        ...emptyDraft,
        modelName: model,
        provider,
        modelType,
        endpoint: endpoint ?? "",
        replicas: replicas ?? [],
        serverModel: serverModel ?? "",
        file: file ?? "",
        contextTokens: contextTokens ?? null,
        shape: shape ?? null,
        tags,
        note,
        options: options === undefined ? emptyOptions : optionsDraft(options),
        deadlines: deadlines === undefined ? {} : deadlinesDraft(deadlines),
      };
    }
  }
}

/** What can be seen without asking, for all fields at once; the backend judges the rest. */
export function whatIsWrong(draft: RegisterDraft): RegisterErrors {
  const { modelName, version, contextTokens, provider, file, replicas } = draft;
  return {
    ...(modelName.trim() === "" && { modelName: "Give the model a name, such as llama3.1-8b." }),
    ...(version.trim() === "" && { version: "Give the version a name, such as 1.0." }),
    ...(provider === "embedded" && file.trim() === "" && { file: "Choose a GGUF file, or write its path." }),
    ...(provider !== "embedded" && wrongAddresses(replicas)),
    ...(contextTokens !== null &&
      (contextTokens < 256 || contextTokens > 4_194_304) && {
        contextTokens: "Give a number from 256 to 4,194,304, or leave it empty.",
      }),
  };
}

function wrongAddresses(replicas: readonly string[]): RegisterErrors {
  return Object.fromEntries(
    replicas.flatMap((address, index) =>
      address.trim() === "" || endpointUrl.safeParse(address.trim()).success
        ? []
        : [[`replicas.${index}`, "Give an http:// or https:// address, such as http://127.0.0.1:11434."]],
    ),
  );
}

/** The field that a refusal stands at, by the path that the backend names; empty further addresses were not sent. */
export function fieldOf(path: string | null, { replicas }: RegisterDraft): keyof RegisterErrors {
  const parts = path?.split(".") ?? [];
  const sent = Number(parts[parts.indexOf("replicas") + 1]);
  if (parts.includes("replicas") && Number.isInteger(sent)) {
    const filled = replicas.flatMap((address, index) => (address.trim() === "" ? [] : [index]));
    return `replicas.${filled[sent] ?? 0}`;
  }
  return registerFields.find((name) => parts.includes(name)) ?? "form";
}

export function toRegistration(draft: RegisterDraft): {
  readonly input: Parameters<typeof api.registry.registerModel>[0];
  readonly errors: { readonly options: OptionErrors; readonly deadlines: DeadlineErrors };
} {
  const { modelName, version, provider, useCase, tags, note } = draft;
  const given = (value: string): string | undefined => (value.trim() === "" ? undefined : value.trim());
  const onServer = provider !== "embedded";
  const endpoint = onServer ? given(draft.endpoint) : undefined;
  const serverModel = onServer ? given(draft.serverModel) : undefined;
  const file = onServer ? undefined : given(draft.file);
  const replicas = onServer ? draft.replicas.map(given).filter((address) => address !== undefined) : [];
  const { options, errors } = readOptions(draft.options);
  // Nothing is connected to where the engine is built in.
  const { connectMs: _, ...without } = draft.deadlines;
  const timed = readDeadlines(onServer ? draft.deadlines : without);
  const configuration: RegisterModelInput["configuration"] = {
    ...(endpoint !== undefined && { endpoint }),
    ...(replicas.length > 0 && { replicas }),
    ...(serverModel !== undefined && { serverModel }),
    ...(file !== undefined && { file }),
    ...(draft.contextTokens !== null && { contextTokens: draft.contextTokens }),
    ...(draft.shape !== null && { shape: draft.shape }),
    ...(Object.keys(options).length > 0 && { options }),
    ...(Object.keys(timed.deadlines).length > 0 && { deadlines: timed.deadlines }),
  };
  return {
    errors: { options: errors, deadlines: timed.errors },
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

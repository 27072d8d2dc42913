import type { ModelVersion, ProviderName, VersionStatus } from "../../../../shared/contract/registry.ts";
import { shortAddress } from "../../../../shared/format.ts";
import type { Tone } from "../../ui/marks/StateMark.tsx";

export const statusTones: Record<VersionStatus, Tone> = {
  registered: "quiet",
  candidate: "busy",
  active: "good",
  deprecated: "warn",
  retired: "quiet",
};

export const providerWords: Record<ProviderName, string> = {
  ollama: "Ollama",
  openai: "OpenAI-compatible",
  embedded: "Built-in engine",
};

/** Where a version runs, in a few words: its server, or its file. */
export function whereabouts({ configuration, provider }: Pick<ModelVersion, "configuration" | "provider">): string {
  if (provider === "embedded") return configuration.file === undefined ? "" : fileName(configuration.file);
  return configuration.endpoint === undefined ? "" : shortAddress(configuration.endpoint);
}

/** The last part of a path of either kind of machine. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

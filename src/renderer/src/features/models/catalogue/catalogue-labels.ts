import type { Catalogue, MemoryFit } from "../../../../../shared/contract/servers.ts";
import { bytes } from "../../../../../shared/format.ts";

type Model = Catalogue["models"][number];

/** "12.2 B · 7.1 GB · needs 9.4 GB of memory · Apache-2.0 · 11 languages". */
export function modelFacts(model: Model, isByOllama: boolean): string {
  const { parameters, ollamaBytes, gguf, memoryBytes, licence } = model;
  return [
    `${parameters} B`,
    bytes(isByOllama ? ollamaBytes : gguf.bytes),
    `needs ${bytes(memoryBytes)} of memory`,
    licence,
    languagesText(model.languages),
  ].join(" · ");
}

/** Names the languages where they are few. */
export function languagesText(languages: readonly string[]): string {
  if (languages.includes("*")) return "more than a hundred languages";
  const names = new Intl.DisplayNames("en", { type: "language" });
  if (languages.length > 3) return `${languages.length} languages`;
  return languages.map((language) => names.of(language) ?? language).join(", ");
}

export const fitWords: Record<MemoryFit, string> = {
  good: "fits this machine",
  tight: "leaves little memory for other programs",
  too_large: "needs more memory than this machine has",
};

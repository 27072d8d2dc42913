import type { ModelDetails } from "../../shared/contract/servers.ts";
import type { GgufHeader } from "../inference/local-models/gguf-header.ts";

/** llama.cpp's numbers of file types (`llama_ftype`), as everybody calls them. */
const fileTypes: Readonly<Record<number, string>> = {
  0: "F32",
  1: "F16",
  2: "Q4_0",
  3: "Q4_1",
  7: "Q8_0",
  8: "Q5_0",
  9: "Q5_1",
  10: "Q2_K",
  11: "Q3_K_S",
  12: "Q3_K_M",
  13: "Q3_K_L",
  14: "Q4_K_S",
  15: "Q4_K_M",
  16: "Q5_K_S",
  17: "Q5_K_M",
  18: "Q6_K",
  19: "IQ2_XXS",
  20: "IQ2_XS",
  21: "Q2_K_S",
  22: "IQ3_XS",
  23: "IQ3_XXS",
  24: "IQ1_S",
  25: "IQ4_NL",
  26: "IQ3_S",
  27: "IQ3_M",
  28: "IQ2_S",
  29: "IQ2_M",
  30: "IQ4_XS",
  31: "IQ1_M",
  32: "BF16",
  36: "TQ1_0",
  37: "TQ2_0",
  38: "MXFP4",
};

/** A GGUF file's own words on its model, as an Ollama server reports them. The built-in engine writes text, and calls no tools. */
export function detailsFromHeader({ values, parameters, sizeBytes }: GgufHeader): ModelDetails {
  const family = textAt(values, "general.architecture");
  const fileType = numberAt(values, "general.file_type");
  return {
    name: textAt(values, "general.name") ?? "",
    digest: null,
    sizeBytes,
    modifiedAtMs: null,
    format: "gguf",
    family,
    parameters: parameterSize(parameters),
    quantization: fileType === null ? null : (fileTypes[fileType] ?? null),
    contextTokens: numberAt(values, `${family}.context_length`),
    embeddingLength: numberAt(values, `${family}.embedding_length`),
    capabilities: ["completion"],
    options: null,
    template: textAt(values, "tokenizer.chat_template"),
    system: null,
    license: textAt(values, "general.license"),
    modelfile: null,
  };
}

/** As Ollama writes it: `134.52M`, `8.0B`. */
function parameterSize(count: number | null): string | null {
  if (count === null || !Number.isSafeInteger(count) || count <= 0) return null;
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)}B`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(2)}M`;
  return count >= 1e3 ? `${(count / 1e3).toFixed(0)}K` : String(count);
}

function textAt(values: GgufHeader["values"], key: string): string | null {
  const value = values.get(key);
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

function numberAt(values: GgufHeader["values"], key: string): number | null {
  const value = values.get(key);
  return typeof value === "number" && Number.isSafeInteger(value) ? value : null;
}

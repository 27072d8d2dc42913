import { expect, test } from "vitest";
import { countInNames, parameterCountFrom } from "../../../src/main/inference/parameter-count.ts";

test.each([
  ["134.52M", 134_520_000],
  ["8.0B", 8_000_000_000],
  ["8x7B", 56_000_000_000],
  ["0.5b", 500_000_000],
  ["1.5 T", 1_500_000_000_000],
  ["big", null],
  ["", null],
  [null, null],
] as const)("%s parameters are %s", (text, count) => {
  expect(parameterCountFrom(text)).toBe(count);
});

test.each([
  [["smollm2:135m"], 135_000_000],
  [["Qwen2.5-0.5B-Instruct-Q4_K_M.gguf"], 500_000_000],
  [["storyteller", "/models/llama-3.2-1B-q8.gguf"], 1_000_000_000],
  [[undefined, "hf.co/bartowski/SmolLM2-1.7B-Instruct-GGUF:Q4_K_M"], 1_700_000_000],
  [["mixtral:8x7b"], 56_000_000_000],
  [["llama3.1:latest", "gpt-oss", "model.v2", "4b1t"], null],
] as const)("a model called %s has %s", (names, count) => {
  expect(countInNames(...names)).toBe(count);
});

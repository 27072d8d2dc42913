import { expect, test } from "vitest";
import { windowFrom } from "../../../../src/main/inference/providers/ollama/windows.ts";

const unknown = { modelfileTokens: null, trainedTokens: null, bytesPerToken: null };
const gib = 1024 ** 3;

test("a Modelfile's num_ctx is the window, whatever the model was trained for", () => {
  const facts = { ...unknown, modelfileTokens: 6_000, trainedTokens: 131_072, bytesPerToken: 131_072 };
  expect(windowFrom(facts, 4_096, 64 * gib)).toBe(6_000);
});

test("a model that was trained for 8,192 tokens has them, though 4,096 are loaded", () => {
  expect(windowFrom({ ...unknown, trainedTokens: 8_192, bytesPerToken: 23_040 }, 4_096, 8 * gib)).toBe(8_192);
  expect(windowFrom({ ...unknown, trainedTokens: 8_192 }, null, null)).toBe(8_192);
});

test("memory limits a window of 131,072 tokens, and no window falls below the server's own", () => {
  const facts = { ...unknown, trainedTokens: 131_072, bytesPerToken: 131_072 };
  expect(windowFrom(facts, null, 64 * gib)).toBe(16_384);
  expect(windowFrom(facts, null, 4 * gib)).toBe(8_192);
  expect(windowFrom(facts, null, gib / 4)).toBe(4_096);
});

test("what is loaded already is never made smaller", () => {
  expect(windowFrom({ ...unknown, trainedTokens: 131_072, bytesPerToken: 131_072 }, 32_768, gib)).toBe(32_768);
  expect(windowFrom(unknown, 16_384, gib)).toBe(16_384);
  expect(windowFrom(unknown, null, gib)).toBeNull();
});

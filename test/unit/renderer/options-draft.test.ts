import { expect, test } from "vitest";
import type { GenerationOptions } from "../../../src/shared/contract/inference.ts";
import {
  emptyOptions,
  type OptionsDraft,
  optionsDraft,
  readDeadlines,
  readOptions,
} from "../../../src/renderer/src/ui/request/options-draft.ts";

const everything: GenerationOptions = {
  temperature: 0.7,
  topP: 0.9,
  topK: 40,
  minP: 0.05,
  typicalP: 0.95,
  repeatPenalty: 1.1,
  repeatLastN: -1,
  presencePenalty: -0.5,
  frequencyPenalty: 0.5,
  seed: 4_294_967_295,
  maxTokens: 64,
  stop: ["\n\n", "THE END", "a\\n"],
  threads: 4,
  format: { type: "object", properties: { title: { type: "string" } } },
  think: "low",
  keepAlive: -1,
  tools: [{ name: "tide_table", description: "Tides.", parameters: { type: "object" } }],
  raw: true,
  serverOptions: { num_gpu: 20 },
};

test("an empty form sets nothing", () => {
  expect(readOptions(emptyOptions)).toEqual({ options: {}, errors: {} });
});

test("saved options come back from the form as they were", () => {
  for (const options of [
    everything,
    { format: "json" },
    { think: false },
    { think: true },
    { keepAlive: "5m" },
  ] as const)
    expect(readOptions(optionsDraft(options))).toEqual({ options, errors: {} });
});

test("every wrong field is named at once, with what would be right", () => {
  const draft: OptionsDraft = {
    ...emptyOptions,
    numbers: { temperature: "9", topK: "1.5", seed: "-1", maxTokens: "0" },
    format: "schema",
    keepAlive: "soon",
    tools: "{}",
    serverOptions: "[1]",
  };
  expect(readOptions(draft)).toEqual({
    options: {},
    errors: {
      temperature: "Give a number from 0 to 5, or leave it empty.",
      topK: "Give a whole number from 0 to 10,000, or leave it empty.",
      seed: "Give a whole number from 0 to 4,294,967,295, or leave it empty.",
      maxTokens: "Give a whole number from 1 to 4,194,304, or leave it empty.",
      format: "Write the JSON Schema the answer has to fit, or ask for any JSON.",
      keepAlive: "Give seconds, or a duration such as 30s, 5m or 1h; -1 is for ever.",
      tools: expect.stringContaining("Give a list of tools"),
      serverOptions: expect.stringContaining("Give an object of the server's own options"),
    },
  });
});

test("deadlines are milliseconds; what is empty is left out", () => {
  expect(readDeadlines({ connectMs: "2000", totalMs: " " })).toEqual({ deadlines: { connectMs: 2_000 }, errors: {} });
  expect(readDeadlines({ totalMs: "5" }).errors).toEqual({
    totalMs: "Give milliseconds from 10 to 86,400,000, or leave it empty.",
  });
});

import process from "node:process";
import type { FinishReason } from "../../src/shared/contract/inference.ts";
import { createEmbeddedProvider } from "../../src/main/inference/providers/embedded/provider.ts";
import { forkNodeEngine } from "../../src/main/inference/providers/embedded/engine-process.ts";
import { assemblePrompt, narrativeDefaults } from "../../src/main/story/prompting/prompt.ts";
import { createProseShaper, type ProseStep } from "../../src/main/story/shaping/prose.ts";
import { problemsIn } from "./prose-checks.ts";
import { prompts } from "./prompts.ts";

/**
 * Tells 40 passages (20 prompts, two seeds) with the starter model and checks each. Reading them is the test; this counts.
 * Use: node test/eval/passages.ts MODEL.gguf
 */

const seeds = [1, 2];
const contextTokens = 2_048;
const file = process.argv[2];
if (file === undefined) throw new Error("Name the model's file: node test/eval/passages.ts MODEL.gguf");
const provider = createEmbeddedProvider({
  fork: () => forkNodeEngine(new URL("../../src/main/engine.ts", import.meta.url)),
  files: { resolve: () => file },
});

let good = 0;
let total = 0;
for (const { instruction, storyText } of prompts) {
  for (const seed of seeds) {
    const { text, ending } = await generate(instruction, storyText, seed);
    const problems = problemsIn(text, instruction, storyText);
    total += 1;
    if (problems.length === 0) good += 1;
    console.log(`## ${total}. ${instruction}${storyText === "" ? "" : " (continuing)"} [seed ${seed}, ${ending}]`);
    console.log(`${text}\n\n${problems.length === 0 ? "good" : `FAULT: ${problems.join("; ")}`}\n`);
  }
}
console.log(`${good} of ${total} passages are good`);
provider.close();

async function generate(instruction: string, storyText: string, seed: number) {
  const { maxTokens } = narrativeDefaults;
  const messages = assemblePrompt({
    instruction,
    style: {},
    storyText,
    contextTokens,
    maxTokens,
    estimateTokens: (text) => Math.ceil(text.length / 3),
  }).messages;
  const shaper = createProseShaper({ instruction, storyText });
  const stop = new AbortController();
  const request = {
    model: "starter",
    configuration: { contextTokens },
    messages,
    options: { ...narrativeDefaults, seed },
  };
  let text = "";
  let ending: FinishReason = "stop";
  try {
    for await (const event of provider.stream(request, stop.signal)) {
      if (event.type === "result") {
        ending = event.result.finishReason;
        continue;
      }
      if (event.type !== "text") continue;
      const step = shaper.push(event.text);
      text += shownOf(step);
      if (step.stop !== null) {
        ending = step.stop;
        stop.abort();
      }
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  return { text: text + shownOf(shaper.end(ending)), ending };
}

function shownOf({ segments }: ProseStep): string {
  return segments.map(({ text, leftOut }) => (leftOut === null ? text : "")).join("");
}

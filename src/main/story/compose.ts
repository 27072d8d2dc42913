import type { GenerationOptions } from "../../shared/contract/inference.ts";
import type { Composed, Target } from "../inference/call/call-types.ts";
import { assemblePrompt, narrativeDefaults } from "./prompt.ts";

const assumedContextTokens = 2_048;

/** The prompt for one version: within its window, counted by its own tokeniser where that can be asked. */
export async function composeNarrative(
  { instruction, storyText, options }: { instruction: string; storyText: string; options: GenerationOptions },
  target: Target,
): Promise<Composed> {
  const sampling = { ...narrativeDefaults, ...target.options, ...options };
  const window = {
    contextTokens: target.contextTokens ?? assumedContextTokens,
    maxTokens: sampling.maxTokens ?? narrativeDefaults.maxTokens,
  };
  // One exact count of the recent text shows how far the estimate is off for this text and this tokeniser.
  const recent = storyText.slice(-4 * window.contextTokens);
  const counted = recent === "" ? null : await target.countTokens(recent);
  const correction = counted === null ? 1 : Math.max(1, counted / Math.max(1, estimateTokens(recent)));
  const { messages, template } = assemblePrompt({
    instruction,
    storyText,
    ...window,
    estimateTokens: (text) => Math.ceil(estimateTokens(text) * correction),
  });
  return { ask: instruction, messages, options: sampling, promptTemplate: template };
}

/** On the safe side for the tokenisers we know: three bytes of UTF-8 a token, in English and in Chinese. */
function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / 3);
}

import type { GenerationOptions } from "../../../shared/contract/inference.ts";
import type { SentStory, StoryStyle } from "../../../shared/contract/story.ts";
import { whole } from "../../../shared/format.ts";
import type { Composed, Target } from "../../inference/call/call-types.ts";
import { assemblePrompt, narrativeDefaults } from "./prompt.ts";
import { estimatorFor } from "./token-estimate.ts";

/** Where neither the version nor its server says how large the window is. */
const assumedContextTokens = 4_096;
/** At most, in tokens: a word of a language with long words, and what ends the answer. */
const tokensPerWord = 3;

export interface NarrativeInput {
  readonly instruction: string;
  readonly storyText: string;
  readonly style: StoryStyle;
  readonly options: GenerationOptions;
  /** See `TokenRatios.of`. */
  readonly ratioOf?: (versionId: string, text: string) => number;
}

/** The prompt for one version: within its window, counted by its own tokeniser where that can be asked. */
export async function composeNarrative(
  input: NarrativeInput,
  target: Target,
): Promise<Composed & { readonly sent: SentStory }> {
  const { instruction, storyText, style, options, ratioOf } = input;
  const length = style.words === undefined ? {} : { maxTokens: style.words * tokensPerWord };
  const sampling = { ...narrativeDefaults, ...target.options, ...length, ...options };
  const window = await target.window();
  const contextTokens = window?.tokens ?? assumedContextTokens;
  const maxTokens = Math.min(sampling.maxTokens ?? narrativeDefaults.maxTokens, contextTokens);
  const written = storyText === "" ? instruction : storyText;
  const estimateTokens = estimatorFor(written);
  // One exact count of the recent text shows how far the estimate is off for this text and this tokeniser.
  const recent = storyText.slice(-4 * contextTokens);
  const counted = recent === "" ? null : await target.countTokens(recent);
  const ratio =
    counted === null
      ? (ratioOf?.(target.version.id, written) ?? 1)
      : (counted / Math.max(1, estimateTokens(recent))) * 1.02;
  const prompt = assemblePrompt({
    instruction,
    storyText,
    style,
    contextTokens,
    maxTokens,
    estimateTokens: (text) => Math.ceil(estimateTokens(text) * ratio),
  });
  const { messages, template, storyCharacters, leftOutCharacters } = prompt;
  const windowFrom = window?.from ?? "assumed";
  const reason = leftOutCharacters === 0 ? null : reasonFor(contextTokens, windowFrom, maxTokens);
  return {
    ask: instruction,
    messages,
    // What the window was fitted to is what is asked for.
    options:
      window?.options === undefined
        ? sampling
        : { ...sampling, serverOptions: { ...sampling.serverOptions, ...window.options } },
    promptTemplate: template,
    sent: { windowTokens: contextTokens, windowFrom, storyCharacters, leftOutCharacters, reason },
  };
}

function reasonFor(contextTokens: number, from: SentStory["windowFrom"], maxTokens: number): string {
  const tokens = `${whole(contextTokens)} tokens`;
  const kept = `${whole(maxTokens)} of them are kept for the answer`;
  switch (from) {
    case "version":
      return `The version's context length of ${tokens} is full; ${kept}.`;
    case "server":
      return `The model's window of ${tokens} is full; ${kept}.`;
    case "assumed":
      return `The server does not say how large the model's window is, so ${tokens} are assumed, and they are full; ${kept}. Give the version its context length to send more.`;
  }
}

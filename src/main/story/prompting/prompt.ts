import type { Message, GenerationOptions } from "../../../shared/contract/inference.ts";
import type { StoryStyle } from "../../../shared/contract/story.ts";
import { whole } from "../../../shared/format.ts";
import { Failure } from "../../base/failure.ts";
import { sentenceStarts } from "../shaping/sentences.ts";
import { request, systemMessage } from "./style.ts";

/** Sampling that makes the starter model tell stories; larger models do well with it too. Found by reading its passages. */
export const narrativeDefaults = {
  temperature: 0.6,
  topP: 0.9,
  topK: 40,
  minP: 0.05,
  repeatPenalty: 1.1,
  repeatLastN: 128,
  maxTokens: 260,
} as const satisfies GenerationOptions;

export const narrativeTemplate = "narrative-continue@2";

export interface PromptFacts {
  /** What the writer asks for next. */
  readonly instruction: string;
  /** The passage so far; may be empty. */
  readonly storyText: string;
  readonly style: StoryStyle;
  /** The model's window, in tokens. */
  readonly contextTokens: number;
  /** Kept free for the answer, in tokens. */
  readonly maxTokens: number;
  /** Tokens of a text, exactly or on the safe side. */
  readonly estimateTokens: (text: string) => number;
}

export interface AssembledPrompt {
  readonly messages: readonly Message[];
  readonly template: typeof narrativeTemplate;
  /** The most recent characters of the story, which were sent. */
  readonly storyCharacters: number;
  /** The characters before them. */
  readonly leftOutCharacters: number;
}

/** What a chat template puts around two messages. */
const templateTokens = 24;
/** No token of any tokenizer we know stands for more characters of prose. */
const maxCharactersPerToken = 16;

/**
 * Builds the two messages that ask for the next piece of a story. System, user and the answer's tokens together never exceed
 * the window, and fill it as far as there is story: its oldest text is left out first, from a sentence's start. Throws
 * BAD_REQUEST on `prompt` where the instruction alone leaves no tokens for it.
 */
export function assemblePrompt(facts: PromptFacts): AssembledPrompt {
  const { storyText, contextTokens, maxTokens, estimateTokens, style } = facts;
  const instruction = facts.instruction.trim();
  const system = systemMessage(style);
  const asked = (recent: string): string => {
    const wanted = request(instruction, style.kind, recent === "");
    return recent === "" ? wanted : `${recent}\n\n${wanted}`;
  };
  const budget = contextTokens - maxTokens - templateTokens - estimateTokens(system);
  const bareTokens = Math.max(estimateTokens(asked("")), estimateTokens(asked(".")));
  if (bareTokens > budget) throw tooLong(instruction, bareTokens, Math.max(0, budget), contextTokens);
  const story = storyText.trim();
  const recent = recentText(story, budget, (text) => estimateTokens(asked(text)));
  return {
    messages: [
      { role: "system", content: system },
      { role: "user", content: asked(recent) },
    ],
    template: narrativeTemplate,
    storyCharacters: recent.length,
    leftOutCharacters: story.length - recent.length,
  };
}

function tooLong(instruction: string, tokens: number, budget: number, contextTokens: number): Failure {
  const text = `The prompt has about ${whole(tokens)} tokens; the window of ${whole(contextTokens)} tokens has room for ${whole(budget)}.`;
  return new Failure("BAD_REQUEST", text, {
    field: "prompt",
    value: instruction.length > 80 ? `${instruction.slice(0, 80)}…` : instruction,
    remedy: "Shorten the prompt, ask for fewer words, or use a model with a larger context window.",
  });
}

/** The longest end of the story, from a sentence's start, with which the message stays within the limit. */
function recentText(story: string, limit: number, tokensWith: (recent: string) => number): string {
  const tail = story.slice(Math.max(0, story.length - limit * maxCharactersPerToken));
  if (tail.length === story.length && tokensWith(story) <= limit) return story;
  // The tail's first sentence may be cut. A text without ends of sentences is cut between two words.
  const sentences = sentenceStarts(tail).slice(1);
  const fits = (start: number): boolean => tokensWith(tail.slice(start)) <= limit;
  const bySentence = firstFitting(sentences, fits);
  if (bySentence !== null) return tail.slice(bySentence);
  const words = Array.from(tail.matchAll(/\s+(?=\S)/gu), ({ index, 0: { length } }) => index + length);
  const byWord = firstFitting(words, fits);
  return byWord === null ? "" : tail.slice(byWord);
}

function firstFitting(starts: readonly number[], fits: (start: number) => boolean): number | null {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(starts[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return starts[low] ?? null;
}

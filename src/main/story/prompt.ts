import type { Message, GenerationOptions } from "../../shared/contract/inference.ts";
import { Failure } from "../base/failure.ts";
import { sentenceStarts } from "./sentences.ts";

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

export const narrativeTemplate = "narrative-continue@1";

export interface PromptFacts {
  /** What should happen in the next piece. */
  readonly instruction: string;
  /** The passage so far; may be empty. */
  readonly storyText: string;
  /** The model's window, in tokens. */
  readonly contextTokens: number;
  /** Kept free for the answer, in tokens. */
  readonly maxTokens: number;
  /** Tokens of a text, exactly or on the safe side. */
  readonly estimateTokens: (text: string) => number;
}

export interface LeftOut {
  readonly part: "storyText";
  readonly characters: number;
  readonly reason: string;
}

export interface AssembledPrompt {
  readonly messages: readonly Message[];
  readonly template: typeof narrativeTemplate;
  /** In estimated tokens; `storyCharacters` counts the most recent characters of the story that were sent. */
  readonly included: {
    readonly systemTokens: number;
    readonly userTokens: number;
    readonly storyCharacters: number;
  };
  readonly leftOut: readonly LeftOut[];
}

const system = "You are a novelist. You write vivid prose in the third person and the past tense, in whole sentences.";

/** What a chat template puts around two messages. */
const templateTokens = 24;
/** A small window is a small model: it loses the thread of a long text, and reads slowly. */
const smallWindowTokens = 2_048;
/** No token of any tokenizer we know stands for more characters of prose. */
const maxCharactersPerToken = 16;

/**
 * Builds the two messages that ask for the next piece of a story. System, user and the answer's tokens together never exceed
 * the window: the oldest story text is left out first, from a sentence's start. Throws BAD_REQUEST on `prompt` where the
 * instruction alone leaves no tokens for it.
 */
export function assemblePrompt(facts: PromptFacts): AssembledPrompt {
  const { storyText, contextTokens, maxTokens, estimateTokens } = facts;
  const instruction = facts.instruction.trim();
  const systemTokens = estimateTokens(system);
  const budget = contextTokens - maxTokens - templateTokens - systemTokens;
  const bareTokens = estimateTokens(userMessage(instruction, ""));
  if (bareTokens > budget) {
    throw new Failure(
      "BAD_REQUEST",
      `The prompt has about ${bareTokens} tokens; there is room for ${Math.max(0, budget)}.`,
      {
        field: "prompt",
        value: `${instruction.slice(0, 80)}…`,
        remedy: "Shorten the prompt, ask for fewer tokens, or use a model with a larger context window.",
      },
    );
  }
  const share = contextTokens <= smallWindowTokens ? contextTokens / 4 : contextTokens / 2;
  const limit = Math.min(budget, Math.floor(bareTokens + share));
  const story = storyText.trim();
  const recent = recentText(story, limit, (text) => estimateTokens(userMessage(instruction, text)));
  const user = userMessage(instruction, recent);
  const omitted = story.length - recent.length;
  return {
    messages: [
      { role: "system", content: system },
      { role: "user", content: user },
    ],
    template: narrativeTemplate,
    included: { systemTokens, userTokens: estimateTokens(user), storyCharacters: recent.length },
    leftOut:
      omitted === 0
        ? []
        : [{ part: "storyText", characters: omitted, reason: reasonFor(limit, budget, contextTokens) }],
  };
}

function userMessage(instruction: string, recent: string): string {
  if (recent === "") return `Write a scene in which this happens: ${sentenceOf(instruction)}`;
  return `${recent}\n\nWrite the next scene, in which this happens: ${sentenceOf(instruction)}`;
}

/** The longest end of the story, from a sentence's start, with which the message stays within the limit. */
function recentText(story: string, limit: number, tokensWith: (recent: string) => number): string {
  const tail = story.slice(Math.max(0, story.length - limit * maxCharactersPerToken));
  // Unless the tail is the whole story its first sentence may be cut.
  const starts = sentenceStarts(tail).slice(tail.length === story.length ? 0 : 1);
  const fits = (start: number): boolean => tokensWith(tail.slice(start)) <= limit;
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (fits(starts[middle] ?? tail.length)) high = middle;
    else low = middle + 1;
  }
  const start = starts[low];
  return start !== undefined && fits(start) ? tail.slice(start) : "";
}

function reasonFor(limit: number, budget: number, contextTokens: number): string {
  return limit < budget
    ? `A window of ${contextTokens} tokens is best filled by half with the most recent text.`
    : `The window of ${contextTokens} tokens is full.`;
}

function sentenceOf(instruction: string): string {
  return /[.!?…"”]$/.test(instruction) ? instruction : `${instruction}.`;
}

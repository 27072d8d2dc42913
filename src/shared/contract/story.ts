import { eventIterator } from "@orpc/contract";
import { z } from "zod";
import { route } from "./errors.ts";
import { severity } from "./guardrails.ts";
import { inferenceId, passageId, proposalId, storyId } from "./ids.ts";
import { inferenceEvent, generationOptions, leftOut } from "./inference.ts";

const title = z.string().trim().min(1).max(200);
const passageText = z.string().max(4_000_000);
/** In UTF-16 units; what a model's window holds of it is another matter, and said when it is asked. */
export const promptLimit = 200_000;

export const textKind = z.enum(["scene", "dialogue", "barks", "description", "item", "choices", "letter", "log"]);
export type TextKind = z.infer<typeof textKind>;

/** How a story is written, as its writer chose it. What is absent is left to the passage so far and the prompt. */
export const storyStyle = z.strictObject({
  person: z.enum(["first", "second", "third"]).optional(),
  tense: z.enum(["past", "present"]).optional(),
  /** In the writer's words. */
  tone: z.string().trim().max(500).optional(),
  /** About how long a proposal is. */
  words: z.number().int().min(10).max(5_000).optional(),
  kind: textKind.optional(),
});
export type StoryStyle = z.infer<typeof storyStyle>;

export const story = z.object({
  id: storyId,
  title: z.string(),
  createdAtMs: z.number().int(),
  updatedAtMs: z.number().int(),
  passageCount: z.number().int(),
  words: z.number().int(),
  style: storyStyle,
});
export type Story = z.infer<typeof story>;

export const passageSummary = z.object({
  id: passageId,
  title: z.string(),
  position: z.number().int(),
  words: z.number().int(),
  /** Proposals neither accepted nor discarded. */
  openProposals: z.number().int(),
  blockedProposals: z.number().int(),
});
export type PassageSummary = z.infer<typeof passageSummary>;

/**
 * `interrupted`: the app ended while it was streaming; the text that had passed the checks is kept. `overridden`: what was held was
 * overridden by a person, and the text is the model's own again.
 */
export const proposalState = z.enum([
  "streaming",
  "ready",
  "stopped",
  "held",
  "overridden",
  "failed",
  "interrupted",
  "accepted",
  "discarded",
]);
export type ProposalState = z.infer<typeof proposalState>;

/** What of the passage went with a prompt. */
export const sentStory = z.object({
  /** The window the prompt was fitted into, in tokens. */
  windowTokens: z.number().int(),
  /** `assumed` where neither the version nor its server says. */
  windowFrom: z.enum(["version", "server", "assumed"]),
  /** The most recent characters of the passage, which were sent. */
  storyCharacters: z.number().int(),
  /** The characters before them. */
  leftOutCharacters: z.number().int(),
  /** Why, in a sentence; null where nothing was left out. */
  reason: z.string().nullable(),
});
export type SentStory = z.infer<typeof sentStory>;

export const proposal = z.object({
  id: proposalId,
  passageId,
  inferenceId: inferenceId.nullable(),
  prompt: z.string(),
  /** What is on screen, and what accepting it takes: `raw` where `usesRaw`. */
  text: z.string(),
  /** What the model wrote, as far as it passed the checks. */
  raw: z.string(),
  /** What of `raw` a small model's shaper left out, in order. */
  leftOut: z.array(leftOut),
  /** The writer took back what was left out. */
  usesRaw: z.boolean(),
  state: proposalState,
  model: z.string().nullable(),
  version: z.string().nullable(),
  seed: z.number().int(),
  createdAtMs: z.number().int(),
  /** What stands at the text's end in place of what was held; null where nothing was. It is no part of the story. */
  replacement: z.string().nullable(),
  /** Null until the prompt is composed. */
  sent: sentStory.nullable(),
  /** What was blocked and why, or how it failed; null when nothing went wrong. */
  note: z.object({ severity: severity.nullable(), message: z.string(), remedy: z.string() }).nullable(),
});
export type Proposal = z.infer<typeof proposal>;

export const passage = z.object({
  id: passageId,
  storyId,
  title: z.string(),
  text: z.string(),
  /** Counts saves; a save names the revision it started from. */
  revision: z.number().int(),
  /** UTF-16 offset. */
  caret: z.number().int(),
  savedAtMs: z.number().int(),
  /** Oldest first, the discarded and accepted ones left out. */
  proposals: z.array(proposal),
});
export type Passage = z.infer<typeof passage>;

export const generateEvent = z.discriminatedUnion("type", [
  z.object({ type: z.literal("proposal"), proposal }),
  ...inferenceEvent.options,
]);
export type GenerateEvent = z.infer<typeof generateEvent>;

export const storyContract = {
  list: route.output(z.array(story)),
  create: route.input(z.object({ title })).output(story),
  rename: route.input(z.object({ storyId, title })).output(story),
  outline: route.input(z.object({ storyId })).output(z.object({ story, passages: z.array(passageSummary) })),
  addPassage: route.input(z.object({ storyId, title })).output(passage),
  renamePassage: route.input(z.object({ passageId, title })).output(passage),
  passage: route.input(z.object({ passageId })).output(passage),
  /**
   * Saves the text as typed, also into a passage that was moved to the bin meanwhile. A save that started from another
   * revision is a CONFLICT and changes nothing. `saveId` names this save: sent again, it is answered again and not
   * repeated. `unconfirmed` are earlier saves that this text contains and that were never answered: if one of them is what
   * stands there, this text may follow it.
   */
  savePassage: route
    .input(
      z.object({
        passageId,
        text: passageText,
        caret: z.number().int().min(0),
        baseRevision: z.number().int().min(0),
        saveId: z.uuid().optional(),
        unconfirmed: z.array(z.uuid()).max(100).optional(),
      }),
    )
    .output(z.object({ revision: z.number().int(), savedAtMs: z.number().int() })),
  /** Sets how the story is written, whole; `{}` leaves all of it to the passage so far and the prompt. */
  setStyle: route.input(z.object({ storyId, style: storyStyle })).output(story),
  /**
   * `generateNarrative`: proposes the next piece of a passage. A reader that cancels or goes away stops the model, and what
   * passed the checks is kept; with `whenLeft: "continue"` only `stop` does, and the proposal is written to its end.
   */
  generate: route
    .input(
      z.object({
        passageId,
        prompt: z.string().trim().min(1).max(promptLimit),
        options: generationOptions.optional(),
        whenLeft: z.enum(["stop", "continue"]).default("stop"),
      }),
    )
    .output(eventIterator(generateEvent)),
  /** Stops the model of a proposal that is being written, and keeps what passed the checks; `stopped: false` where it had ended. */
  stop: route.input(z.object({ proposalId })).output(z.object({ stopped: z.boolean() })),
  /**
   * Appends the proposal's text to the passage, in one transaction with its new state. A replacement of what was held is left
   * out; CONFLICT where nothing else is there.
   */
  accept: route.input(z.object({ proposalId, baseRevision: z.number().int().min(0) })).output(passage),
  /** Shows and takes a proposal as the model wrote it, or without what was left out. */
  useRaw: route.input(z.object({ proposalId, usesRaw: z.boolean() })).output(passage),
  discard: route.input(z.object({ proposalId })).output(passage),
};

import { eventIterator } from "@orpc/contract";
import { z } from "zod";
import { route } from "./errors.ts";
import { severity } from "./guardrails.ts";
import { inferenceId, passageId, proposalId, storyId } from "./ids.ts";
import { inferenceEvent, generationOptions, leftOut } from "./inference.ts";

const title = z.string().trim().min(1).max(200);
const passageText = z.string().max(4_000_000);

export const story = z.object({
  id: storyId,
  title: z.string(),
  createdAtMs: z.number().int(),
  updatedAtMs: z.number().int(),
  passageCount: z.number().int(),
  words: z.number().int(),
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

/** `interrupted`: the app ended while it was streaming; the text that had passed the checks is kept. */
export const proposalState = z.enum([
  "streaming",
  "ready",
  "stopped",
  "held",
  "failed",
  "interrupted",
  "accepted",
  "discarded",
]);
export type ProposalState = z.infer<typeof proposalState>;

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
  /** `generateNarrative`: proposes the next piece of a passage. Cancelling stops the model and keeps the text that passed the checks. */
  generate: route
    .input(z.object({ passageId, prompt: z.string().trim().min(1).max(20_000), options: generationOptions.optional() }))
    .output(eventIterator(generateEvent)),
  /** Appends the proposal's text to the passage, in one transaction with its new state. */
  accept: route.input(z.object({ proposalId, baseRevision: z.number().int().min(0) })).output(passage),
  /** Shows and takes a proposal as the model wrote it, or without what was left out. */
  useRaw: route.input(z.object({ proposalId, usesRaw: z.boolean() })).output(passage),
  discard: route.input(z.object({ proposalId })).output(passage),
};

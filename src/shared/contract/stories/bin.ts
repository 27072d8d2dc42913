import { z } from "zod";
import { route } from "../errors.ts";
import { passageId, proposalId, storyId } from "../ids.ts";
import { passage, passageSummary, proposalState, story } from "../story.ts";

/** A discarded proposal as the bin lists it: the beginnings of its prompt and text are enough to know it by. */
const discardedProposal = z.object({
  id: proposalId,
  passageId,
  passageTitle: z.string(),
  storyTitle: z.string(),
  /** At most 200 UTF-16 units. */
  promptExcerpt: z.string(),
  /** At most 300 UTF-16 units. */
  textExcerpt: z.string(),
  /** What it becomes again when it is restored. */
  stateBefore: proposalState,
  deletedAtMs: z.number().int(),
});
export type DiscardedProposal = z.infer<typeof discardedProposal>;

/** What was deleted and can be restored, newest first; of each kind at most the newest 200, and how many there are. */
export const bin = z.object({
  stories: z.array(story.extend({ deletedAtMs: z.number().int() })),
  passages: z.array(
    z.object({
      id: passageId,
      storyId,
      storyTitle: z.string(),
      title: z.string(),
      words: z.number().int(),
      deletedAtMs: z.number().int(),
    }),
  ),
  proposals: z.array(discardedProposal),
  counts: z.object({ stories: z.number().int(), passages: z.number().int(), proposals: z.number().int() }),
});
export type Bin = z.infer<typeof bin>;

/** Deleting is moving to the bin; only `emptyBin` deletes for good. */
export const storyBinContract = {
  /** Moves the story to the bin with all that belongs to it; the log keeps its inferences. */
  remove: route.input(z.object({ storyId })).output(z.object({ removed: z.literal(true) })),
  restore: route.input(z.object({ storyId })).output(story),
  /** Moves the passage to the bin with its proposals and its history. What was being typed in it is still saved. */
  removePassage: route.input(z.object({ passageId })).output(z.object({ removed: z.literal(true) })),
  /** Puts the passage back in its story, where it was. CONFLICT while that story is in the bin itself. */
  restorePassage: route.input(z.object({ passageId })).output(passage),
  /**
   * Opens a discarded or accepted proposal again, as it was before. CONFLICT where it is open, or its passage is in the
   * bin. The text of the passage stays as it is.
   */
  restoreProposal: route.input(z.object({ proposalId })).output(passage),
  /** Closes an open proposal as accepted whose text is in its passage already, as when an undone acceptance is redone. */
  closeAsAccepted: route.input(z.object({ proposalId })).output(passage),
  /** Gives a passage another position among those of its story, from 1. */
  movePassage: route.input(z.object({ passageId, position: z.number().int().min(1) })).output(z.array(passageSummary)),
  bin: route.output(bin),
  /** Deletes for good what was in the bin at that time, in milliseconds since 1970; what came later stays. */
  emptyBin: route.input(z.object({ untilMs: z.number().int().min(0) })).output(bin.shape.counts),
};

import { z } from "zod";
import { route } from "../errors.ts";
import { passageId } from "../ids.ts";
import { passage } from "../story.ts";

/** How a passage's text came to change. */
export const changeKind = z.enum(["typed", "accepted", "restored"]);
export type ChangeKind = z.infer<typeof changeKind>;

/** A text that a passage had, and that it can have again. */
export const passageMoment = z.object({
  revision: z.number().int(),
  /** When it had this text last. */
  atMs: z.number().int(),
  /** What led to this text; null where its history begins. */
  kind: changeKind.nullable(),
  /** UTF-16 units that were added and removed since the moment before. */
  added: z.number().int(),
  removed: z.number().int(),
});
export type PassageMoment = z.infer<typeof passageMoment>;

export const storyHistoryContract = {
  /**
   * The moments of a passage, newest first, the present one included: at most 100, older ones by `before`. Typing is one
   * moment as long as it goes on; a moment ends before anything longer is deleted.
   */
  history: route
    .input(z.object({ passageId, before: z.number().int().min(0).optional() }))
    .output(z.object({ moments: z.array(passageMoment), more: z.boolean() })),
  /** The text of a passage at a revision. NOT_FOUND where that one is not kept by itself. */
  revision: route
    .input(z.object({ passageId, revision: z.number().int().min(0) }))
    .output(z.object({ revision: z.number().int(), text: z.string() })),
  /** Gives a passage the text of an earlier revision, as its next one; the present text stays in the history. */
  restoreRevision: route
    .input(z.object({ passageId, revision: z.number().int().min(0), baseRevision: z.number().int().min(0) }))
    .output(passage),
};

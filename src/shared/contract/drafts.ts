import { z } from "zod";
import { route } from "./errors.ts";

/** What was typed into one field and not sent yet. */
const keptDraft = z.object({
  /** Names the field, such as `prompt 019ab…` for the prompt of a passage. */
  key: z.string(),
  text: z.string(),
  savedAtMs: z.number().int(),
});
export type KeptDraft = z.infer<typeof keptDraft>;

export const draftsContract = {
  /** Everything typed and not sent, the latest first. */
  list: route.output(z.array(keptDraft)),
  /** Keeps a field's text over reloads and restarts; an empty one is forgotten. */
  keep: route
    .input(z.object({ key: z.string().min(1).max(200), text: z.string().max(4_000_000) }))
    .output(z.object({ savedAtMs: z.number().int() })),
};

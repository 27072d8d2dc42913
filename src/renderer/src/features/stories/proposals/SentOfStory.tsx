import type { SentStory } from "../../../../../shared/contract/story.ts";
import { whole } from "../../../../../shared/format.ts";
import classes from "./Proposals.module.css";

/** What of the passage the model did not get, and why; nothing where it got all. */
export function SentOfStory({ sent }: { readonly sent: SentStory | null }) {
  if (sent === null || sent.leftOutCharacters === 0) return null;
  return (
    <p className={classes.sent} role="note" aria-label="Sent of the passage">
      {sentWords(sent)} {sent.reason}
    </p>
  );
}

/** In characters. */
export function sentWords({ storyCharacters, leftOutCharacters }: SentStory): string {
  const all = storyCharacters + leftOutCharacters;
  if (storyCharacters === 0) return `None of the passage's ${whole(all)} characters were sent.`;
  return `The last ${whole(storyCharacters)} of the passage's ${whole(all)} characters were sent.`;
}

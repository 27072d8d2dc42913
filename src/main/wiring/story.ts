import { randomInt } from "node:crypto";
import { Drafts } from "../story/drafts.ts";
import { NarrativeGenerator, type TextGenerator } from "../story/narrative-generator.ts";
import { PassageHistory } from "../story/passage-history.ts";
import { Stories } from "../story/stories.ts";
import { StoryBin } from "../story/story-bin.ts";
import type { Foundation } from "./foundation.ts";

/** The stories, and what proposes their next passages. */
export function createStory({ database, changes, nowMs, work }: Foundation, llm: TextGenerator) {
  return {
    drafts: new Drafts({ database, nowMs }),
    stories: new Stories({ database, nowMs, changes }),
    storyBin: new StoryBin({ database, nowMs, changes }),
    passageHistory: new PassageHistory({ database, nowMs, changes }),
    narrator: new NarrativeGenerator({ database, llm, running: work, nowMs, randomSeed, changes }),
  };
}

function randomSeed(): number {
  return randomInt(2 ** 32);
}

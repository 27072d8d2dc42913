import { IconFeather } from "@tabler/icons-react";
import { useEffect } from "react";
import { api } from "../../api/connection.ts";
import type { Story } from "../../../../shared/contract/story.ts";
import { notifyProblem } from "../../ui/notify/notify.ts";
import { go } from "../../shell/route.ts";
import { EmptyState } from "../../ui/states/EmptyState.tsx";
import { propose } from "./proposals/generation.ts";
import { focusPrompt } from "./prompt/prompt-focus.ts";
import { PromptDock } from "./prompt/PromptDock.tsx";
import classes from "./Stories.module.css";
import { createStory } from "./outline/story-edits.ts";

const titleWords = 6;

/** Before the first passage: the same prompt dock; the first prompt starts the story, or the given story's first scene. */
export function NoStory({ story }: { readonly story?: Story }) {
  useEffect(() => {
    // There is nothing else to go on with; what somebody is at keeps the focus.
    if (document.activeElement === document.body) focusPrompt();
  }, []);
  const begin = async (prompt: string): Promise<boolean> => {
    try {
      const passageId =
        story === undefined
          ? (await createStory(titleFrom(prompt))).passageId
          : (await api.story.addPassage({ storyId: story.id, title: "Scene 1" })).id;
      if (story !== undefined) go("stories", [story.id, passageId]);
      return await propose(passageId, prompt, {});
    } catch (error) {
      notifyProblem(error);
      return false;
    }
  };
  return (
    <section className={classes.center} aria-label="New story">
      <div className={classes.scroller}>
        <EmptyState
          icon={<IconFeather size={22} stroke={1.5} />}
          title={story === undefined ? "Every story starts with a sentence" : "This story has no passage yet"}
        >
          {story === undefined
            ? "Write below what happens first. A passage is proposed from it, checked before you see it; you accept, change or discard it."
            : "Write below what happens first, or add an empty passage from the outline."}
        </EmptyState>
      </div>
      <PromptDock
        question="What happens first?"
        draftKey={story === undefined ? "prompt of a new story" : `prompt of ${story.id}`}
        story={story}
        onPrompt={begin}
      />
    </section>
  );
}

/** The prompt's first words as a title. */
function titleFrom(prompt: string): string {
  const words = prompt.split(/\s+/);
  const title = words
    .slice(0, titleWords)
    .join(" ")
    .replace(/[.,;:!?]+$/, "");
  const whole = words.length > titleWords ? `${title}…` : title;
  return whole.length > 200 ? `${whole.slice(0, 199)}…` : whole;
}

import { create } from "zustand";

/** Whether the next prompt that is on screen is to be written in at once. */
export const usePromptFocus = create<{ readonly isWanted: boolean }>(() => ({ isWanted: false }));

/** Puts the caret into the prompt, now or as soon as there is one. */
export function focusPrompt(): void {
  usePromptFocus.setState({ isWanted: true });
}

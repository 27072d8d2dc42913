import { create } from "zustand";

/** Whether the key stands on screen; hidden again with the next load of the page. */
export const useKeyShown = create<{ readonly shown: boolean }>(() => ({ shown: false }));

export function toggleKey(): void {
  useKeyShown.setState(({ shown }) => ({ shown: !shown }));
}

/** In place of a key nobody asked to see. */
export const hiddenKey = "••••••••••••••••";

import { useEffect, useRef } from "react";
import { create } from "zustand";
import { isShortcut } from "./keys.ts";

/** Something a person can do here: in the command palette, in the shortcuts help and, with keys, on the keyboard. */
export interface Action {
  readonly id: string;
  readonly label: string;
  readonly group: string;
  /** Other words that the palette finds it by. */
  readonly keywords?: string;
  /** Stands under the label in the palette. */
  readonly details?: string;
  /** As `mod+K` or `J`; single letters do nothing while somebody types. */
  readonly keys?: string;
  readonly enabled?: boolean;
  /** Runs again and again while its key is held down; else once a press. */
  readonly repeats?: boolean;
  readonly run: () => void;
}

interface ActionsState {
  readonly sets: ReadonlyMap<symbol, readonly Action[]>;
}

export const useActionSets = create<ActionsState>(() => ({ sets: new Map() }));

/** Offers the actions for as long as the calling component is on screen. */
export function useActions(actions: readonly Action[]): void {
  const key = useRef(Symbol("actions"));
  useEffect(() => {
    const owner = key.current;
    useActionSets.setState(({ sets }) => ({ sets: new Map(sets).set(owner, actions) }));
  }, [actions]);
  useEffect(() => {
    const owner = key.current;
    return () =>
      useActionSets.setState(({ sets }) => {
        const rest = new Map(sets);
        rest.delete(owner);
        return { sets: rest };
      });
  }, []);
}

/** Every enabled action on screen now, the frame's own last. */
export function currentActions(sets: ActionsState["sets"]): readonly Action[] {
  return [...sets.values()].toReversed().flatMap((actions) => actions.filter((action) => action.enabled !== false));
}

/** Listens for the shortcuts of all actions; returns the way to stop. */
export function listenForShortcuts(): () => void {
  const listen = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const typing = isTyping(event.target);
    const dialog = document.querySelector('[role="dialog"][aria-modal="true"]') !== null;
    if (dialog && isShortcut("mod+Enter", event, mac) && submitForm(event)) return;
    for (const action of currentActions(useActionSets.getState().sets)) {
      if (action.keys === undefined || !isShortcut(action.keys, event, mac)) continue;
      if ((typing && plain(action.keys)) || scrolls(action.keys, event.target)) continue;
      if (dialog && !action.keys.startsWith("mod+K")) continue;
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat || action.repeats === true) action.run();
      return;
    }
  };
  // Captured, so that Ctrl Enter accepts a proposal rather than opening a line in the editor.
  window.addEventListener("keydown", listen, { capture: true });
  return () => window.removeEventListener("keydown", listen, { capture: true });
}

/** In a dialog Ctrl Enter sends the form that somebody types in. */
function submitForm(event: KeyboardEvent): boolean {
  const form = event.target instanceof Element ? event.target.closest<HTMLFormElement>('[role="dialog"] form') : null;
  if (form === null) return false;
  event.preventDefault();
  event.stopPropagation();
  if (!event.repeat) form.requestSubmit();
  return true;
}

const mac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Arrow keys belong to the tab panel somebody is scrolling. */
function scrolls(keys: string, target: EventTarget | null): boolean {
  return keys.startsWith("Arrow") && target instanceof Element && target.closest('[role="tabpanel"]') !== null;
}

function plain(keys: string): boolean {
  return keys !== "Escape" && !/^(mod|alt)\+/.test(keys);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}

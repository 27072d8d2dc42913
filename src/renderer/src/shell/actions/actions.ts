import { useEffect, useRef } from "react";
import { create } from "zustand";

/** Something a person can do here: in the command palette, in the shortcuts help and, with keys, on the keyboard. */
export interface Action {
  readonly id: string;
  readonly label: string;
  readonly group: string;
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
    if (dialog && matches("mod+Enter", event) && submitForm(event)) return;
    for (const action of currentActions(useActionSets.getState().sets)) {
      if (action.keys === undefined || !matches(action.keys, event)) continue;
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

function matches(keys: string, event: KeyboardEvent): boolean {
  const parts = keys.split("+");
  const key = parts.at(-1) ?? "";
  if (key === "?") return event.key === "?" && !event.ctrlKey && !event.metaKey && !event.altKey;
  const mod = parts.includes("mod");
  return (
    pressed(event).toLowerCase() === key.toLowerCase() &&
    event.ctrlKey === (mod && !mac) &&
    event.metaKey === (mod && mac) &&
    event.altKey === parts.includes("alt") &&
    event.shiftKey === parts.includes("shift")
  );
}

/** With Alt a Mac types another character, so the key itself counts then. */
function pressed(event: KeyboardEvent): string {
  const printed = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1];
  return event.altKey && printed !== undefined ? printed : event.key;
}

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

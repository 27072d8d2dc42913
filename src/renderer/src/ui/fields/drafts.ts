import { useCallback, useEffect } from "react";
import { create } from "zustand";
import { api } from "../../api/connection.ts";
import { useConnection } from "../../api/connection-state.ts";

const saveEveryMs = 300;
const retryMs = 2_000;
/** What this browser holds that the backend has not taken yet. */
const unsentPrefix = "taleward.unsent.";

interface DraftsState {
  /** Whether what was kept before is known. */
  readonly isLoaded: boolean;
  /** By the name of the field. */
  readonly texts: Readonly<Record<string, string>>;
}

const useDrafts = create<DraftsState>(() => ({ isLoaded: false, texts: {} }));
const timers = new Map<string, ReturnType<typeof setTimeout>>();
let loading: Promise<void> | null = null;

export interface DraftField {
  readonly text: string;
  /** False until what was typed before is known; nothing should be typed over it by then. */
  readonly isLoaded: boolean;
  /** Keeps the text over other screens, reloads and restarts, also of the backend; an empty one is forgotten. */
  readonly set: (text: string) => void;
}

/** A field whose text is kept under a name until it is sent, such as `prompt` and a passage's id. */
export function useDraft(key: string): DraftField {
  const isLoaded = useDrafts(({ isLoaded }) => isLoaded);
  const text = useDrafts(({ texts }) => texts[key] ?? "");
  useEffect(() => void loadDrafts(), []);
  const set = useCallback((typed: string) => setDraft(key, typed), [key]);
  return { text, isLoaded, set };
}

/** The text kept under a name as it is now. */
export function draftOf(key: string): string {
  return useDrafts.getState().texts[key] ?? "";
}

export function setDraft(key: string, text: string): void {
  useDrafts.setState(({ texts }) => ({ texts: { ...texts, [key]: text } }));
  keepHere(key, text);
  if (!timers.has(key))
    timers.set(
      key,
      setTimeout(() => void send(key), saveEveryMs),
    );
}

/** Reads once what was kept; where the backend is away, what this browser holds is shown until it is back. */
export function loadDrafts(): Promise<void> {
  loading ??= read();
  return loading;
}

async function read(): Promise<void> {
  const here = unsentHere();
  try {
    const kept = await api.drafts.list();
    const stored = Object.fromEntries(kept.map(({ key, text }) => [key, text]));
    useDrafts.setState(({ texts }) => ({ isLoaded: true, texts: { ...stored, ...here, ...texts } }));
    for (const key of Object.keys(here)) void send(key);
  } catch {
    loading = null;
    useDrafts.setState(({ texts }) => ({ isLoaded: true, texts: { ...here, ...texts } }));
    setTimeout(() => void loadDrafts(), retryMs);
  }
}

async function send(key: string): Promise<void> {
  clearTimeout(timers.get(key));
  timers.delete(key);
  const text = draftOf(key);
  try {
    await api.drafts.keep({ key, text });
    if (draftOf(key) === text) localStorage.removeItem(unsentPrefix + key);
  } catch {
    // It stays here, and is sent again.
    if (useConnection.getState().state === "open" && !timers.has(key))
      timers.set(
        key,
        setTimeout(() => void send(key), retryMs),
      );
  }
}

useConnection.subscribe(({ state }, before) => {
  if (state !== "open" || before.state === "open") return;
  for (const key of Object.keys(unsentHere())) void send(key);
});

function keepHere(key: string, text: string): void {
  try {
    localStorage.setItem(unsentPrefix + key, text);
  } catch {
    // Full: the backend has it in a moment.
  }
}

function unsentHere(): Record<string, string> {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(unsentPrefix));
  return Object.fromEntries(names.map((name) => [name.slice(unsentPrefix.length), localStorage.getItem(name) ?? ""]));
}

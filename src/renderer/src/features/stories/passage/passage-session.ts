import { EditorView } from "@codemirror/view";
import { api } from "../../../api/connection.ts";
import { useConnection } from "../../../api/connection-state.ts";
import type { Passage, Proposal } from "../../../../../shared/contract/story.ts";
import { useShell } from "../../../shell/shell-store.ts";
import { Autosave } from "./autosave.ts";
import { type Draft, dropDraft, keepDraft, keptDraft } from "./draft.ts";
import { createProseEditor, showStoredText } from "./prose-editor.ts";

const draftMs = 1_000;

/**
 * One passage being edited: its editor and its autosave, and a draft in this browser of what the backend could not be
 * given. `close` ends them.
 */
export class PassageSession {
  readonly #passageId: Passage["id"];
  readonly #view: EditorView;
  readonly #autosave: Autosave;
  readonly #flush = (): void => void this.#autosave.flush();
  readonly #leave = (): void => {
    this.#keepDraft();
    this.#flush();
  };
  readonly #stopWatching: readonly (() => void)[];
  /** Another window's draft of the same passage is not this one's to drop. */
  #drafted: boolean;
  #draftTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(parent: HTMLElement, passage: Passage, onConflict: (theirs: Passage) => void) {
    this.#passageId = passage.id;
    const draft = unsavedDraft(passage);
    this.#drafted = draft !== null;
    this.#view = createProseEditor({
      parent,
      text: (draft ?? passage).text,
      caret: (draft ?? passage).caret,
      onText: () => this.#textChanged(),
      onCaret: () => this.#autosave.caretMoved(),
      onBlur: this.#flush,
    });
    this.#autosave = new Autosave(
      draft === null ? passage : before(draft, passage),
      { text: () => this.#view.state.doc.toString(), caret: () => this.#view.state.selection.main.head },
      onConflict,
    );
    if (draft !== null) this.#autosave.textChanged();
    window.addEventListener("pagehide", this.#leave);
    this.#stopWatching = [
      useConnection.subscribe(({ state }) => state !== "open" && this.#keepDraft()),
      useShell.subscribe(({ save }) => save.kind === "saved" && this.#autosave.clean && this.#dropDraft()),
    ];
  }

  get clean(): boolean {
    return this.#autosave.clean;
  }

  /** Puts the caret where it was left and shows it. */
  focus(): void {
    this.#view.focus();
    this.showCaret();
  }

  showCaret(): void {
    this.#view.dispatch({
      effects: EditorView.scrollIntoView(this.#view.state.selection.main.head, { y: "center" }),
    });
  }

  /** Accepts a proposal: stored first, then shown as one step that Ctrl Z takes back. */
  async accept(proposal: Proposal): Promise<Passage> {
    let before = "";
    const passage = await this.#autosave.exclusively((baseRevision) => {
      before = this.#view.state.doc.toString();
      return api.story.accept({ proposalId: proposal.id, baseRevision });
    });
    const typedMeanwhile = this.#view.state.doc.toString() !== before;
    showStoredText(this.#view, before, passage.text);
    if (typedMeanwhile) this.#autosave.textChanged();
    return passage;
  }

  /** Takes a newer stored text when nothing unsaved would be lost by it. */
  offer(passage: Passage): void {
    if (!this.#autosave.clean || passage.revision <= this.#autosave.revision) return;
    this.take(passage);
  }

  /** Shows the stored text instead of the editor's. */
  take(passage: Passage): void {
    const shown = this.#view.state.doc.toString();
    if (shown !== passage.text) showStoredText(this.#view, shown, passage.text);
    this.#autosave.replace(passage);
    this.#dropDraft();
  }

  /** Stores the editor's text over the stored one. */
  async keepMine(theirs: Passage): Promise<void> {
    this.#autosave.adopt(theirs);
    this.#autosave.textChanged();
    await this.#autosave.flush();
  }

  close(): void {
    window.removeEventListener("pagehide", this.#leave);
    for (const stop of this.#stopWatching) stop();
    if (this.#draftTimer !== null) clearTimeout(this.#draftTimer);
    if (useConnection.getState().state !== "open") this.#keepDraft();
    void this.#autosave.close(); // the status bar shows a failure
    this.#view.destroy();
  }

  #textChanged(): void {
    this.#autosave.textChanged();
    if (useConnection.getState().state === "open") return;
    this.#draftTimer ??= setTimeout(() => {
      this.#draftTimer = null;
      this.#keepDraft();
    }, draftMs);
  }

  #keepDraft(): void {
    if (this.#autosave.clean) return;
    this.#drafted = true;
    keepDraft(this.#passageId, {
      text: this.#view.state.doc.toString(),
      caret: this.#view.state.selection.main.head,
      baseRevision: this.#autosave.revision,
    });
  }

  #dropDraft(): void {
    if (this.#drafted) dropDraft(this.#passageId);
    this.#drafted = false;
  }
}

/** The kept draft, unless the store has its text by now. */
function unsavedDraft(passage: Passage): Draft | null {
  const draft = keptDraft(passage.id);
  if (draft !== null && draft.text !== passage.text) return draft;
  dropDraft(passage.id);
  return null;
}

/** The passage as it stood when the draft was typed over it, so that a change made since is asked about. */
function before(draft: Draft, passage: Passage): Passage {
  if (draft.baseRevision === passage.revision) return passage;
  // Its text of then is not known; an empty one is equal to no text that could be lost.
  return { ...passage, revision: draft.baseRevision, text: "" };
}

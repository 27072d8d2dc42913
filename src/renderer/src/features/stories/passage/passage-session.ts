import { EditorView } from "@codemirror/view";
import { api } from "../../../api/connection.ts";
import { useConnection } from "../../../api/connection-state.ts";
import type { Passage, Proposal } from "../../../../../shared/contract/story.ts";
import { notifyProblem } from "../../../ui/notify/notify.ts";
import { Autosave } from "./autosave.ts";
import { type Draft, dropDraft, keepDraft, keptDraft } from "./draft.ts";
import { rememberedEditor, rememberEditor } from "./editor-memory.ts";
import { createProseEditor, showStoredText } from "./prose-editor.ts";
import { showSaveState } from "./save-states.ts";

const draftMs = 1_000;

/** Passages that were left before all of their text could be stored. */
const unsaved = new Map<Passage["id"], { readonly autosave: Autosave; readonly draft: () => Draft | null }>();

interface PassageSessionEvents {
  readonly onConflict: (theirs: Passage) => void;
  /** The stored passage is another than before, its text or its proposals. */
  readonly onPassage: (passage: Passage) => void;
}

/**
 * One passage being edited: its editor and its autosave, and a draft in this browser of what the backend could not be
 * given. `close` ends them; what can be undone outlives that.
 */
export class PassageSession {
  readonly #passageId: Passage["id"];
  readonly #view: EditorView;
  readonly #autosave: Autosave;
  readonly #events: PassageSessionEvents;
  readonly #flush = (): void => void this.#autosave.flush();
  readonly #leave = (): void => {
    this.#keepDraft();
    this.#flush();
  };
  readonly #stopWatching: () => void;
  /** Another window's draft of the same passage is not this one's to drop. */
  #drafted: boolean;
  /** A newer text that came while something was being saved. */
  #offered: Passage | null = null;
  #theirs: Passage | null = null;
  #draftTimer: ReturnType<typeof setTimeout> | null = null;
  #acceptances: Promise<void> = Promise.resolve();

  constructor(parent: HTMLElement, passage: Passage, events: PassageSessionEvents) {
    this.#passageId = passage.id;
    this.#events = events;
    const draft = unsavedDraft(passage);
    this.#drafted = draft !== null;
    this.#view = createProseEditor({
      parent,
      text: (draft ?? passage).text,
      caret: (draft ?? passage).caret,
      before: rememberedEditor(passage.id),
      onText: () => this.#textChanged(),
      onCaret: () => this.#autosave.caretMoved(),
      onBlur: this.#flush,
      onAcceptance: (proposalId, accepted) => this.#acceptanceChanged(proposalId, accepted),
    });
    this.#autosave = new Autosave(passage, draft, {
      text: () => this.#view.state.doc.toString(),
      caret: () => this.#view.state.selection.main.head,
      save: (save) => api.story.savePassage({ passageId: passage.id, ...save, unconfirmed: [...save.unconfirmed] }),
      read: () => api.story.passage({ passageId: passage.id }),
      connected: () => isReachable(),
      watchConnection: (listener) => useConnection.subscribe(listener),
      show: (state) => showSaveState(passage.id, state),
      onConflict: (theirs) => this.#conflictWith(theirs),
      onClean: () => this.#saved(),
    });
    window.addEventListener("pagehide", this.#leave);
    this.#stopWatching = useConnection.subscribe(() => !isReachable() && this.#keepDraft());
  }

  /** Whether a newer stored passage is of use now: to be shown, or to be chosen. */
  get takesNewer(): boolean {
    return this.#autosave.clean || this.#autosave.conflicted;
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

  /** Accepts a proposal: stored first, then shown as one step. Undoing that step opens the proposal again. */
  accept({ id: proposalId }: Proposal): Promise<Passage> {
    return this.#change((baseRevision) => api.story.accept({ proposalId, baseRevision }), proposalId);
  }

  /** Gives the passage an earlier text, as one step that can be undone. */
  restore(revision: number): Promise<Passage> {
    return this.#change((baseRevision) =>
      api.story.restoreRevision({ passageId: this.#passageId, revision, baseRevision }),
    );
  }

  /** Takes a newer stored text, once nothing unsaved would be lost by it; or has it chosen from, where a person is asked. */
  offer(passage: Passage): void {
    if (this.#autosave.conflicted && passage.revision > (this.#theirs?.revision ?? 0)) this.#conflictWith(passage);
    this.#offered = this.#autosave.clean ? null : passage;
    if (!this.#autosave.clean || passage.revision <= this.#autosave.revision) return;
    this.#show(this.#text(), passage);
    this.#autosave.replace(passage);
    this.#dropDraft();
  }

  /** Ends a conflict by showing the stored text; the editor's own is in the history then, and can be had by undoing too. */
  async takeTheirs(theirs: Passage): Promise<void> {
    await this.#autosave.takeTheirs(theirs, (passage) => this.#show(this.#text(), passage));
  }

  /** Ends a conflict by storing the editor's text; the other is in the history then. */
  async keepMine(theirs: Passage): Promise<void> {
    await this.#autosave.keepMine(theirs);
  }

  close(): void {
    window.removeEventListener("pagehide", this.#leave);
    this.#stopWatching();
    if (this.#draftTimer !== null) clearTimeout(this.#draftTimer);
    const { state } = this.#view;
    rememberEditor(this.#passageId, state);
    unsaved.set(this.#passageId, { autosave: this.#autosave, draft: () => this.#autosave.unsaved });
    if (!isReachable() || this.#autosave.conflicted) this.#keepDraft();
    void this.#autosave.close(); // the status bar shows a failure
    this.#view.destroy();
  }

  async #change(change: (baseRevision: number) => Promise<Passage>, accepted?: Proposal["id"]): Promise<Passage> {
    let before = "";
    return await this.#autosave.exclusively(
      (baseRevision) => {
        before = this.#text();
        return change(baseRevision);
      },
      (passage) => this.#show(before, passage, accepted),
    );
  }

  #show(shown: string, { text }: Passage, accepted?: Proposal["id"]): void {
    if (shown !== text) showStoredText(this.#view, shown, text, accepted);
  }

  #conflictWith(theirs: Passage): void {
    this.#theirs = theirs;
    this.#events.onConflict(theirs);
  }

  #text(): string {
    return this.#view.state.doc.toString();
  }

  #acceptanceChanged(proposalId: Proposal["id"], accepted: boolean): void {
    this.#acceptances = this.#acceptances
      .then(() => (accepted ? api.story.closeAsAccepted({ proposalId }) : api.story.restoreProposal({ proposalId })))
      .then(this.#events.onPassage)
      .catch(notifyProblem);
  }

  #textChanged(): void {
    this.#autosave.textChanged();
    if (isReachable()) return;
    this.#draftTimer ??= setTimeout(() => {
      this.#draftTimer = null;
      this.#keepDraft();
    }, draftMs);
  }

  #keepDraft(): void {
    const draft = this.#autosave.unsaved;
    if (draft === null) return;
    this.#drafted = true;
    keepDraft(this.#passageId, draft);
  }

  #saved(): void {
    this.#dropDraft();
    if (unsaved.get(this.#passageId)?.autosave === this.#autosave) unsaved.delete(this.#passageId);
    else if (this.#offered !== null) this.offer(this.#offered);
  }

  #dropDraft(): void {
    if (this.#drafted) dropDraft(this.#passageId);
    this.#drafted = false;
  }
}

function isReachable(): boolean {
  const { state } = useConnection.getState();
  return state === "open" || state === "connecting";
}

/** What was typed and not stored, from when the passage was left or from before a reload, unless the store has it by now. */
function unsavedDraft(passage: Passage): Draft | null {
  const left = unsaved.get(passage.id);
  const draft = left?.draft() ?? keptDraft(passage.id);
  left?.autosave.abandon();
  unsaved.delete(passage.id);
  if (draft !== null && draft.text !== passage.text) return draft;
  dropDraft(passage.id);
  return null;
}

import { EditorView } from "@codemirror/view";
import { api } from "../../api/connection.ts";
import type { Passage, Proposal } from "../../../../shared/contract/story.ts";
import { Autosave } from "./autosave.ts";
import { createProseEditor, showStoredText } from "./prose-editor.ts";

/** One passage being edited: its editor and its autosave. `close` ends both. */
export class PassageSession {
  readonly #view: EditorView;
  readonly #autosave: Autosave;
  readonly #flush = (): void => void this.#autosave.flush();

  constructor(parent: HTMLElement, passage: Passage, onConflict: (theirs: Passage) => void) {
    this.#view = createProseEditor({
      parent,
      text: passage.text,
      caret: passage.caret,
      onText: () => this.#autosave.textChanged(),
      onCaret: () => this.#autosave.caretMoved(),
      onBlur: this.#flush,
    });
    this.#autosave = new Autosave(
      passage,
      { text: () => this.#view.state.doc.toString(), caret: () => this.#view.state.selection.main.head },
      onConflict,
    );
    window.addEventListener("pagehide", this.#flush);
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
    this.#autosave.adopt(passage);
  }

  /** Stores the editor's text over the stored one. */
  async keepMine(theirs: Passage): Promise<void> {
    this.#autosave.adopt(theirs);
    this.#autosave.textChanged();
    await this.#autosave.flush();
  }

  close(): void {
    window.removeEventListener("pagehide", this.#flush);
    void this.#autosave.close(); // a failure is said in the status bar
    this.#view.destroy();
  }
}

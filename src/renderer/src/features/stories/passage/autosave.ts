import { api } from "../../../api/connection.ts";
import { useConnection } from "../../../api/connection-state.ts";
import { toProblem } from "../../../api/problem.ts";
import type { Passage } from "../../../../../shared/contract/story.ts";
import { type SaveState, useShell } from "../../../shell/shell-store.ts";

const throttleMs = 400;
const caretIdleMs = 1_000;
const retryMs = 2_000;

interface Source {
  text(): string;
  caret(): number;
}

/**
 * Keeps one passage's text saved: within a second of typing, at once when asked, again after the connection was lost.
 * Owns its timers; `close` saves what is left, however long the backend stays away, and ends them.
 */
export class Autosave {
  readonly #passageId: Passage["id"];
  readonly #source: Source;
  readonly #onConflict: (theirs: Passage) => void;
  readonly #stopWatching: () => void;
  #revision: number;
  #savedText: string;
  #savedCaret: number;
  #dirty = false;
  #conflicted = false;
  #closing = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #running: Promise<void> | null = null;

  constructor(passage: Passage, source: Source, onConflict: (theirs: Passage) => void) {
    this.#passageId = passage.id;
    this.#source = source;
    this.#onConflict = onConflict;
    this.#revision = passage.revision;
    this.#savedText = passage.text;
    this.#savedCaret = passage.caret;
    this.#showState({ kind: "saved", atMs: passage.savedAtMs });
    this.#stopWatching = useConnection.subscribe(({ state }, before) => {
      if (state === "open" && before.state !== "open") void this.flush();
    });
  }

  get revision(): number {
    return this.#revision;
  }

  /** Whether everything typed is stored. */
  get clean(): boolean {
    return !this.#dirty && this.#running === null;
  }

  textChanged(): void {
    this.#dirty = true;
    if (this.#conflicted) return;
    this.#showState({ kind: "saving" });
    this.#timer ??= this.#after(throttleMs);
  }

  /** The caret is worth a save of its own only once it rests. */
  caretMoved(): void {
    if (this.#dirty || this.#conflicted) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#after(caretIdleMs);
  }

  /** Saves now; resolves once what was typed before the call is stored, or could not be. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#idle();
    if (this.#conflicted) return;
    this.#running = this.#save().finally(() => {
      this.#running = null;
    });
    await this.#running;
  }

  /** Runs a change of the stored passage made elsewhere than in the editor, with no save in between. */
  async exclusively(change: (baseRevision: number) => Promise<Passage>): Promise<Passage> {
    await this.flush();
    await this.#idle();
    const changing = change(this.#revision);
    this.#running = changing.then(
      () => undefined,
      () => undefined,
    );
    try {
      const passage = await changing;
      this.adopt(passage);
      return passage;
    } finally {
      this.#running = null;
      if (this.#dirty) this.#timer ??= this.#after(throttleMs);
    }
  }

  /** Takes a stored passage and discards what was typed. */
  replace(passage: Passage): void {
    this.#dirty = false;
    this.adopt(passage);
  }

  /** Takes a stored passage as the one the editor's text starts from. */
  adopt(passage: Passage): void {
    this.#revision = passage.revision;
    this.#savedText = passage.text;
    this.#conflicted = false;
    if (!this.#dirty) this.#showState({ kind: "saved", atMs: passage.savedAtMs });
  }

  /** Nothing more is typed; what could not be saved yet is tried again until it is. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.flush();
    if (!this.#dirty || this.#conflicted) this.#end();
  }

  #end(): void {
    this.#stopWatching();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** More than one caller may wait here, and the first to wake may start the next save. */
  async #idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  #after(waitMs: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#timer = null;
      void this.flush(); // the status bar shows a failure
    }, waitMs);
  }

  async #save(): Promise<void> {
    const text = this.#source.text();
    const caret = this.#source.caret();
    this.#dirty = false;
    if (text === this.#savedText && caret === this.#savedCaret) return;
    try {
      const saved = await api.story.savePassage({
        passageId: this.#passageId,
        text,
        caret,
        baseRevision: this.#revision,
      });
      this.#revision = saved.revision;
      this.#savedText = text;
      this.#savedCaret = caret;
      if (!this.#dirty) this.#showState({ kind: "saved", atMs: saved.savedAtMs });
      if (this.#closing) this.#end();
    } catch (error) {
      await this.#failed(error, text);
    }
  }

  async #failed(error: unknown, text: string): Promise<void> {
    const problem = toProblem(error);
    if (text !== this.#savedText) this.#dirty = true;
    if (problem.code !== "CONFLICT") {
      if (this.#dirty) this.#showState({ kind: "failed", message: problem.message });
      if (problem.code === "NOT_FOUND") this.#dirty = false;
      if (this.#dirty) this.#timer ??= this.#after(retryMs);
      return;
    }
    try {
      const theirs = await api.story.passage({ passageId: this.#passageId });
      if (theirs.text === this.#savedText || theirs.text === text) {
        // Only the caret moved elsewhere, so there is nothing to choose between.
        this.#revision = theirs.revision;
        if (this.#dirty) this.#timer ??= this.#after(throttleMs);
        return;
      }
      this.#conflicted = true;
      this.#showState({ kind: "failed", message: "changed elsewhere" });
      this.#onConflict(theirs);
    } catch {
      this.#timer ??= this.#after(retryMs);
    }
  }

  #showState(save: SaveState): void {
    // By now the status bar speaks of another passage; only what is still in danger is worth a word there.
    if (this.#closing && save.kind !== "failed") return;
    useShell.setState({ save });
  }
}

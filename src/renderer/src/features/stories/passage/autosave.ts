import { toProblem } from "../../../api/problem.ts";
import type { Passage } from "../../../../../shared/contract/story.ts";
import type { SaveState } from "../../../shell/shell-store.ts";
import type { Draft } from "./draft.ts";

const throttleMs = 400;
const caretIdleMs = 1_000;
const retryMs = 2_000;
/** As many as a save may name. */
const maxUnconfirmed = 100;
/** These were decided: the save is not stored, and the same one would be refused again. */
const refusals: readonly string[] = ["NOT_FOUND", "BAD_REQUEST"];
const changedElsewhere = "changed elsewhere";

interface Save {
  readonly text: string;
  readonly caret: number;
  readonly baseRevision: number;
  readonly saveId: string;
  readonly unconfirmed: readonly string[];
}

/** What autosave needs of the editor, of the backend and of the screen. */
export interface AutosavePorts {
  readonly text: () => string;
  readonly caret: () => number;
  readonly save: (save: Save) => Promise<{ readonly revision: number; readonly savedAtMs: number }>;
  readonly read: () => Promise<Passage>;
  /** Whether the backend can be reached. */
  readonly connected: () => boolean;
  /** Calls back whenever that may have changed; returns the way to stop. */
  readonly watchConnection: (listener: () => void) => () => void;
  /** What is true of the text now; null once nothing is left to show, after `close`. */
  readonly show: (state: SaveState | null) => void;
  readonly onConflict: (theirs: Passage) => void;
  /** Everything typed is stored, and nothing more is being changed. */
  readonly onClean: () => void;
}

/**
 * Keeps one passage's text saved: within a second of typing, at once when asked, again after the connection was lost. Saves
 * go one after another, and what it shows follows from what is known to be stored. Owns its timers; `close` saves what is
 * left, however long the backend stays away, and ends them.
 */
export class Autosave {
  readonly #ports: AutosavePorts;
  readonly #stopWatching: () => void;
  #revision: number;
  /** What is known to be stored; the text is null where it was typed over one that is not known. */
  #stored: { readonly text: string | null; readonly caret: number; readonly atMs: number };
  /** Sent and not answered, the latest last: any of them may be stored. */
  #unconfirmed: readonly string[];
  #latest: Pick<Save, "text" | "caret" | "saveId"> | null = null;
  #changes = 0;
  #pending = false;
  #problem: string | null = null;
  #refused = false;
  #conflicted = false;
  #connected: boolean;
  #closing = false;
  #ended = false;
  #abandoned = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #working = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #nextSave: Promise<void> | null = null;

  /** `draft` is text that was typed over the passage before and not stored. */
  constructor(passage: Passage, draft: Draft | null, ports: AutosavePorts) {
    this.#ports = ports;
    this.#revision = draft?.baseRevision ?? passage.revision;
    this.#unconfirmed = draft?.unconfirmed ?? [];
    this.#stored = {
      text: this.#revision === passage.revision ? passage.text : null,
      caret: passage.caret,
      atMs: passage.savedAtMs,
    };
    this.#connected = ports.connected();
    this.#stopWatching = ports.watchConnection(() => this.#connectionChanged());
    if (draft === null) this.#report();
    else this.textChanged();
  }

  get revision(): number {
    return this.#revision;
  }

  /** Whether everything typed is stored, and nothing is being changed. */
  get clean(): boolean {
    return !this.#pending && this.#working === 0;
  }

  /** Whether the text was changed elsewhere too, and a person has to choose. */
  get conflicted(): boolean {
    return this.#conflicted;
  }

  /** What is not known to be stored, to be kept elsewhere; null where there is none. */
  get unsaved(): Draft | null {
    if (!this.#pending) return null;
    return {
      text: this.#ports.text(),
      caret: this.#ports.caret(),
      baseRevision: this.#revision,
      unconfirmed: this.#unconfirmed,
    };
  }

  textChanged(): void {
    this.#changes += 1;
    this.#pending = true;
    this.#refused = false;
    this.#report();
    if (!this.#conflicted) this.#timer ??= this.#after(throttleMs);
  }

  /** The caret is worth a save of its own only once it rests. */
  caretMoved(): void {
    if (this.#pending || this.#conflicted) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = this.#after(caretIdleMs);
  }

  /** Saves now; resolves once what was typed before the call is stored, or could not be. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    // One that has not begun yet saves what is typed until then.
    return (this.#nextSave ??= this.#inTurn(() => {
      this.#nextSave = null;
      return this.#save();
    }));
  }

  /**
   * Runs a change of the stored passage made elsewhere than in the editor, and shows what came of it, with no save in
   * between. Rejects as the change does, and before it where what was typed cannot be stored.
   */
  exclusively(change: (baseRevision: number) => Promise<Passage>, show: (passage: Passage) => void): Promise<Passage> {
    return this.#inTurn(async () => {
      await this.#save();
      if (this.#conflicted || this.#refused || this.#problem !== null || !this.#connected)
        throw new Error("The text of this passage is not saved yet, so nothing was changed. Try again once it is.");
      const passage = await change(this.#revision);
      this.#adopt(passage);
      show(passage);
      return passage;
    });
  }

  /** Takes a stored passage as what stands there, and the editor's text as saved. */
  replace(passage: Passage): void {
    this.#pending = false;
    this.#adopt(passage);
  }

  /** Ends a conflict by storing the editor's text over the other one, which stays in the history. */
  async keepMine(theirs: Passage): Promise<void> {
    this.#conflicted = false;
    this.#adopt(theirs);
    this.textChanged();
    await this.flush();
  }

  /**
   * Ends a conflict by taking the other text, after the editor's own was stored as the revision before it: the history has
   * both. `show` puts the text into the editor.
   */
  takeTheirs(theirs: Passage, show: (passage: Passage) => void): Promise<void> {
    return this.#inTurn(async () => {
      const mine = { text: this.#ports.text(), caret: this.#ports.caret() };
      try {
        const kept = await this.#saveOver(mine, theirs.revision);
        const passage = { ...theirs, ...(await this.#saveOver(theirs, kept.revision)) };
        this.#conflicted = false;
        this.replace(passage);
        show(passage);
        this.#settle();
      } catch (error) {
        // The next save finds out what stands there now, and asks again where it has to.
        this.#conflicted = false;
        this.#retry();
        throw error;
      }
    });
  }

  #saveOver({ text, caret }: Pick<Save, "text" | "caret">, baseRevision: number) {
    return this.#ports.save({ text, caret, baseRevision, saveId: crypto.randomUUID(), unconfirmed: [] });
  }

  /** Nothing more is typed; what could not be saved yet is tried again until it is, or asked about when it is opened again. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.flush();
    if (!this.#pending) this.#end();
  }

  /** Ends at once and shows nothing more: another has taken over what is unsaved. */
  abandon(): void {
    this.#abandoned = true;
    this.#ended = true;
    this.#end();
  }

  #end(): void {
    this.#stopWatching();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (!this.#ended) this.#ports.show(null);
    this.#ended = true;
  }

  #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#working += 1;
    const result = this.#queue.then(work).finally(() => {
      this.#working -= 1;
      if (this.clean && !this.#abandoned) this.#ports.onClean();
    });
    this.#queue = result.catch(() => undefined); // the caller has it
    return result;
  }

  #after(waitMs: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.#timer = null;
      void this.flush(); // what it shows says how that went
    }, waitMs);
  }

  #connectionChanged(): void {
    const connected = this.#ports.connected();
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.#problem = null;
    this.#report();
    if (connected) void this.flush(); // what it shows says how that went
  }

  async #save(): Promise<void> {
    // A passage that is changed elsewhere all the time is asked about in the end.
    for (let attempts = 0; attempts < 4; attempts += 1) if (await this.#saveOnce()) return;
  }

  /** Resolves to false where the revision moved on without a change of the text, and the save is to be tried again. */
  async #saveOnce(): Promise<boolean> {
    const changes = this.#changes;
    const text = this.#ports.text();
    const caret = this.#ports.caret();
    const isStored = text === this.#stored.text && this.#unconfirmed.length === 0;
    if (isStored) this.#pending = false;
    if (
      this.#ended ||
      this.#conflicted ||
      this.#refused ||
      !this.#connected ||
      (isStored && caret === this.#stored.caret)
    ) {
      this.#settle();
      return true;
    }
    const saveId = this.#idFor(text, caret);
    const save = { text, caret, baseRevision: this.#revision, saveId, unconfirmed: this.#unconfirmed };
    this.#unconfirmed = [...this.#unconfirmed.filter((id) => id !== saveId), saveId].slice(-maxUnconfirmed);
    try {
      const { revision, savedAtMs } = await this.#ports.save(save);
      this.#revision = revision;
      this.#confirm(text, caret, savedAtMs, changes);
      return true;
    } catch (error) {
      return await this.#failed(error, save, changes);
    }
  }

  /** The same save, sent again because it was not answered, keeps its id. */
  #idFor(text: string, caret: number): string {
    const latest = this.#latest;
    const again = latest !== null && latest.text === text && latest.caret === caret;
    const saveId = again && this.#unconfirmed.includes(latest.saveId) ? latest.saveId : crypto.randomUUID();
    this.#latest = { text, caret, saveId };
    return saveId;
  }

  #confirm(text: string, caret: number, atMs: number, changes: number): void {
    this.#stored = { text, caret, atMs };
    this.#unconfirmed = [];
    this.#latest = null;
    this.#problem = null;
    if (this.#changes === changes) this.#pending = false;
    this.#settle();
  }

  async #failed(error: unknown, save: Save, changes: number): Promise<boolean> {
    const problem = toProblem(error);
    // Refused is not stored; whatever else went wrong may have happened after it was.
    if (problem.code === "CONFLICT" || problem.code === "STORAGE" || refusals.includes(problem.code))
      this.#unconfirmed = this.#unconfirmed.filter((id) => id !== save.saveId);
    if (problem.code === "CONFLICT") return await this.#compare(save, changes);
    this.#refused = refusals.includes(problem.code);
    this.#problem = problem.message;
    this.#retry();
    return true;
  }

  /** What stands there instead: this very text, the one it was typed over, or another that a person has to choose from. */
  async #compare({ text, caret }: Save, changes: number): Promise<boolean> {
    let theirs: Passage;
    try {
      theirs = await this.#ports.read();
    } catch (error) {
      this.#problem = toProblem(error).message;
      this.#retry();
      return true;
    }
    if (theirs.text === text) {
      this.#revision = theirs.revision;
      this.#confirm(text, caret, theirs.savedAtMs, changes);
      return true;
    }
    if (theirs.text === this.#stored.text) {
      this.#revision = theirs.revision;
      return false;
    }
    // Nothing was typed here: the newer text will be shown.
    if (text === this.#stored.text && this.#changes === changes) return true;
    this.#conflicted = true;
    this.#pending = true;
    this.#report();
    if (!this.#ended) this.#ports.onConflict(theirs);
    return true;
  }

  #adopt({ revision, text, caret, savedAtMs }: Passage): void {
    this.#revision = revision;
    this.#stored = { text, caret, atMs: savedAtMs };
    this.#unconfirmed = [];
    this.#latest = null;
    this.#problem = null;
    this.#report();
  }

  #retry(): void {
    this.#report();
    if (this.#pending && !this.#refused && !this.#ended) this.#timer ??= this.#after(retryMs);
  }

  #settle(): void {
    this.#report();
    if (!this.#pending && this.#closing) this.#end();
  }

  #report(): void {
    if (this.#ended) return;
    if (!this.#pending) this.#ports.show({ kind: "saved", atMs: this.#stored.atMs });
    else if (this.#conflicted) this.#ports.show({ kind: "failed", message: changedElsewhere });
    else if (!this.#connected) this.#ports.show({ kind: "failed", message: "Taleward's backend went away." });
    else if (this.#problem !== null) this.#ports.show({ kind: "failed", message: this.#problem });
    else this.#ports.show({ kind: "saving" });
  }
}

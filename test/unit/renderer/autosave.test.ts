import { ORPCError } from "@orpc/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Autosave } from "../../../src/renderer/src/features/stories/passage/autosave.ts";
import type { Draft } from "../../../src/renderer/src/features/stories/passage/draft.ts";
import type { SaveState } from "../../../src/renderer/src/shell/shell-store.ts";
import { passageId, storyId } from "../../../src/shared/contract/ids.ts";
import type { Passage } from "../../../src/shared/contract/story.ts";

type Save = Parameters<ConstructorParameters<typeof Autosave>[2]["save"]>[0];

/** A backend that stores one passage by the contract's rules, and may go away before or after it stored a save. */
class Desk {
  stored: Passage = {
    id: passageId.parse("019a0000-0000-7000-8000-000000000001"),
    storyId: storyId.parse("019a0000-0000-7000-8000-000000000002"),
    title: "Scene 1",
    text: "",
    revision: 0,
    caret: 0,
    savedAtMs: 100,
    proposals: [],
  };
  lastSaveId: string | null = null;
  connected = true;
  /** What happens to the next saves, in order: answered where there is none. */
  readonly fates: ("lost before" | "lost after" | "full" | "slow")[] = [];
  readonly saves: Save[] = [];
  readonly states: (SaveState | null)[] = [];
  readonly conflicts: Passage[] = [];
  readonly #watchers = new Set<() => void>();
  #waiting: (() => void)[] = [];
  text = "";
  autosave!: Autosave;

  open(draft: Draft | null = null): Autosave {
    this.text = (draft ?? this.stored).text;
    const own = new Autosave(this.stored, draft, {
      text: () => this.text,
      caret: () => 0,
      save: (save) => this.save(save),
      read: async () => this.stored,
      connected: () => this.connected,
      watchConnection: (listener) => {
        this.#watchers.add(listener);
        return () => this.#watchers.delete(listener);
      },
      show: (state) => this.states.push(state),
      onConflict: (theirs) => this.conflicts.push(theirs),
      onClean: () => {},
    });
    this.autosave = own;
    return own;
  }

  get shown(): SaveState | null | undefined {
    return this.states.at(-1);
  }

  type(text: string): void {
    this.text = text;
    this.autosave.textChanged();
  }

  async save(save: Save): Promise<{ revision: number; savedAtMs: number }> {
    this.saves.push(save);
    const fate = this.fates.shift();
    if (fate === "slow") await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (fate === "full") throw refusal("STORAGE", "The disk is full.");
    if (fate === "lost before") throw new Error("the socket closed");
    const repeated = this.lastSaveId === save.saveId;
    if (!repeated && this.stored.revision !== save.baseRevision && !save.unconfirmed.includes(this.lastSaveId ?? ""))
      throw refusal("CONFLICT", "This passage was changed elsewhere since it was opened here.");
    if (!repeated) this.change(save.text, save.saveId);
    if (fate === "lost after") throw new Error("the socket closed");
    return { revision: this.stored.revision, savedAtMs: this.stored.savedAtMs };
  }

  change(text: string, saveId: string | null = null): void {
    const { revision, savedAtMs } = this.stored;
    this.stored = { ...this.stored, text, revision: revision + 1, savedAtMs: savedAtMs + 1 };
    this.lastSaveId = saveId;
  }

  release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  connect(connected: boolean): void {
    this.connected = connected;
    for (const watcher of this.#watchers) watcher();
  }
}

function refusal(code: "CONFLICT" | "STORAGE" | "NOT_FOUND", message: string) {
  return new ORPCError(code, { defined: true, message, data: { remedy: "Try again." } });
}

let desk: Desk;
beforeEach(() => {
  vi.useFakeTimers();
  desk = new Desk();
});
afterEach(() => {
  desk.autosave.abandon();
  vi.useRealTimers();
});

/** All timers, and whatever they led to. */
const settle = () => vi.advanceTimersByTimeAsync(10_000);

test("what was typed and erased again within a moment is shown as saved, not as being saved for ever", async () => {
  desk.open();
  desk.type("A");
  desk.type("");
  expect(desk.shown).toEqual({ kind: "saving" });
  await settle();
  expect(desk.shown).toEqual({ kind: "saved", atMs: 100 });
});

test("saves asked for at the same time go one after another, each from the revision of the one before", async () => {
  const autosave = desk.open();
  desk.fates.push("slow");
  desk.type("A");
  const first = autosave.flush();
  await vi.advanceTimersByTimeAsync(0);
  desk.type("A lamp");
  const others = [autosave.flush(), autosave.flush(), autosave.flush()];
  desk.release();
  await Promise.all([first, ...others]);
  expect(desk.saves.map(({ text, baseRevision }) => [text, baseRevision])).toEqual([
    ["A", 0],
    ["A lamp", 1],
  ]);
  expect(desk.shown).toEqual({ kind: "saved", atMs: 102 });
});

test("while the backend is away the text is not being saved, whatever is typed, and once it is back it is saved", async () => {
  desk.open();
  desk.type("The lamp");
  desk.connect(false);
  expect(desk.shown).toEqual({ kind: "failed", message: "Taleward's backend went away." });
  desk.type("The lamp went out");
  await settle();
  expect(desk.shown).toEqual({ kind: "failed", message: "Taleward's backend went away." });
  expect(desk.saves).toEqual([]);
  desk.connect(true);
  expect(desk.shown).toEqual({ kind: "saving" });
  await settle();
  expect(desk.shown).toEqual({ kind: "saved", atMs: 101 });
  expect(desk.stored.text).toBe("The lamp went out");
});

test("a save whose answer was lost is sent again as the same save", async () => {
  desk.open();
  desk.fates.push("lost after");
  desk.type("The lamp");
  await settle();
  expect(new Set(desk.saves.map(({ saveId }) => saveId)).size).toBe(1);
  expect(desk.saves).toHaveLength(2);
  expect(desk.stored).toMatchObject({ text: "The lamp", revision: 1 });
  expect(desk.shown).toEqual({ kind: "saved", atMs: 101 });
});

test("what is typed after a save whose answer was lost follows it: nobody else is said to have changed the passage", async () => {
  desk.open();
  desk.fates.push("lost after");
  desk.type("The lamp");
  await vi.advanceTimersByTimeAsync(500);
  desk.type("The lamp went out");
  await settle();
  expect(desk.conflicts).toEqual([]);
  expect(desk.stored).toMatchObject({ text: "The lamp went out", revision: 2 });
  expect(desk.shown).toMatchObject({ kind: "saved" });
});

test("a text that was taken back while its save was not answered is saved as it stands on screen", async () => {
  desk.open();
  desk.fates.push("lost after");
  desk.type("The lamp");
  await vi.advanceTimersByTimeAsync(500);
  desk.type("");
  await settle();
  expect(desk.stored.text).toBe("");
  expect(desk.shown).toMatchObject({ kind: "saved" });
});

test("a full disk is named for as long as it is full, and the text is saved once there is room", async () => {
  desk.open();
  desk.fates.push("full", "full");
  desk.type("The lamp");
  await vi.advanceTimersByTimeAsync(500);
  expect(desk.shown).toEqual({ kind: "failed", message: "The disk is full." });
  desk.type("The lamp went");
  expect(desk.shown).toEqual({ kind: "failed", message: "The disk is full." });
  await settle();
  expect(desk.stored.text).toBe("The lamp went");
  expect(desk.shown).toMatchObject({ kind: "saved" });
});

describe("another window", () => {
  test("changed the text: a person is asked, and keeping mine stores it over theirs", async () => {
    const autosave = desk.open();
    desk.change("Theirs");
    desk.type("Mine");
    await settle();
    expect(desk.conflicts).toMatchObject([{ text: "Theirs" }]);
    expect(desk.shown).toEqual({ kind: "failed", message: "changed elsewhere" });
    await autosave.keepMine(desk.stored);
    expect(desk.stored).toMatchObject({ text: "Mine", revision: 2 });
    expect(desk.shown).toMatchObject({ kind: "saved" });
  });

  test("changed the text: taking theirs stores mine before it, so that the history has both", async () => {
    const autosave = desk.open();
    desk.change("Theirs");
    desk.type("Mine");
    await settle();
    const shown: string[] = [];
    await autosave.takeTheirs(desk.stored, ({ text }) => shown.push((desk.text = text)));
    expect(desk.saves.slice(1).map(({ text, baseRevision }) => [text, baseRevision])).toEqual([
      ["Mine", 1],
      ["Theirs", 2],
    ]);
    expect(shown).toEqual(["Theirs"]);
    expect(desk.shown).toMatchObject({ kind: "saved" });
    expect(autosave.unsaved).toBeNull();
  });

  test("changed it again while theirs was taken: a person is asked again, and mine is still there", async () => {
    const autosave = desk.open();
    desk.change("Theirs");
    desk.type("Mine");
    await settle();
    const theirs = desk.stored;
    desk.change("Theirs, later");
    await expect(autosave.takeTheirs(theirs, () => {})).rejects.toThrow();
    await settle();
    expect(desk.conflicts.map(({ text }) => text)).toEqual(["Theirs", "Theirs, later"]);
    expect(autosave.unsaved).toMatchObject({ text: "Mine" });
  });

  test("only moved the caret: nobody is asked", async () => {
    desk.open();
    desk.change("");
    desk.type("Mine");
    await settle();
    expect(desk.conflicts).toEqual([]);
    expect(desk.stored).toMatchObject({ text: "Mine", revision: 2 });
  });

  test("changed the text where nothing was typed here: nobody is asked, whatever the caret does", async () => {
    const autosave = desk.open();
    desk.change("Theirs");
    desk.text = "";
    await autosave.flush();
    autosave.caretMoved();
    await settle();
    expect(desk.conflicts).toEqual([]);
    expect(desk.shown).toMatchObject({ kind: "saved" });
  });
});

describe("a passage that is left", () => {
  test("before it could be saved counts as not saved until it is, and then shows nothing more", async () => {
    const autosave = desk.open();
    desk.connect(false);
    desk.type("The lamp");
    await autosave.close();
    expect(desk.shown).toEqual({ kind: "failed", message: "Taleward's backend went away." });
    desk.connect(true);
    await settle();
    expect(desk.stored.text).toBe("The lamp");
    expect(desk.shown).toBeNull();
  });

  test("and opened again before that hands its text over: one of them saves, without a conflict", async () => {
    const left = desk.open();
    desk.fates.push("lost after");
    desk.type("The lamp");
    await vi.advanceTimersByTimeAsync(500);
    desk.connect(false);
    await left.close();
    const draft = left.unsaved;
    left.abandon();
    desk.open(draft);
    desk.type("The lamp went out");
    desk.connect(true);
    await settle();
    expect(desk.conflicts).toEqual([]);
    expect(desk.stored).toMatchObject({ text: "The lamp went out", revision: 2 });
    expect(desk.shown).toMatchObject({ kind: "saved" });
  });

  test("over a conflict keeps its text, so that it is asked about when it is opened again", async () => {
    const left = desk.open();
    desk.change("Theirs");
    desk.type("Mine");
    await settle();
    await left.close();
    expect(left.unsaved).toEqual({ text: "Mine", caret: 0, baseRevision: 0, unconfirmed: [] });
    left.abandon();
    desk.open(left.unsaved);
    await settle();
    expect(desk.conflicts).toHaveLength(2);
  });
});

test("an emptied draft over a text that is not known is saved, not taken for that text", async () => {
  desk.change("Somebody's");
  desk.open({ text: "", caret: 0, baseRevision: 0, unconfirmed: [] });
  await settle();
  expect(desk.conflicts).toMatchObject([{ text: "Somebody's" }]);
});

describe("a change of the stored passage", () => {
  test("is made after what was typed is stored, and nothing is saved between it and showing it", async () => {
    const autosave = desk.open();
    desk.type("The lamp");
    const order: string[] = [];
    const changing = autosave.exclusively(
      async () => {
        order.push(`changed over ${desk.stored.text}`);
        void autosave.flush();
        desk.change("The lamp. Accepted.");
        return desk.stored;
      },
      ({ text }) => {
        desk.text = text;
        order.push("shown");
      },
    );
    await changing;
    await settle();
    expect(order).toEqual(["changed over The lamp", "shown"]);
    expect(desk.stored.text).toBe("The lamp. Accepted.");
  });

  test("is not made while what was typed cannot be stored", async () => {
    const autosave = desk.open();
    desk.fates.push("full");
    desk.type("The lamp");
    const change = vi.fn(async () => desk.stored);
    await expect(autosave.exclusively(change, () => {})).rejects.toThrow("not saved yet");
    expect(change).not.toHaveBeenCalled();
  });
});

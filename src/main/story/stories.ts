import { v7 as uuid } from "uuid";
import { type PassageId, type ProposalId, type StoryId, passageId, storyId } from "../../shared/contract/ids.ts";
import type { Passage, Story } from "../../shared/contract/story.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";

export interface StoriesPorts {
  readonly database: DatabasePool;
  readonly nowMs: () => number;
  readonly changes: ChangeFeed;
}

/** Stories, their passages, and what was made of the proposals; every change is one transaction. */
export class Stories {
  readonly #needs: StoriesPorts;

  constructor(needs: StoriesPorts) {
    this.#needs = needs;
  }

  list(): Promise<Story[]> {
    return this.#needs.database.read("listStories");
  }

  outline(input: { storyId: StoryId }) {
    return this.#needs.database.read("storyOutline", input);
  }

  passage(input: { passageId: PassageId }): Promise<Passage> {
    return this.#needs.database.read("getPassage", input);
  }

  create({ title }: { title: string }): Promise<Story> {
    const fact = { storyId: storyId.parse(uuid()), title, atMs: this.#needs.nowMs() };
    return this.#notifyChanged(this.#needs.database.write("createStory", fact));
  }

  rename(input: { storyId: StoryId; title: string }): Promise<Story> {
    return this.#notifyChanged(this.#needs.database.write("renameStory", { ...input, atMs: this.#needs.nowMs() }));
  }

  async remove(input: { storyId: StoryId }): Promise<{ removed: true }> {
    await this.#notifyChanged(this.#needs.database.write("removeStory", input));
    return { removed: true };
  }

  addPassage(input: { storyId: StoryId; title: string }): Promise<Passage> {
    const fact = { ...input, passageId: passageId.parse(uuid()), atMs: this.#needs.nowMs() };
    return this.#notifyChanged(this.#needs.database.write("addPassage", fact));
  }

  renamePassage(input: { passageId: PassageId; title: string }): Promise<Passage> {
    return this.#notifyChanged(this.#needs.database.write("renamePassage", { ...input, atMs: this.#needs.nowMs() }));
  }

  savePassage(input: { passageId: PassageId; text: string; caret: number; baseRevision: number }) {
    return this.#notifyChanged(this.#needs.database.write("savePassage", { ...input, atMs: this.#needs.nowMs() }));
  }

  accept(input: { proposalId: ProposalId; baseRevision: number }): Promise<Passage> {
    return this.#notifyChanged(this.#needs.database.write("acceptProposal", { ...input, atMs: this.#needs.nowMs() }));
  }

  discard(input: { proposalId: ProposalId }): Promise<Passage> {
    return this.#notifyChanged(this.#needs.database.write("discardProposal", input));
  }

  async #notifyChanged<Result>(writing: Promise<Result>): Promise<Result> {
    const result = await writing;
    this.#needs.changes.announce("stories");
    return result;
  }
}

import { v7 as uuid } from "uuid";
import { type PassageId, type ProposalId, type StoryId, passageId, storyId } from "../../shared/contract/ids.ts";
import type { Passage, Story, StoryStyle } from "../../shared/contract/story.ts";
import type { ChangeFeed } from "../base/change-feed.ts";
import type { DatabasePool } from "../db/pool.ts";

export interface StoriesPorts {
  readonly database: DatabasePool;
  readonly nowMs: () => number;
  readonly changes: ChangeFeed;
}

interface PassageSave {
  readonly passageId: PassageId;
  readonly text: string;
  readonly caret: number;
  readonly baseRevision: number;
  readonly saveId?: string | undefined;
  readonly unconfirmed?: readonly string[] | undefined;
}

/** Stories, their passages, and what was made of the proposals; every change is one transaction. */
export class Stories {
  readonly #ports: StoriesPorts;

  constructor(ports: StoriesPorts) {
    this.#ports = ports;
  }

  list(): Promise<Story[]> {
    return this.#ports.database.read("listStories");
  }

  outline(input: { storyId: StoryId }) {
    return this.#ports.database.read("storyOutline", input);
  }

  passage(input: { passageId: PassageId }): Promise<Passage> {
    return this.#ports.database.read("getPassage", input);
  }

  create({ title }: { title: string }): Promise<Story> {
    const fact = { storyId: storyId.parse(uuid()), title, atMs: this.#ports.nowMs() };
    return this.#notifyChanged(this.#ports.database.write("createStory", fact));
  }

  rename(input: { storyId: StoryId; title: string }): Promise<Story> {
    return this.#notifyChanged(this.#ports.database.write("renameStory", { ...input, atMs: this.#ports.nowMs() }));
  }

  setStyle(input: { storyId: StoryId; style: StoryStyle }): Promise<Story> {
    return this.#notifyChanged(this.#ports.database.write("setStoryStyle", { ...input, atMs: this.#ports.nowMs() }));
  }

  addPassage(input: { storyId: StoryId; title: string }): Promise<Passage> {
    const fact = { ...input, passageId: passageId.parse(uuid()), atMs: this.#ports.nowMs() };
    return this.#notifyChanged(this.#ports.database.write("addPassage", fact));
  }

  renamePassage(input: { passageId: PassageId; title: string }): Promise<Passage> {
    return this.#notifyChanged(this.#ports.database.write("renamePassage", { ...input, atMs: this.#ports.nowMs() }));
  }

  movePassage(input: { passageId: PassageId; position: number }) {
    return this.#notifyChanged(this.#ports.database.write("movePassage", { ...input, atMs: this.#ports.nowMs() }));
  }

  savePassage(input: PassageSave) {
    return this.#notifyChanged(this.#ports.database.write("savePassage", { ...input, atMs: this.#ports.nowMs() }));
  }

  accept(input: { proposalId: ProposalId; baseRevision: number }): Promise<Passage> {
    return this.#notifyChanged(this.#ports.database.write("acceptProposal", { ...input, atMs: this.#ports.nowMs() }));
  }

  useRaw(input: { proposalId: ProposalId; usesRaw: boolean }): Promise<Passage> {
    return this.#notifyChanged(this.#ports.database.write("useRawProposal", input));
  }

  discard(input: { proposalId: ProposalId }): Promise<Passage> {
    return this.#notifyChanged(this.#ports.database.write("discardProposal", { ...input, atMs: this.#ports.nowMs() }));
  }

  restoreProposal(input: { proposalId: ProposalId }): Promise<Passage> {
    return this.#notifyChanged(this.#ports.database.write("restoreProposal", input));
  }

  closeAsAccepted(input: { proposalId: ProposalId }): Promise<Passage> {
    return this.#notifyChanged(this.#ports.database.write("closeAsAccepted", input));
  }

  async #notifyChanged<Result>(writing: Promise<Result>): Promise<Result> {
    const result = await writing;
    this.#ports.changes.announce("stories");
    return result;
  }
}

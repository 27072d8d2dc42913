import type { PassageId, StoryId } from "../../shared/contract/ids.ts";
import type { Passage, Story } from "../../shared/contract/story.ts";
import type { Bin } from "../../shared/contract/stories/bin.ts";
import type { StoriesPorts } from "./stories.ts";

/** Where deleted stories and passages go, and discarded proposals, until a person empties it. */
export class StoryBin {
  readonly #ports: StoriesPorts;

  constructor(ports: StoriesPorts) {
    this.#ports = ports;
  }

  list(): Promise<Bin> {
    return this.#ports.database.read("listBin");
  }

  async remove(input: { storyId: StoryId }): Promise<{ removed: true }> {
    await this.#ports.database.write("removeStory", { ...input, atMs: this.#ports.nowMs() });
    this.#ports.changes.announce("stories");
    return { removed: true };
  }

  async restore(input: { storyId: StoryId }): Promise<Story> {
    const story = await this.#ports.database.write("restoreStory", input);
    this.#ports.changes.announce("stories");
    return story;
  }

  async removePassage(input: { passageId: PassageId }): Promise<{ removed: true }> {
    await this.#ports.database.write("removePassage", { ...input, atMs: this.#ports.nowMs() });
    this.#ports.changes.announce("stories");
    return { removed: true };
  }

  async restorePassage(input: { passageId: PassageId }): Promise<Passage> {
    const passage = await this.#ports.database.write("restorePassage", { ...input, atMs: this.#ports.nowMs() });
    this.#ports.changes.announce("stories");
    return passage;
  }

  /** Deletes for good what was there at that time, in milliseconds since 1970. */
  async empty(input: { untilMs: number }): Promise<Bin["counts"]> {
    const counts = await this.#ports.database.write("emptyBin", input);
    this.#ports.changes.announce("stories");
    return counts;
  }
}

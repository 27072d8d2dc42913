import type { PassageId } from "../../shared/contract/ids.ts";
import type { Passage } from "../../shared/contract/story.ts";
import type { StoriesPorts } from "./stories.ts";

/** What passages said before: every change of a text is kept for as long as its passage is. */
export class PassageHistory {
  readonly #ports: StoriesPorts;

  constructor(ports: StoriesPorts) {
    this.#ports = ports;
  }

  moments(input: { passageId: PassageId; before?: number | undefined }) {
    return this.#ports.database.read("passageHistory", input);
  }

  revision(input: { passageId: PassageId; revision: number }) {
    return this.#ports.database.read("passageRevision", input);
  }

  /** Gives a passage an earlier text as its next revision; the present one stays in the history. */
  async restore(input: { passageId: PassageId; revision: number; baseRevision: number }): Promise<Passage> {
    const passage = await this.#ports.database.write("restorePassageRevision", {
      ...input,
      atMs: this.#ports.nowMs(),
    });
    this.#ports.changes.announce("stories");
    return passage;
  }
}

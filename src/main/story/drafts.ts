import type { KeptDraft } from "../../shared/contract/drafts.ts";
import type { DatabasePool } from "../db/pool.ts";

export interface DraftsPorts {
  readonly database: DatabasePool;
  readonly nowMs: () => number;
}

/** What people typed into fields and have not sent yet. */
export class Drafts {
  readonly #ports: DraftsPorts;

  constructor(ports: DraftsPorts) {
    this.#ports = ports;
  }

  list(): Promise<KeptDraft[]> {
    return this.#ports.database.read("listDrafts");
  }

  async keep(draft: { key: string; text: string }): Promise<{ savedAtMs: number }> {
    const savedAtMs = this.#ports.nowMs();
    await this.#ports.database.write("keepDraft", { ...draft, atMs: savedAtMs });
    return { savedAtMs };
  }
}

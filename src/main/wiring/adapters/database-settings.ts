import type { DatabasePool } from "../../db/pool.ts";
import type { SettingsStore } from "../../gateway/gateway.ts";

/** Settings in the database of the data directory. */
export class DatabaseSettings implements SettingsStore {
  readonly #database: DatabasePool;

  constructor(database: DatabasePool) {
    this.#database = database;
  }

  get(key: string): Promise<string | null> {
    return this.#database.read("getSetting", { key });
  }

  async put(key: string, value: string): Promise<void> {
    await this.#database.write("putSetting", { key, value });
  }
}

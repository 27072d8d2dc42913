import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { migrate } from "../../../src/main/db/migrate.ts";
import { sql as initial } from "../../../src/main/db/migrations/001-initial.ts";
import { serverReads } from "../../../src/main/db/queries/registry/servers.ts";
import { versionReads } from "../../../src/main/db/queries/registry/versions.ts";

test("a registry of the first schema is found by words, knows its servers, and keeps its assignments", () => {
  const db = new Sqlite(":memory:");
  try {
    db.exec(initial);
    db.pragma("user_version = 1");
    db.exec("INSERT INTO models VALUES ('m', 'Llama', 'self_hosted', 'ollama', 1)");
    const endpoints = ["http://10.0.0.1:11434/", "http://10.0.0.1:11434", "http://10.0.0.2:8003/generate", undefined];
    for (const [index, endpoint] of endpoints.entries())
      db.prepare("INSERT INTO model_versions VALUES (?, 'm', ?, 'active', NULL, ?, ?)").run(
        `v${index}`,
        `Old-${index}`,
        JSON.stringify({ endpoint }),
        index,
      );
    db.exec("INSERT INTO assignments VALUES ('a', 'story_generation', 'v0', 1, NULL, 'somebody', NULL)");
    migrate(db);
    expect(serverReads.serversOfVersions(db)).toEqual([{ endpoint: "http://10.0.0.1:11434", provider: "ollama" }]);
    expect(db.prepare("SELECT version_id FROM version_servers WHERE server = ''").pluck().all()).toEqual(["v3"]);
    const { items } = versionReads.listVersions(db, { text: "llama OLD-0", limit: 10 });
    expect(items).toEqual([
      expect.objectContaining({
        id: "v0",
        assignedTo: ["story_generation"],
        tags: [],
        aliases: [],
        note: "",
        drift: null,
      }),
    ]);
  } finally {
    db.close();
  }
});

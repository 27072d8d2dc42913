import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { startRealGateway } from "../contract/gateway/real-gateway.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../kit/servers/ollama-server.ts";

test("with the database locked every generating route answers in its API's error shape, without a path or a stack", async () => {
  const server = await startOllamaServer({ script: streamText("The lamp went out.") });
  const gateway = await startRealGateway(server.url);
  const other = new Sqlite(join(gateway.backend.dataDirectory, "taleward.db"), { timeout: 0 });
  try {
    const headers = { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" };
    const ask = async (path: string, body: object) => {
      const answer = await fetch(`${gateway.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      return { path, status: answer.status, text: await answer.text() };
    };
    const model = "story_generation";
    const messages = [{ role: "user", content: "Begin" }];
    other.exec("BEGIN IMMEDIATE");
    const answers = await Promise.all(
      [true, false].flatMap((stream) => [
        ask("/api/chat", { model, messages, stream }),
        ask("/api/generate", { model, prompt: "Begin", stream }),
        ask("/v1/chat/completions", { model, messages, stream }),
        ask("/v1/completions", { model, prompt: "Begin", stream }),
      ]),
    );
    const words = expect.stringMatching(/^Taleward cannot read or write its data now/);
    for (const { path, status, text } of answers) {
      const error = path.startsWith("/api/")
        ? words
        : { message: words, type: "server_error", param: null, code: "storage" };
      expect({ path, status, body: JSON.parse(text) }).toEqual({ path, status: 500, body: { error } });
      expect(text).not.toContain(gateway.backend.dataDirectory);
      expect(text).not.toMatch(/\bat .*:\d+|SQLITE|database is locked/);
    }
    other.exec("ROLLBACK");
    expect((await ask("/api/chat", { model, messages, stream: false })).status).toBe(200);
  } finally {
    other.close();
    await gateway.close();
    await server.close();
  }
});

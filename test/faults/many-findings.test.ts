import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { startRealGateway } from "../contract/gateway/real-gateway.ts";
import { streamText } from "../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../kit/servers/ollama-server.ts";

test("an answer with thousands of findings is stored once, its violations up to a limit that the log names, and the next call is logged", async () => {
  const text = "call 212-867-5309, ".repeat(5_000);
  const server = await startOllamaServer({ script: streamText(text) });
  const gateway = await startRealGateway(server.url);
  try {
    const ask = async () => {
      const body = { model: "story_generation", messages: [{ role: "user", content: "Begin" }], stream: false };
      const headers = { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" };
      return fetch(`${gateway.url}/api/chat`, { method: "POST", headers, body: JSON.stringify(body) });
    };
    const answer = await ask();
    expect(answer.status).toBe(200);
    const { items } = await gateway.client.logs.list({ limit: 1 });
    const record = await gateway.client.logs.get({ inferenceId: items[0]?.id ?? ("" as never) });
    expect(record.verdict.findings).toHaveLength(200);
    expect(record.verdict.found).toBeGreaterThanOrEqual(5_000);
    const db = new Sqlite(join(gateway.backend.dataDirectory, "taleward.db"), { readonly: true });
    const stored = db
      .prepare(
        "SELECT (SELECT sum(length(original)) FROM violations) AS copies, (SELECT sum(length(text)) FROM checked_texts) AS once",
      )
      .get();
    expect(stored).toEqual({ copies: 0, once: text.length });
    db.close();
    const { items: violations } = await gateway.client.guardrails.violations({ limit: 200 });
    expect(violations).toHaveLength(200);
    const one = await gateway.client.guardrails.violation({ violationId: violations[7]?.id ?? ("" as never) });
    expect(one.original).toBe(text);
    server.use(streamText("The lamp went out."));
    expect((await ask()).status).toBe(200);
  } finally {
    await gateway.close();
    await server.close();
  }
});

import { expect, test } from "vitest";
import { streamText } from "../../kit/servers/ollama-scripts.ts";
import { startOllamaServer } from "../../kit/servers/ollama-server.ts";
import { startRealGateway } from "./real-gateway.ts";

test("schemas as programs' libraries write them, of draft-07, are taken by both APIs, and one that nobody knows is refused by its field", async () => {
  const server = await startOllamaServer({ script: streamText('{"lines":["Who is there?"]}') });
  const gateway = await startRealGateway(server.url);
  try {
    const ask = async (path: string, body: object) => {
      const headers = { authorization: `Bearer ${gateway.key}`, "content-type": "application/json" };
      const messages = [{ role: "user", content: "Begin" }];
      const whole = { model: "story_generation", messages, stream: false, ...body };
      const answer = await fetch(`${gateway.url}${path}`, { method: "POST", headers, body: JSON.stringify(whole) });
      return { status: answer.status, text: await answer.text() };
    };
    const lines = { type: "array", items: { $ref: "#/definitions/line" } };
    const schemaAs = ($schema: string) => ({
      $schema,
      type: "object",
      properties: { lines },
      required: ["lines"],
      additionalProperties: false,
      definitions: { line: { type: "string" } },
    });
    const strict = ($schema: string) => ({
      response_format: { type: "json_schema", json_schema: { name: "barks", strict: true, schema: schemaAs($schema) } },
    });
    const draft = "http://json-schema.org/draft-07/schema#";
    expect((await ask("/v1/chat/completions", strict(draft))).status).toBe(200);
    expect((await ask("/api/chat", { format: schemaAs(draft) })).status).toBe(200);
    const refused = await ask("/v1/chat/completions", strict("https://example.com/mine"));
    expect(refused).toMatchObject({ status: 400, text: expect.stringContaining("https://example.com/mine") });
  } finally {
    await gateway.close();
    await server.close();
  }
});

import { clientOf, printable, sessionOf } from "./access.ts";
import type { Exchange } from "./exchange.ts";
import { Fields } from "./fields.ts";
import { targetOf, versionOf } from "./names.ts";
import type { AnswerNeeds } from "./needs.ts";
import { modelOf } from "./ollama/requests.ts";
import { goWording } from "./ollama/wording.ts";
import { modelOf as openaiModelOf } from "./openai/requests.ts";
import { openaiWording } from "./openai/wording.ts";
import { Refusal } from "./refusal.ts";
import { cut, float32Base64, unitLength } from "./vectors.ts";

/** The handlers that answer with vectors. */
export function embedRoutes(needs: AnswerNeeds) {
  return {
    embed: async (exchange: Exchange, body: unknown) => {
      const fields = new Fields(body, goWording("EmbedRequest"));
      const model = modelOf(fields);
      const texts = textsOf(fields.any("input"), () => new Refusal(400, "invalid_type", "invalid input type", input));
      const dimensions = fields.integer("dimensions");
      const startedAt = performance.now();
      const { vectors, promptTokens } = await vectorsOf(
        exchange,
        model,
        texts[0] === "" && texts.length === 1 ? [] : texts,
      );
      exchange.json({
        model,
        embeddings: vectors.map((vector) => unitLength(cut(vector, dimensions))),
        ...(vectors.length > 0 && { total_duration: Math.round((performance.now() - startedAt) * 1_000_000) }),
        ...(promptTokens === null || promptTokens === 0 ? {} : { prompt_eval_count: promptTokens }),
      });
    },
    embeddings: async (exchange: Exchange, body: unknown) => {
      const fields = new Fields(body, goWording("EmbeddingRequest"));
      const prompt = fields.string("prompt") ?? "";
      const { vectors } = await vectorsOf(exchange, modelOf(fields), prompt === "" ? [] : [prompt]);
      exchange.json({ embedding: vectors[0] ?? [] });
    },
    openaiEmbeddings: async (exchange: Exchange, body: unknown) => {
      const fields = new Fields(body, openaiWording);
      const model = openaiModelOf(fields);
      const encoding = encodingOf(fields);
      const dimensions = fields.integer("dimensions");
      const user = fields.any("user");
      const texts = textsOf(fields.any("input"), invalidInput);
      if (texts.length === 0) throw invalidInput();
      const { vectors, promptTokens } = await vectorsOf(
        exchange,
        model,
        texts,
        typeof user === "string" ? user : undefined,
      );
      exchange.json({
        object: "list",
        data: vectors.map((vector, index) => {
          const embedding = unitLength(cut(vector, dimensions));
          return {
            object: "embedding",
            embedding: encoding === "base64" ? float32Base64(embedding) : embedding,
            index,
          };
        }),
        model,
        usage: { prompt_tokens: promptTokens ?? 0, total_tokens: promptTokens ?? 0 },
      });
    },
  };

  async function vectorsOf(exchange: Exchange, model: string, texts: readonly string[], user?: string) {
    const { headers } = exchange.request;
    const sessionKey = sessionOf(headers) ?? printable(user) ?? undefined;
    exchange.call.model(model);
    if (sessionKey !== undefined) exchange.call.session(sessionKey);
    if (texts.length === 0) {
      await versionOf(model, needs); // refuses what has none
      return { vectors: [], promptTokens: null };
    }
    const target = await targetOf(model, needs);
    return needs.embed({ target, texts, caller: `gateway: ${clientOf(headers)}`, sessionKey }, exchange.signal);
  }
}

const input = { param: "input" };

function textsOf(given: unknown, wrong: () => Refusal): string[] {
  if (given === undefined) return [];
  const list = typeof given === "string" ? [given] : given;
  if (!Array.isArray(list) || !list.every((text) => typeof text === "string")) throw wrong();
  return list;
}

function invalidInput(): Refusal {
  return new Refusal(400, "invalid_value", "invalid input: a text or a list of texts is wanted, not tokens", input);
}

function encodingOf(fields: Fields): "float" | "base64" {
  const encoding = (fields.string("encoding_format") ?? "float").toLowerCase();
  if (encoding === "float" || encoding === "base64") return encoding;
  const words = `Invalid value for 'encoding_format' = ${encoding}. Supported values: ['float', 'base64'].`;
  throw new Refusal(400, "invalid_value", words, { param: "encoding_format" });
}

import type { EmbedCall } from "../../inference/call/embedding-call.ts";
import type { Embeddings } from "../../inference/provider.ts";
import { clientOf } from "../http/access.ts";
import type { Exchange } from "../http/exchange.ts";
import { Fields } from "../fields.ts";
import { targetOf, versionOf } from "./names.ts";
import type { AnswerPorts } from "../ports.ts";
import { nanoseconds } from "../ollama/answers.ts";
import { keepAliveSeconds } from "../ollama/duration.ts";
import { optionsOf } from "../ollama/options.ts";
import { modelOf } from "../ollama/requests.ts";
import { ollamaErrorText } from "../ollama/dialect.ts";
import { modelOf as openaiModelOf } from "../openai/requests.ts";
import { openaiErrorText } from "../openai/dialect.ts";
import { failureOf, Refusal } from "../http/refusal.ts";
import { bodySessionKey, sessionKeyOf } from "../session-key.ts";
import { cut, float32Base64, unitLength } from "../vectors.ts";
import { withoutUndefined } from "../../base/without-undefined.ts";

/** A program's request for vectors. */
interface EmbedRequest extends Pick<EmbedCall, "texts" | "options" | "truncate"> {
  /** The name as the request has it. */
  readonly model: string;
  readonly keepAliveSeconds?: number | undefined;
  /** See `bodySessionKey`. */
  readonly session: string | null;
}

type Vectors = Pick<Embeddings, "vectors" | "promptTokens" | "loadMs">;
type EmbedTexts = (exchange: Exchange, request: EmbedRequest) => Promise<Vectors>;

/** The handlers that answer with vectors. */
export function embedRoutes(ports: AnswerPorts) {
  const embedTexts: EmbedTexts = (exchange, request) => embedThrough(ports, exchange, request);
  return {
    embed: (exchange: Exchange, body: unknown) => embed(exchange, body, embedTexts),
    embeddings: (exchange: Exchange, body: unknown) => embedOneText(exchange, body, embedTexts),
    openaiEmbeddings: (exchange: Exchange, body: unknown) => embedForOpenai(exchange, body, embedTexts),
  };
}

async function embed(exchange: Exchange, body: unknown, embedTexts: EmbedTexts): Promise<void> {
  const fields = new Fields(body, ollamaErrorText("EmbedRequest"));
  const model = modelOf(fields);
  const texts = textsOf(fields.any("input"), () => new Refusal(400, "invalid_type", "invalid input type", input));
  const truncate = fields.boolean("truncate") ?? true;
  const dimensions = fields.integer("dimensions");
  const startedAt = performance.now();
  const { vectors, promptTokens, loadMs } = await embedTexts(exchange, {
    model,
    texts: texts.length === 1 && texts[0] === "" ? [] : texts,
    truncate,
    ...loadingFieldsFrom(fields),
  });
  exchange.json({
    model,
    embeddings: vectors.map((vector) => unitLength(cut(vector, dimensions))),
    ...(vectors.length > 0 && { total_duration: nanoseconds(performance.now() - startedAt) }),
    ...(loadMs === null || loadMs === 0 ? {} : { load_duration: nanoseconds(loadMs) }),
    ...(promptTokens === null || promptTokens === 0 ? {} : { prompt_eval_count: promptTokens }),
  });
}

/** Ollama's older `/api/embeddings`: it has no `truncate`, and a text that is too long is an error. */
async function embedOneText(exchange: Exchange, body: unknown, embedTexts: EmbedTexts): Promise<void> {
  const fields = new Fields(body, ollamaErrorText("EmbeddingRequest"));
  const prompt = fields.string("prompt") ?? "";
  const texts = prompt === "" ? [] : [prompt];
  const request = { model: modelOf(fields), texts, ...loadingFieldsFrom(fields) };
  const { vectors } = await embedTexts(exchange, request).catch((error: unknown) => {
    const failed = failureOf(error);
    if (failed?.errorClass !== "prompt_too_large") throw error;
    throw new Refusal(500, failed.errorClass, `${failed.message} ${failed.remedy}`); // the status that Ollama has here
  });
  exchange.json({ embedding: vectors[0] ?? [] });
}

async function embedForOpenai(exchange: Exchange, body: unknown, embedTexts: EmbedTexts): Promise<void> {
  const fields = new Fields(body, openaiErrorText);
  const model = openaiModelOf(fields);
  const encoding = encodingOf(fields);
  const dimensions = fields.integer("dimensions");
  const texts = textsOf(fields.any("input"), invalidInput);
  if (texts.length === 0) throw invalidInput();
  // Ollama's own `/v1/embeddings` truncates, and has no field for options or against truncation.
  const request = { model, texts, session: bodySessionKey(fields), truncate: true };
  const { vectors, promptTokens } = await embedTexts(exchange, request);
  exchange.json({
    object: "list",
    data: vectors.map((vector, index) => {
      const embedding = unitLength(cut(vector, dimensions));
      return { object: "embedding", embedding: encoding === "base64" ? float32Base64(embedding) : embedding, index };
    }),
    model,
    usage: { prompt_tokens: promptTokens ?? 0, total_tokens: promptTokens ?? 0 },
  });
}

/** Without texts there are no vectors: the model is only loaded into memory or unloaded. */
async function embedThrough(
  ports: AnswerPorts,
  exchange: Exchange,
  { model, session, keepAliveSeconds: seconds, ...request }: EmbedRequest,
): Promise<Vectors> {
  const { headers } = exchange.request;
  const sessionKey = sessionKeyOf(headers, session) ?? undefined;
  exchange.call.model(model);
  if (sessionKey !== undefined) exchange.call.session(sessionKey);
  if (request.texts.length === 0) {
    const { version } = await versionOf(model, ports.names);
    await ports.hosts.setResidency(version, seconds, exchange.signal);
    return { vectors: [], promptTokens: null, loadMs: null };
  }
  const call: EmbedCall = {
    ...request,
    target: await targetOf(model, ports.names),
    caller: `gateway: ${clientOf(headers)}`,
    sessionKey,
    began: (id) => exchange.inference(id),
  };
  return ports.models.embed(call, exchange.signal);
}

/** The session, and what applies to the model as it is loaded: its context window, its threads, how long it stays in memory. */
function loadingFieldsFrom(fields: Fields): Pick<EmbedRequest, "options" | "keepAliveSeconds" | "session"> {
  const keepAlive = keepAliveSeconds(fields.any("keep_alive"));
  const options = { ...optionsOf(fields.object("options")), ...withoutUndefined({ keepAlive }) };
  return { options, keepAliveSeconds: keepAlive, session: bodySessionKey(fields) };
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

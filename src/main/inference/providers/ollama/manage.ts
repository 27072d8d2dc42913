import { z } from "zod";
import type { StepDeadlines } from "../../provider.ts";
import { ProviderError } from "../../provider.ts";
import { Exchange, ExchangeError, readText } from "../http/exchange.ts";
import { bearer, withoutKey } from "../http/key.ts";
import { LineError } from "../http/line-error.ts";
import type { RequestFacts } from "../http/request-facts.ts";
import { ask, noAnswer } from "./request.ts";
import type { OllamaServer } from "./discover.ts";
import { apiUrl } from "./endpoint.ts";
import { asProviderError, unfinishedWorkError } from "./error-mapping.ts";
import { createError, pullError } from "./manage-error-mapping.ts";
import { NdjsonParser } from "./ndjson.ts";
import { statusError } from "./status-mapping.ts";

/** One line of a server's progress: what it does, and of one layer how many bytes of how many are there. */
export interface ServerProgress {
  readonly status: string;
  readonly layer: { readonly digest: string; readonly totalBytes: number; readonly doneBytes: number } | null;
}

/** The body of `/api/create`, but for the model's name; `files` and `adapters` are names with the digests of blobs. */
export interface ModelRecipe {
  readonly from?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly adapters?: Readonly<Record<string, string>>;
  readonly template?: string;
  readonly system?: string;
  readonly license?: readonly string[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly messages?: readonly { readonly role: string; readonly content: string }[];
  readonly renderer?: string;
  readonly parser?: string;
  readonly requires?: string;
  readonly quantize?: string;
}

/**
 * Has the server fetch a model from its library; a pull that broke off goes on where it stopped. Aborting ends it, with what
 * has come kept. A name that begins with http:// is fetched without encryption, as it says. Throws ProviderError.
 */
export function pullModel(server: OllamaServer, model: string, signal: AbortSignal): AsyncGenerator<ServerProgress> {
  const insecure = model.startsWith("http://") ? { insecure: true } : {};
  return progressOf(server, "/api/pull", { model, ...insecure, stream: true }, model, pullError, signal);
}

/** Makes a model of another one or of blobs that the server has. Throws ProviderError. */
export function createModel(
  server: OllamaServer,
  model: string,
  recipe: ModelRecipe,
  signal: AbortSignal,
): AsyncGenerator<ServerProgress> {
  return progressOf(server, "/api/create", { model, ...recipe, stream: true }, model, createError, signal);
}

/** Gives a model a second name. Throws ProviderError. */
export async function copyModel(server: OllamaServer, model: string, to: string, signal: AbortSignal): Promise<void> {
  const url = apiUrl(server.endpoint, "/api/copy");
  const body = { source: model, destination: to };
  await ask(server.dispatcher, { url, body, key: server.key, model, answer: noAnswer }, changeMs, signal);
}

/** Removes a model, and its layers unless another one has them too. Throws ProviderError. */
export async function deleteModel(server: OllamaServer, model: string, signal: AbortSignal): Promise<void> {
  const url = apiUrl(server.endpoint, "/api/delete");
  const question = { url, method: "DELETE", body: { model }, key: server.key, model, answer: noAnswer } as const;
  await ask(server.dispatcher, question, changeMs, signal);
}

/** Resolves when the weights are in memory, where they stay as long as the server keeps them unasked. Throws ProviderError. */
export async function loadModel(server: OllamaServer, model: string, signal: AbortSignal): Promise<void> {
  const { dispatcher, endpoint, key } = server;
  const question = { url: apiUrl(endpoint, "/api/generate"), body: { model, stream: false }, key, model };
  try {
    await ask(dispatcher, { ...question, answer: doneAnswer }, loadMs, signal);
  } catch (error) {
    if (!(error instanceof ProviderError) || !/does not support generate/.test(error.message)) throw error;
    // An embedding model takes no prompt, not even an empty one, but loads for an empty list of texts.
    const url = apiUrl(endpoint, "/api/embed");
    await ask(dispatcher, { ...question, url, body: { model, input: [] }, answer: noAnswer }, loadMs, signal);
  }
}

/** Takes the weights out of memory once nobody uses them. Throws ProviderError. */
export async function unloadModel(server: OllamaServer, model: string, signal: AbortSignal): Promise<void> {
  const url = apiUrl(server.endpoint, "/api/generate");
  const body = { model, keep_alive: 0, stream: false };
  await ask(server.dispatcher, { url, body, key: server.key, model, answer: doneAnswer }, changeMs, signal);
}

const changeMs = 60_000;
const loadMs = 600_000;
const errorBodyBytesLimit = 64 * 1024;

/** While it checks sums or quantises, a server says nothing for as long as that takes; the person can cancel at any time. */
const patience: StepDeadlines = { connectMs: 2_000, firstTokenMs: 600_000, betweenTokensMs: 3_600_000 };

async function* progressOf(
  server: OllamaServer,
  path: `/api/${string}`,
  body: object,
  model: string,
  errorFor: (text: string, asked: RequestFacts) => ProviderError,
  signal: AbortSignal,
): AsyncGenerator<ServerProgress> {
  const url = apiUrl(server.endpoint, path);
  const asked: RequestFacts = { url, model, arrivedCharacters: 0 };
  const target = { url, method: "POST", body: JSON.stringify(body), headers: bearer(server.key, url) } as const;
  const exchange = new Exchange(server.dispatcher, target, patience, signal);
  try {
    const head = await exchange.head();
    if (head.statusCode !== 200) {
      const text = await readText(exchange, errorBodyBytesLimit);
      const reported = errorLine.safeParse(parsed(text));
      throw reported.success && head.statusCode !== 404
        ? errorFor(reported.data.error, asked)
        : statusError(head, text, asked);
    }
    const parser = new NdjsonParser();
    let succeeded = false;
    for (let ended = false; !ended;) {
      const chunk = await exchange.next();
      ended = chunk === null;
      for (const line of chunk === null ? parser.end() : parser.push(chunk)) {
        const reported = errorLine.safeParse(line);
        if (reported.success) throw errorFor(reported.data.error, asked);
        const progress = progressLine.safeParse(line);
        if (!progress.success) throw unfinishedWorkError(asked);
        succeeded = progress.data.status === "success";
        yield progress.data;
      }
    }
    if (!succeeded) throw unfinishedWorkError(asked);
  } catch (error) {
    const hadBegun = error instanceof LineError || (error instanceof ExchangeError && error.phase === "receiving");
    throw withoutKey(hadBegun ? unfinishedWorkError(asked, error) : asProviderError(error, asked), server.key);
  } finally {
    exchange.close();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const doneAnswer = z.object({ done: z.literal(true) });
const errorLine = z.object({ error: z.string() });
const progressLine = z
  .object({
    status: z.string(),
    digest: z.string().optional(),
    total: z.number().min(0).optional(),
    completed: z.number().min(0).optional(),
  })
  .transform(({ status, digest, total, completed = 0 }): ServerProgress => ({
    status,
    layer: digest === undefined || total === undefined ? null : { digest, totalBytes: total, doneBytes: completed },
  }));

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Script, type Step, streamText } from "./ollama-scripts.ts";
import { act, type Outcome, type Playing, wait, write } from "./script-play.ts";
import { type Dialect, type Habits, habitsOf, type JsonBody, keyOf, type Reply } from "./openai-dialects.ts";

/** A request of any kind, as the server saw it. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Null of a GET. */
  readonly body: JsonBody | null;
  readonly ended: Promise<Outcome>;
}

export interface OpenAIServer {
  /** Base URL, without `/v1`. */
  readonly url: string;
  /** Calls for text, oldest first. */
  readonly calls: readonly RecordedRequest[];
  /** Everything that was asked, calls included. */
  readonly requests: readonly RecordedRequest[];
  /** Answers calls from now on by this script, or by what the function chooses; `index` counts from 0. */
  use(script: Script | ((request: RecordedRequest, index: number) => Script)): void;
  /** How many connections are open now. */
  connections(): Promise<number>;
  /** How many were opened so far. */
  opened(): number;
  close(): Promise<void>;
}

const aStory = "The lamp went out at dusk. Mara climbed the stairs with the map under her coat.";

/**
 * A server on the loopback address that speaks OpenAI's API in one of its dialects, from a script instead of a model, on
 * real sockets. A script's headers are written with its first bytes.
 */
export async function startOpenAIServer(
  options: { dialect?: Dialect; models?: readonly string[]; key?: string; script?: Script; port?: number } = {},
): Promise<OpenAIServer> {
  const habits = habitsOf[options.dialect ?? "llama.cpp"];
  const models = options.models ?? ["story-model"];
  const requests: RecordedRequest[] = [];
  const calls: RecordedRequest[] = [];
  let choose: (request: RecordedRequest, index: number) => Script = () => options.script ?? streamText(aStory);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const method = request.method ?? "GET";
    const body = method === "POST" ? parseBody(await readBody(request)) : null;
    const stage = record(request, response, path, body);
    requests.push(stage.request);
    for (const [name, value] of Object.entries(habits.headers)) response.setHeader(name, value);
    const given = keyOf(request.headers);
    if (options.key !== undefined && given !== options.key && !habits.openPaths.includes(path)) {
      return sendJson(response, habits.badKey(given));
    }
    if (method === "GET" && path === "/v1/models") return sendJson(response, modelList(habits, models));
    const own = habits.beside(path, body);
    if (own !== null) return sendJson(response, own);
    const asksForText = /^\/v1\/(chat\/)?completions$|\/generate$/.test(path);
    if (body === null || !(asksForText || path === "/v1/embeddings"))
      return sendJson(response, habits.unknown(method, path));
    if (!models.includes(String(body["model"]))) return sendJson(response, habits.noSuchModel(String(body["model"])));
    if (!asksForText) return sendJson(response, embeddings(body));
    calls.push(stage.request);
    const refusal = habits.refuse(body);
    if (refusal !== null) return sendJson(response, refusal);
    await play(choose(stage.request, calls.length - 1), response, { ...stage, habits, body });
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // The client left, which is recorded; anything else is the script's own mistake and must be seen.
      if (!response.destroyed) response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  server.keepAliveTimeout = 0;
  let opened = 0;
  server.on("connection", () => opened++);
  const port = await listenOn(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    requests,
    use: (script) => {
      choose = typeof script === "function" ? script : () => script;
    },
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    opened: () => opened,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** A line of text of an answer as an event, with its blank line. */
function textEvent(body: JsonBody, content: string): string {
  const choice = isChat(body) ? { delta: { content } } : { text: content };
  return event(body, { choices: [{ index: 0, ...choice, finish_reason: null }] });
}

/** An answer of events as they are, each a chunk's fields or text for its `data`. */
export function events(...chunks: readonly (object | string)[]): Script {
  const bytes = chunks
    .map((chunk) => `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\n\n`)
    .join("");
  return { contentType: "text/event-stream", steps: [{ do: "bytes", bytes }] };
}

interface Stage extends Playing {
  readonly request: RecordedRequest;
  readonly habits: Habits;
  readonly body: JsonBody;
}

async function play(script: Script, response: ServerResponse, stage: Stage): Promise<void> {
  response.statusCode = script.status ?? 200;
  response.setHeader("content-type", script.contentType ?? "text/event-stream; charset=utf-8");
  for (const [name, value] of Object.entries(script.headers ?? {})) response.setHeader(name, value);
  let tokens = 0;
  for (const step of script.steps) {
    switch (step.do) {
      case "text":
        for (const token of step.tokens) {
          if (tokens++ > 0 && step.everyMs !== undefined && step.everyMs > 0) await wait(step.everyMs, stage.left);
          await write(textEvent(stage.body, token), script, response, stage);
        }
        break;
      case "thought":
        for (const token of step.tokens) {
          const delta = { reasoning_content: token };
          await write(
            event(stage.body, { choices: [{ index: 0, delta, finish_reason: null }] }),
            script,
            response,
            stage,
          );
        }
        break;
      case "tools": {
        const calls = step.calls.map(({ id, name, arguments: given }, index) => ({
          index,
          id: id ?? `call_${index}`,
          type: "function",
          function: { name, arguments: JSON.stringify(given) },
        }));
        const delta = { tool_calls: calls };
        await write(
          event(stage.body, { choices: [{ index: 0, delta, finish_reason: null }] }),
          script,
          response,
          stage,
        );
        break;
      }
      case "done":
        await write(lastEvents(step, tokens, stage), script, response, stage);
        break;
      default:
        if ((await act(step, script, response, stage)) === "over") return;
    }
  }
  response.end();
}

/** The chunk with the finish reason, the counts where they were asked for, and `[DONE]`. */
function lastEvents(step: Step & { do: "done" }, tokens: number, { body, habits }: Stage): string {
  const choice = isChat(body) ? { delta: {} } : { text: "" };
  const last = {
    choices: [{ index: 0, ...choice, finish_reason: step.reason ?? "stop" }],
    ...habits.lastChunk(tokens),
  };
  const promptTokens = Math.max(1, Math.ceil(JSON.stringify(body["messages"] ?? body["prompt"] ?? "").length / 4));
  const usage = { prompt_tokens: promptTokens, completion_tokens: tokens, total_tokens: promptTokens + tokens };
  const isCounted = JSON.stringify(body["stream_options"] ?? {}).includes('"include_usage":true');
  const counted = isCounted ? event(body, { choices: [], usage: { ...usage, ...step.fields } }) : "";
  return `${event(body, last)}${counted}data: [DONE]\n\n`;
}

function event(body: JsonBody, fields: object): string {
  const object = isChat(body) ? "chat.completion.chunk" : "text_completion";
  return `data: ${JSON.stringify({ id: "cmpl-1", object, created: 1_767_225_600, model: body["model"], ...fields })}\n\n`;
}

function isChat(body: JsonBody): boolean {
  return body["messages"] !== undefined;
}

function record(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  body: JsonBody | null,
): Pick<Stage, "request" | "left" | "end"> {
  const left = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  response.once("finish", () => resolve("answered"));
  response.once("close", () => {
    resolve("left");
    left.abort();
  });
  const recorded = { method: request.method ?? "GET", path, headers: request.headers, body, ended: promise };
  return { request: recorded, left: left.signal, end: resolve };
}

function modelList(habits: Habits, models: readonly string[]): Reply {
  const data = models.map((id) => ({ id, object: "model", created: 1_767_225_600, ...habits.model(id) }));
  return { status: 200, value: { object: "list", data } };
}

/** A vector that tells its text's length, and the last text first. */
function embeddings(body: JsonBody): Reply {
  const input = Array.isArray(body["input"]) ? body["input"].map(String) : [String(body["input"])];
  const data = input
    .map((text, index) => ({ object: "embedding", index, embedding: [text.length, index] }))
    .toReversed();
  return { status: 200, value: { object: "list", data, usage: { prompt_tokens: input.length * 3, total_tokens: 0 } } };
}

function sendJson(response: ServerResponse, { status, value }: Reply): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json; charset=utf-8").end(JSON.stringify(value));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  // A request read without an encoding gives buffers.
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function parseBody(text: string): JsonBody {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new Error("a body that is no object");
  // An object out of JSON has string keys and unknown values.
  return value as JsonBody;
}

async function listenOn(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  // A listening TCP server's address is never a pipe's name.
  return (server.address() as AddressInfo).port;
}

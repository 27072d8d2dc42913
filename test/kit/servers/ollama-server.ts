import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { finalLine, type ScriptedModel, type Shape, textLine, thoughtLine, toolLine } from "./ollama-bytes.ts";
import { type Script, type Step, streamText } from "./ollama-scripts.ts";
import { act, type Outcome, type Playing, wait, write } from "./script-play.ts";
import { json, type LibraryModel, ModelShelf, notFound, streamedError, windowOf } from "./ollama-shelf.ts";

/** A call for text, as the server saw it. */
export interface RecordedRequest {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Readonly<Record<string, unknown>>;
  /** Null while it is being answered. */
  outcome: Outcome | null;
  readonly ended: Promise<Outcome>;
}

/** Chooses the script of a call; `index` counts the calls for text from 0. */
export type ScriptChooser = (request: RecordedRequest, index: number) => Script;

export interface OllamaServer {
  /** Base URL, such as `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly port: number;
  /** Calls for text, oldest first; the last thousand of them. */
  readonly requests: readonly RecordedRequest[];
  /** How many GET requests for a path have been received, such as those by which a client checks what is here. */
  received(path: string): number;
  /** The models it has: add, change or remove them under a client. */
  readonly shelf: ModelShelf;
  /** Answers from now on by this script, or by what the function chooses for each call. */
  use(script: Script | ScriptChooser): void;
  /** How many connections are open now. */
  connections(): Promise<number>;
  /** Stops listening and drops every connection: from now on the port refuses, until `listen`. */
  refuse(): Promise<void>;
  /** Listens again on the same port. */
  listen(): Promise<void>;
  close(): Promise<void>;
}

const recordedLimit = 1_000;
const aStory =
  "The lamp went out at dusk. Mara climbed the stairs with the map under her coat. Below her the sea was quiet.";

/**
 * A server on the loopback address that speaks Ollama's bytes from a script instead of a model, on real sockets: for tests
 * of what a model server may do wrong, and for measuring what stands around one.
 */
export async function startOllamaServer(
  options: {
    models?: readonly ScriptedModel[];
    /** What it can pull. */
    library?: readonly LibraryModel[];
    script?: Script | ScriptChooser;
    port?: number;
    /** Cuts a prompt that is too long whatever the call says, as servers older than `truncate` do. */
    cutsPrompts?: boolean;
  } = {},
): Promise<OllamaServer> {
  const shelf = new ModelShelf(options.models ?? [{ name: "smollm2:135m" }], options.library ?? []);
  const requests: RecordedRequest[] = [];
  let received = 0;
  const gets = new Map<string, number>();
  let choose = asChooser(options.script ?? streamText(aStory));

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    const method = request.method ?? "GET";
    if (path.startsWith("/api/blobs/")) return shelf.answerBlob(request, path.slice("/api/blobs/".length), response);
    if (method === "GET") {
      gets.set(path, (gets.get(path) ?? 0) + 1);
      return answerQuestion(path, shelf, response);
    }
    const body = parseBody(await readBody(request));
    if (body === null) return json(response, 400, { error: "invalid character 'x' looking for beginning of value" });
    const authorization = request.headers.authorization ?? null;
    if (await shelf.answer({ method, path, body, authorization }, response)) return;
    if (method !== "POST" || !/\/(chat|generate)$/.test(path)) return nothingHere(response);
    const model = shelf.find(String(body["model"]));
    if (model === undefined) return notFound(body["model"], response);
    if (asksForNothing(body)) {
      const unloads = body["keep_alive"] === 0;
      if (unloads) shelf.unload(model.name);
      else shelf.load(model.name, body);
      return sendEmptyAnswer(body, path, unloads ? "unload" : "load", response);
    }
    const refused = refusalOf(model, body);
    if (refused !== null) return json(response, refused.status, { error: refused.error });
    const loadMs = shelf.load(model.name, body) ? 250 : 0;
    const recorded = record(request, response, path, body);
    requests.push(recorded.request);
    if (requests.length > recordedLimit) requests.shift();
    const script = choose(recorded.request, received++);
    if (script.prepared !== true && options.cutsPrompts !== true && body["truncate"] === false && isTooLong(body)) {
      return streamedError(response, 400, "the input length exceeds the context length");
    }
    await play(script, response, { ...recorded, body, shape: shapeOf(path), loadMs });
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // The client left, which is recorded; anything else is the script's own mistake and must be seen.
      if (!response.destroyed) response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  // Like Ollama: idle connections are kept, and no Keep-Alive header promises for how long.
  server.keepAliveTimeout = 0;
  const port = await listenOn(server, options.port ?? 0);
  const refuse = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    received: (path) => gets.get(path) ?? 0,
    shelf,
    use: (script) => {
      choose = asChooser(script);
    },
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    refuse,
    listen: async () => {
      await listenOn(server, port);
    },
    close: refuse,
  };
}

/** An address on which nothing listens, to be refused by. */
export async function refusingUrl(): Promise<string> {
  const server = await startOllamaServer();
  await server.close();
  return server.url;
}

interface Stage extends Playing {
  readonly request: RecordedRequest;
  readonly body: Readonly<Record<string, unknown>>;
  readonly shape: Shape;
  readonly loadMs: number;
}

async function play(script: Script, response: ServerResponse, stage: Stage): Promise<void> {
  response.statusCode = script.status ?? 200;
  response.setHeader("content-type", script.contentType ?? "application/x-ndjson");
  for (const [name, value] of Object.entries(script.headers ?? {})) response.setHeader(name, value);
  if (script.prepared === true) {
    response.end(prepare(script, stage));
    return;
  }
  let tokens = 0;
  for (const step of script.steps) {
    switch (step.do) {
      case "text":
      case "thought":
        for (const token of step.tokens) {
          if (tokens++ > 0 && step.everyMs !== undefined && step.everyMs > 0) await wait(step.everyMs, stage.left);
          const lineOf = step.do === "text" ? textLine : thoughtLine;
          await write(lineOf(String(stage.body["model"]), stage.shape, token), script, response, stage);
        }
        break;
      case "tools":
        tokens++;
        await write(toolLine(String(stage.body["model"]), step.calls), script, response, stage);
        break;
      case "done":
        await write(lastLine(step, tokens, stage), script, response, stage);
        break;
      default:
        if ((await act(step, script, response, stage)) === "over") return;
    }
  }
  response.end();
}

const prepared = new WeakMap<Script, Map<string, Buffer>>();

function prepare(script: Script, stage: Stage): Buffer {
  const model = String(stage.body["model"]);
  const key = `${stage.shape} ${model}`;
  const known = prepared.get(script)?.get(key);
  if (known !== undefined) return known;
  let tokens = 0;
  const lines = script.steps.flatMap((step) => {
    if (step.do === "done") return [lastLine(step, tokens, stage)];
    if (step.do !== "text") throw new Error(`a prepared script cannot ${step.do}`);
    tokens += step.tokens.length;
    return step.tokens.map((token) => textLine(model, stage.shape, token));
  });
  const bytes = Buffer.from(lines.join(""));
  prepared.set(script, (prepared.get(script) ?? new Map<string, Buffer>()).set(key, bytes));
  return bytes;
}

function lastLine(step: Step & { do: "done" }, tokens: number, stage: Stage): string {
  const promptTokens = Math.min(promptTokensOf(stage.body), windowOf(stage.body));
  const context = stage.body["raw"] !== true;
  return finalLine(String(stage.body["model"]), stage.shape, step, {
    promptTokens,
    tokens,
    loadMs: stage.loadMs,
    context,
  });
}

function promptTokensOf(body: Readonly<Record<string, unknown>>): number {
  const prompt = JSON.stringify(body["messages"] ?? body["prompt"] ?? "");
  return Math.max(1, Math.ceil(prompt.length / 4));
}

function isTooLong(body: Readonly<Record<string, unknown>>): boolean {
  return promptTokensOf(body) > windowOf(body);
}

/** What Ollama refuses before it loads the model. */
function refusalOf(
  model: ScriptedModel,
  body: Readonly<Record<string, unknown>>,
): { status: number; error: string } | null {
  const can = (capability: string): boolean => (model.capabilities ?? []).includes(capability);
  const { think, tools, options } = body;
  if (think !== undefined && think !== false && !can("thinking")) {
    return { status: 400, error: `"${model.name}" does not support thinking` };
  }
  if (Array.isArray(tools) && tools.length > 0 && !can("tools")) {
    return { status: 400, error: `${model.name} does not support tools` };
  }
  const wrong = Object.entries(options ?? {}).find(
    ([name, value]) => /^num_|^seed$|^top_k$/.test(name) && typeof value !== "number",
  );
  return wrong === undefined ? null : { status: 500, error: `option "${wrong[0]}" must be of type integer` };
}

function record(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  body: Readonly<Record<string, unknown>>,
): Pick<Stage, "request" | "left" | "end"> {
  const left = new AbortController();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const recorded: RecordedRequest = { path, headers: request.headers, body, outcome: null, ended: promise };
  const end = (outcome: Outcome): void => {
    recorded.outcome ??= outcome;
    resolve(recorded.outcome);
  };
  response.once("finish", () => end("answered"));
  response.once("close", () => {
    end("left");
    left.abort();
  });
  return { request: recorded, left: left.signal, end };
}

function answerQuestion(path: string, shelf: ModelShelf, response: ServerResponse): void {
  switch (path) {
    case "/":
      response.setHeader("content-type", "text/plain; charset=utf-8").end("Ollama is running");
      return;
    case "/api/version":
      return json(response, 200, { version: "0.17.4" });
    case "/api/tags":
      return json(response, 200, shelf.tags());
    case "/api/ps":
      return json(response, 200, shelf.processes());
    default:
      return nothingHere(response);
  }
}

function nothingHere(response: ServerResponse): void {
  response.statusCode = 404;
  response.setHeader("content-type", "text/plain").end("404 page not found");
}

/** No messages and no prompt: Ollama loads the model, or unloads it with keep_alive 0, and says so in one line. */
function asksForNothing(body: Readonly<Record<string, unknown>>): boolean {
  const messages = body["messages"] ?? [];
  return Array.isArray(messages) && messages.length === 0 && (body["prompt"] ?? "") === "";
}

/** One line without counts and durations. */
function sendEmptyAnswer(
  body: Readonly<Record<string, unknown>>,
  path: string,
  reason: "load" | "unload",
  response: ServerResponse,
): void {
  const absent = {
    total_duration: null,
    load_duration: null,
    prompt_eval_count: null,
    prompt_eval_duration: null,
    eval_count: null,
    eval_duration: null,
  };
  const counts = { promptTokens: 0, tokens: 0, loadMs: 0, context: false };
  const step = { do: "done", reason, fields: absent } as const;
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.end(finalLine(String(body["model"]), shapeOf(path), step, counts));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  // A request read without an encoding gives buffers.
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function parseBody(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    // An object out of JSON has string keys and unknown values.
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** A path of somebody's own, such as `/generate`, speaks as `/api/generate` does. */
function shapeOf(path: string): Shape {
  return path.endsWith("/chat") ? "chat" : "generate";
}

function asChooser(script: Script | ScriptChooser): ScriptChooser {
  return typeof script === "function" ? script : () => script;
}

async function listenOn(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  // A listening TCP server's address is never a pipe's name.
  return (server.address() as AddressInfo).port;
}

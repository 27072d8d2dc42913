import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { digestOf, line, processEntry, type ScriptedModel, showAnswer, tagEntry, withTag } from "./ollama-bytes.ts";

/** A model that the scripted server can pull. */
export interface LibraryModel extends ScriptedModel {
  /** The size of each layer in bytes. */
  readonly layers: readonly number[];
  /** A progress line for so many bytes, so far apart; the whole layer at once unless told otherwise. */
  readonly stepBytes?: number;
  readonly everyMs?: number;
  /** The connection to the client breaks once so many bytes have come, the first time. */
  readonly breaksOffAfterBytes?: number;
}

/** What a management call of a client was. */
export interface ManagementCall {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The header of that name. */
  readonly authorization: string | null;
}

const defaultKeepMs = 5 * 60_000;

/** The models of a scripted server, and everything its API can do to them. What it says is what the real one says. */
export class ModelShelf {
  /** Oldest first. */
  readonly calls: ManagementCall[] = [];
  readonly #models = new Map<string, ScriptedModel>();
  readonly #library: Map<string, LibraryModel>;
  readonly #memory = new Map<string, { contextTokens: number; expiresAtMs: number }>();
  /** Bytes that have come, by layer. */
  readonly #pulled = new Map<string, number>();
  readonly #blobs = new Map<string, number>();

  constructor(models: readonly ScriptedModel[], library: readonly LibraryModel[]) {
    for (const model of models) this.put(model);
    this.#library = new Map(library.map((model) => [withTag(model.name), model]));
  }

  find(name: string): ScriptedModel | undefined {
    return this.#models.get(withTag(name));
  }

  /** Adds a model, or puts another one in its place: with another `digest`, the content changed under its name. */
  put(model: ScriptedModel): void {
    this.#models.set(withTag(model.name), model);
    if (model.loaded === true) this.load(model.name, {});
    else this.#memory.delete(withTag(model.name));
  }

  remove(name: string): void {
    this.#models.delete(withTag(name));
    this.#memory.delete(withTag(name));
  }

  /** Takes the model into memory as a call does; true where it was not there with that window. */
  load(name: string, body: Readonly<Record<string, unknown>>): boolean {
    const contextTokens = windowOf(body);
    const before = this.#inMemory(withTag(name));
    this.#memory.set(withTag(name), { contextTokens, expiresAtMs: Date.now() + keepMs(body["keep_alive"]) });
    return before?.contextTokens !== contextTokens;
  }

  unload(name: string): void {
    this.#memory.delete(withTag(name));
  }

  tags(): object {
    return { models: [...this.#models.values()].map(tagEntry) };
  }

  processes(): object {
    const models = [...this.#models.values()].flatMap((model) => {
      const memory = this.#inMemory(withTag(model.name));
      if (memory === undefined) return [];
      return [processEntry(model, { ...memory, expiresAt: goTime(memory.expiresAtMs) })];
    });
    return { models };
  }

  /** Answers a call that manages models; false for any other. */
  async answer(call: ManagementCall, response: ServerResponse): Promise<boolean> {
    const handler = this.#handlers[`${call.method} ${call.path}`];
    if (handler === undefined) return false;
    this.calls.push(call);
    await handler(call.body, response);
    return true;
  }

  /** `HEAD` and `POST /api/blobs/sha256:…`. */
  async answerBlob(request: IncomingMessage, digest: string, response: ServerResponse): Promise<void> {
    const authorization = request.headers.authorization ?? null;
    this.calls.push({ method: request.method ?? "", path: `/api/blobs/${digest}`, body: {}, authorization });
    if (request.method === "HEAD") {
      const has = this.#blobs.has(digest);
      response.writeHead(has ? 200 : 404, has ? {} : { "content-type": "application/json; charset=utf-8" });
      response.end();
      return;
    }
    const hash = createHash("sha256");
    let size = 0;
    for await (const part of request as AsyncIterable<Buffer>) {
      hash.update(part);
      size += part.length;
    }
    const found = `sha256:${hash.digest("hex")}`;
    if (found !== digest) {
      return json(response, 400, { error: `digest mismatch, expected "${digest}", got "${found}"` });
    }
    this.#blobs.set(digest, size);
    response.statusCode = 201;
    response.end();
  }

  readonly #handlers: Readonly<
    Record<string, (body: Readonly<Record<string, unknown>>, response: ServerResponse) => void | Promise<void>>
  > = {
    "POST /api/show": (body, response) => {
      const model = this.find(String(body["model"]));
      if (model === undefined) return notFound(body["model"], response);
      json(response, 200, showAnswer(model));
    },
    "POST /api/copy": (body, response) => {
      const model = this.find(String(body["source"]));
      if (model === undefined) return json(response, 404, { error: `model "${String(body["source"])}" not found` });
      this.put({ ...model, digest: digestOf(model), name: withTag(String(body["destination"])), loaded: false });
      response.end();
    },
    "DELETE /api/delete": (body, response) => {
      if (this.find(String(body["model"])) === undefined) return notFound(body["model"], response);
      this.remove(String(body["model"]));
      response.end();
    },
    "POST /api/embed": (body, response) => {
      const model = this.find(String(body["model"]));
      if (model === undefined) {
        return json(response, 404, { error: `model "${String(body["model"])}" not found, try pulling it first` });
      }
      this.load(model.name, body);
      const texts = [body["input"]].flat().map(String);
      if (texts.length > 1 && texts.includes("")) {
        return json(response, 500, { error: "Failed to create new sequence: no input provided" });
      }
      const counts = texts.map((text) => Math.max(1, Math.ceil(text.length / 4)));
      const freeBytes = windowOf(body) - 2; // for the tokens that a text begins and ends with
      if (body["truncate"] === false && counts.some((count) => count > windowOf(body))) {
        return json(response, 400, { error: "the input length exceeds the context length" });
      }
      if (texts.length === 0) return json(response, 200, { model: body["model"], embeddings: [] });
      json(response, 200, {
        model: body["model"],
        embeddings: texts.map(embeddingOf),
        total_duration: 50_656_548,
        load_duration: 22_149_674,
        prompt_eval_count: counts.reduce((sum, count) => sum + Math.min(count, freeBytes), 0),
      });
    },
    "POST /api/pull": (body, response) => this.#pull(String(body["model"]), response),
    "POST /api/create": (body, response) => this.#create(body, response),
  };

  async #pull(name: string, response: ServerResponse): Promise<void> {
    const model = this.#library.get(withTag(name));
    response.setHeader("content-type", "application/x-ndjson");
    response.write(line({ status: "pulling manifest" }));
    if (model === undefined) {
      response.end(line({ error: "pull model manifest: file does not exist" }));
      return;
    }
    let left = false;
    response.once("close", () => (left = true));
    const breaksAfter = this.#pulled.size === 0 ? (model.breaksOffAfterBytes ?? Infinity) : Infinity;
    for (const [index, total] of model.layers.entries()) {
      const digest = `sha256:${createHash("sha256").update(`${model.name} ${index}`).digest("hex")}`;
      const step = model.stepBytes ?? total;
      for (let completed = this.#pulled.get(digest) ?? 0; ; completed = Math.min(total, completed + step)) {
        this.#pulled.set(digest, completed);
        const progress = { status: `pulling ${digest.slice(7, 19)}`, digest, total };
        // Go leaves out a zero.
        response.write(line(completed === 0 ? progress : { ...progress, completed }));
        if ([...this.#pulled.values()].reduce((sum, bytes) => sum + bytes, 0) >= breaksAfter) {
          response.socket?.end();
          return;
        }
        if (completed >= total) break;
        await pause(model.everyMs ?? 0);
        if (left) return;
      }
    }
    for (const status of ["verifying sha256 digest", "writing manifest", "success"]) response.write(line({ status }));
    this.put(model);
    response.end();
  }

  #create(body: Readonly<Record<string, unknown>>, response: ServerResponse): void {
    const name = String(body["model"]);
    if (/\s/.test(name)) return json(response, 400, { error: "invalid model name" });
    const files = Object.values((body["files"] ?? {}) as Record<string, string>);
    const { from } = body;
    const base = typeof from === "string" ? this.find(from) : undefined;
    if (base === undefined && from !== undefined) {
      response.setHeader("content-type", "application/x-ndjson");
      response.end(line({ status: "pulling manifest" }) + line({ error: "pull model manifest: file does not exist" }));
      return;
    }
    if (base === undefined && files.length === 0) {
      return streamedError(response, 400, "neither 'from' or 'files' was specified");
    }
    const missing = files.find((digest) => !this.#blobs.has(digest));
    if (missing !== undefined) {
      return streamedError(response, 500, `open ${missing.replace(":", "-")}: no such file or directory`);
    }
    const { system, template, parameters } = body as Pick<ScriptedModel, "system" | "template"> & {
      parameters?: Record<string, unknown>;
    };
    const made = {
      system,
      template,
      options: parameters === undefined ? undefined : { ...base?.options, ...parameters },
    };
    const digest = createHash("sha256")
      .update(JSON.stringify([files, base?.name, body]))
      .digest("hex");
    const given = Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined));
    const capabilities = capabilitiesOf(template ?? base?.template ?? "");
    this.put({ ...base, ...given, capabilities, name: withTag(name), digest, loaded: false });
    response.setHeader("content-type", "application/x-ndjson");
    const layer = files[0] ?? `sha256:${digest}`;
    const steps = [
      `using existing layer ${layer}`,
      `creating new layer sha256:${digest}`,
      "writing manifest",
      "success",
    ];
    response.end(steps.map((status) => line({ status })).join(""));
  }

  #inMemory(name: string): { contextTokens: number; expiresAtMs: number } | undefined {
    const memory = this.#memory.get(name);
    if (memory !== undefined && memory.expiresAtMs <= Date.now()) this.#memory.delete(name);
    return this.#memory.get(name);
  }
}

/** The window a call asks for; Ollama's own where it asks for none. */
export function windowOf(body: Readonly<Record<string, unknown>>): number {
  const options = body["options"];
  const asked = typeof options === "object" && options !== null && "num_ctx" in options ? options.num_ctx : undefined;
  return typeof asked === "number" ? asked : 4_096;
}

export function json(response: ServerResponse, statusCode: number, value: object): void {
  response.statusCode = statusCode;
  response.setHeader("content-type", "application/json; charset=utf-8").end(JSON.stringify(value));
}

/** An error that Ollama tells where it would have streamed has a type without a charset. */
export function streamedError(response: ServerResponse, statusCode: number, error: string): void {
  response.statusCode = statusCode;
  response.setHeader("content-type", "application/json").end(JSON.stringify({ error }));
}

export function notFound(model: unknown, response: ServerResponse): void {
  json(response, 404, { error: `model '${String(model)}' not found` });
}

/** What Ollama reads out of a template. */
function capabilitiesOf(template: string): string[] {
  return [
    "completion",
    ...(template.includes(".Tools") ? ["tools"] : []),
    ...(template.includes(".Thinking") ? ["thinking"] : []),
  ];
}

/** Seconds, or a duration in Go's manner; below zero for 292 years. */
function keepMs(keepAlive: unknown): number {
  const forever = 292 * 365 * 24 * 3_600_000;
  if (typeof keepAlive === "number") return keepAlive < 0 ? forever : keepAlive * 1_000;
  const parts = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(typeof keepAlive === "string" ? keepAlive : "");
  if (parts === null) return defaultKeepMs;
  const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[parts[2] ?? "s"] ?? 1_000;
  return Number(parts[1]) < 0 ? forever : Number(parts[1]) * unitMs;
}

function goTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace("Z", "678901Z");
}

/** The same text has the same direction, of length 1. */
function embeddingOf(text: string): number[] {
  const bytes = createHash("sha256").update(text).digest();
  const values = Array.from({ length: 8 }, (_, index) => (bytes[index] ?? 0) / 255 - 0.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

import { hash } from "node:crypto";
import { Fields } from "../fields.ts";
import { fail } from "../http/answering.ts";
import type { Exchange } from "../http/exchange.ts";
import { Refusal, refusalOfThrown } from "../http/refusal.ts";
import { ollamaErrorText } from "../ollama/dialect.ts";
import { modelOf } from "../ollama/requests.ts";
import type { AnswerPorts, LibraryProgress } from "../ports.ts";

/** Of `/api/create`, that name the model or the way of answering; the others are its recipe. */
const notOfRecipe = new Set(["model", "name", "stream"]);

/**
 * The handlers that change which models a server has. They act on the Ollama server that versions without an address of their own
 * are on, and only where its owner allows that to programs.
 */
export function libraryRoutes(ports: AnswerPorts) {
  const { library } = ports;
  const allowed =
    <Rest extends unknown[]>(handler: (exchange: Exchange, ...rest: Rest) => Promise<void>) =>
    async (exchange: Exchange, ...rest: Rest): Promise<void> => {
      if (!ports.settings().managesModels) throw notAllowed();
      await handler(exchange, ...rest);
    };
  return {
    pull: allowed(async (exchange, body: unknown) => {
      const fields = new Fields(body, ollamaErrorText("PullRequest"));
      const model = named(exchange, modelOf(fields));
      await follow(exchange, fields, library.pull(model, exchange.signal), digestFor(model));
    }),
    create: allowed(async (exchange, body: unknown) => {
      const fields = new Fields(body, ollamaErrorText("CreateRequest"));
      const model = named(exchange, modelOf(fields));
      if (fields.any("modelfile") !== undefined || fields.any("path") !== undefined) throw oldCreate();
      const recipe = Object.fromEntries(fields.entries().filter(([name]) => !notOfRecipe.has(name)));
      await follow(exchange, fields, library.create(model, recipe, exchange.signal), digestFor(model));
    }),
    copy: allowed(async (exchange, body: unknown) => {
      const fields = new Fields(body, ollamaErrorText("CopyRequest"));
      const [source, destination] = [required(fields, "source"), required(fields, "destination")];
      await library.copy(named(exchange, source), destination, exchange.signal);
      exchange.empty(200);
    }),
    remove: allowed(async (exchange, body: unknown) => {
      const model = modelOf(new Fields(body, ollamaErrorText("DeleteRequest")));
      await library.remove(named(exchange, model), exchange.signal);
      exchange.empty(200);
    }),
    hasBlob: allowed(async (exchange, _body: unknown, digest: string) => {
      exchange.empty((await library.hasBlob(blobDigest(digest), exchange.signal)) ? 200 : 404);
    }),
    putBlob: allowed(async (exchange, _body: unknown, digest: string) => {
      const { request } = exchange;
      const length = request.headers["content-length"];
      const bytes = length === undefined ? null : Number(length);
      await library.putBlob(blobDigest(digest), request, bytes, exchange.signal);
      exchange.empty(201);
    }),
    push: (): never => {
      throw new Refusal(403, "forbidden", "Taleward does not push models: use `ollama push` at the server itself.", {
        heading: "Not served",
      });
    },
  };
}

/** Sends the progress of long work in Ollama's lines, the last of which is `success`; or that line alone. */
async function follow(
  exchange: Exchange,
  fields: Fields,
  progress: AsyncIterable<LibraryProgress>,
  digest: string,
): Promise<void> {
  const stream = fields.boolean("stream") ?? true;
  const lineType = "application/x-ndjson";
  try {
    for await (const { status, bytes } of progress) {
      const counted = bytes === null ? {} : { digest, total: bytes.total, completed: bytes.done };
      if (stream && status !== "success") exchange.send(lineType, `${JSON.stringify({ status, ...counted })}\n`);
    }
  } catch (error) {
    const refusal = exchange.signal.aborted ? null : refusalOfThrown(error);
    if (refusal === null) throw error;
    return fail(
      exchange,
      { contentType: lineType, failed: () => `${JSON.stringify({ error: refusal.message })}\n` },
      refusal,
    );
  }
  if (!stream) return exchange.json({ status: "success" });
  exchange.send(lineType, `${JSON.stringify({ status: "success" })}\n`);
  exchange.endStream();
}

/** Bytes are counted over all layers: Ollama's program shows one bar a digest. */
function digestFor(model: string): string {
  return `sha256:${hash("sha256", model)}`;
}

function named(exchange: Exchange, model: string): string {
  exchange.call.model(model);
  return model;
}

function required(fields: Fields, name: string): string {
  const value = fields.string(name);
  if (!value) throw new Refusal(400, "invalid_value", `${name} is required`, { param: name });
  return value;
}

function blobDigest(digest: string): string {
  if (/^sha256[:-][0-9a-f]{64}$/.test(digest)) return digest.replace("-", ":");
  throw new Refusal(400, "invalid_value", "invalid digest format", { param: "digest" });
}

function notAllowed(): Refusal {
  const words =
    "Programs may not manage models through Taleward. Allow it on its Gateway screen (“Programs may manage models”), or do it on its Models screen.";
  return new Refusal(403, "forbidden", words, { heading: "Not allowed" });
}

function oldCreate(): Refusal {
  const words = "modelfile and path are not taken: send from, files, template, system and parameters instead.";
  return new Refusal(400, "unsupported_value", words, { param: "modelfile" });
}

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { StepDeadlines } from "../../provider.ts";
import { Exchange, readText } from "../http/exchange.ts";
import { bearer, withoutSecret } from "../http/key.ts";
import { slowError } from "../http/stream-error-mapping.ts";
import type { OllamaServer } from "./discover.ts";
import { apiUrl } from "./endpoint.ts";
import { ollamaDialect } from "./dialect.ts";
import { asProviderError } from "./error-mapping.ts";
import { statusError } from "./status-mapping.ts";

/** `sha256:` and 64 hex digits of a file, read as a stream; `onProgress` gets the bytes read so far. */
export async function fileDigest(
  path: string,
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of partsOf(path, signal)) {
    hash.update(part.bytes);
    onProgress(part.doneBytes);
  }
  return `sha256:${hash.digest("hex")}`;
}

/**
 * Gives a server the bytes of a file under their digest, unless it has them. `onProgress` gets the bytes sent so far. The time
 * that counts is the time without progress. Throws ProviderError, or the signal's reason.
 */
export async function putBlob(
  server: OllamaServer,
  file: { readonly path: string; readonly digest: string },
  onProgress: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  if ((await sendBlob(server, file.digest, { method: "HEAD" }, signal)) === 200) return;
  const { size } = await stat(file.path);
  const stalled = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expectProgressWithin = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(slowError(apiUrl(server.endpoint, "/api/blobs"), ms, ollamaDialect)), ms);
  };
  async function* counted() {
    expectProgressWithin(stallMs);
    for await (const part of partsOf(file.path, signal)) {
      yield part.bytes;
      onProgress(part.doneBytes);
      // After its last byte the server still computes the digest of what came.
      expectProgressWithin(part.doneBytes < size ? stallMs : settleMs);
    }
  }
  try {
    const request = {
      method: "POST",
      body: Readable.from(counted()),
      headers: { "content-length": String(size) },
    } as const;
    await sendBlob(server, file.digest, request, AbortSignal.any([signal, stalled.signal]));
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a server has the content of a digest. Throws ProviderError, or the signal's reason. */
export async function hasBlob(server: OllamaServer, digest: string, signal: AbortSignal): Promise<boolean> {
  return (await sendBlob(server, digest, { method: "HEAD" }, signal)) === 200;
}

/** Gives a server content as it comes from elsewhere; its sender looks after stalls. Throws ProviderError, or the signal's reason. */
export async function putContent(
  server: OllamaServer,
  { digest, content, bytes }: { readonly digest: string; readonly content: Readable; readonly bytes: number | null },
  signal: AbortSignal,
): Promise<void> {
  const headers: Record<string, string> = bytes === null ? {} : { "content-length": String(bytes) };
  await sendBlob(server, digest, { method: "POST", body: content, headers }, signal);
}

const partBytes = 1024 * 1024;
const stallMs = 60_000;
const settleMs = 600_000;
const maxMs = 2 ** 31 - 1;
const patience: StepDeadlines = { connectMs: 2_000, firstTokenMs: maxMs, betweenTokensMs: stallMs };

async function sendBlob(
  server: OllamaServer,
  digest: string,
  request: { readonly method: "HEAD" | "POST"; readonly body?: Readable; readonly headers?: Record<string, string> },
  signal: AbortSignal,
): Promise<number> {
  const url = apiUrl(server.endpoint, `/api/blobs/${digest}`);
  const asked = { url, model: null, arrivedCharacters: 0 };
  const target = { ...request, url, headers: { ...bearer(server.key, url), ...request.headers } };
  try {
    const exchange = new Exchange(server.dispatcher, target, patience, signal);
    try {
      const head = await exchange.head();
      const text = await readText(exchange, partBytes);
      const missing = request.method === "HEAD" && head.statusCode === 404;
      if (head.statusCode >= 300 && !missing) throw statusError(head, withoutSecret(text, server.key), asked);
      return head.statusCode;
    } finally {
      exchange.close();
    }
  } catch (error) {
    request.body?.destroy();
    throw asProviderError(error, asked);
  }
}

async function* partsOf(path: string, signal: AbortSignal) {
  let doneBytes = 0;
  const stream = createReadStream(path, { highWaterMark: partBytes, signal });
  try {
    for await (const bytes of stream as AsyncIterable<Buffer>) {
      doneBytes += bytes.length;
      yield { bytes, doneBytes };
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    stream.destroy();
  }
}

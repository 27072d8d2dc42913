import type { IncomingMessage, ServerResponse } from "node:http";
import type { InferenceId } from "../../../shared/contract/ids.ts";
import type { OpenCall } from "../call-list.ts";
import { type Api, errorBody, type Refusal } from "./refusal.ts";

/** JSON of the finding that blocked the answer. */
const findingHeader = "x-taleward-finding";
/** How many of the prompt's oldest messages were left out. */
const droppedHeader = "x-taleward-dropped-messages";
const jsonType = "application/json; charset=utf-8";
/** What may wait in memory for a program that reads slower than the model writes: a very long answer. */
const maxWaitingBytes = 4 * 1024 * 1024;
/** How much of a refused body is still read. */
const lingerBytes = 16 * 1024 * 1024;

/** One request and its answer. Headers are not sent before the first part of the answer is there. */
export class Exchange {
  readonly api: Api;
  readonly call: OpenCall;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly #gone = new AbortController();
  readonly #lingerMs: number;
  readonly #trailers: Record<string, string> = {};

  constructor(api: Api, call: OpenCall, request: IncomingMessage, response: ServerResponse, lingerMs: number) {
    this.api = api;
    this.call = call;
    this.request = request;
    this.response = response;
    this.#lingerMs = lingerMs;
    response.on("close", () => {
      if (response.writableFinished) return;
      call.end(499, "The program left before the answer was complete.");
      this.stop(new DOMException("the program left", "AbortError"));
    });
    response.on("error", () => {}); // "close" reports it
  }

  /** Aborted when the program leaves, or the gateway is switched off. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  stop(reason: unknown): void {
    this.#gone.abort(reason);
  }

  header(name: string, value: string): void {
    if (!this.response.headersSent) this.response.setHeader(name, value);
  }

  /** The blocking finding. */
  finding(value: string): void {
    this.#note(findingHeader, value);
  }

  /** Fewer messages were sent to the model than the request has. */
  dropped(messages: number): void {
    this.#note(droppedHeader, String(messages));
  }

  /** A header; a trailer where a stream has begun, which HTTP 1.0 alone does not have. */
  #note(name: string, value: string): void {
    this.header(name, value);
    if (!this.response.hasHeader("trailer")) return;
    this.#trailers[name] = value;
    this.response.addTrailers(this.#trailers);
  }

  inference(id: InferenceId): void {
    this.header("x-taleward-inference-id", id);
    this.call.inference(id);
  }

  /** One part of a stream. A client that does not read is disconnected once too much is buffered: the model does not run for a client that is not there. */
  send(contentType: string, part: string): void {
    const { response } = this;
    if (part === "" || response.destroyed || response.writableEnded) return;
    if (!response.headersSent) this.#beginStream(contentType);
    response.write(part);
    if (response.writableLength <= maxWaitingBytes) return;
    this.call.end(499, "The program did not read its answer.");
    response.destroy();
  }

  /** Chunks, without which there are no trailers, came with HTTP 1.1. */
  #beginStream(contentType: string): void {
    const { request, response } = this;
    const mayBeBlocked = !response.hasHeader(findingHeader) && request.httpVersion !== "1.0";
    if (mayBeBlocked) response.setHeader("trailer", `${findingHeader}, ${droppedHeader}`);
    response.writeHead(200, { "content-type": contentType });
  }

  /** The stream is complete. */
  endStream(error: string | null = null): void {
    this.call.end(200, error);
    if (!this.response.destroyed) this.response.end();
  }

  /** The whole answer at once. */
  json(body: object): void {
    const contentType = this.api === "ollama" ? jsonType : "application/json";
    this.#whole(200, contentType, JSON.stringify(body));
    this.call.end(200, null);
  }

  text(body: string): void {
    this.#whole(200, "text/plain; charset=utf-8", body);
    this.call.end(200, null);
  }

  empty(status: number): void {
    this.response.writeHead(status).end();
    this.call.end(status, null);
  }

  /** Answers with the error, as long as nothing of an answer was sent. What the program still sends is read and dropped. */
  refuse(refusal: Refusal): void {
    this.call.end(refusal.status, refusal.message);
    const { response } = this;
    if (response.destroyed || response.headersSent) return void response.destroy();
    if (refusal.retryAfterSeconds !== null) response.setHeader("retry-after", String(refusal.retryAfterSeconds));
    if (refusal.allow !== null) response.setHeader("allow", refusal.allow);
    if (refusal.isFinal) response.setHeader("x-should-retry", "false");
    const body = JSON.stringify(errorBody(this.api, refusal));
    const unread = hasBody(this.request) && !this.request.complete;
    if (!this.request.complete) response.setHeader("connection", "close");
    this.#whole(refusal.status, jsonType, body, unread);
    if (unread) this.#linger();
  }

  #whole(status: number, contentType: string, body: string, keepOpen = false): void {
    const { response } = this;
    if (response.destroyed || response.writableEnded) return;
    response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body) });
    if (keepOpen) response.write(body);
    else response.end(body);
  }

  #linger(): void {
    const { request, response } = this;
    let bytes = 0;
    const leave = () => {
      clearTimeout(timer);
      request.off("data", drop).off("end", leave).off("close", leave);
      response.end();
      request.resume();
    };
    const drop = (part: Buffer) => {
      bytes += part.length;
      if (bytes > lingerBytes) leave();
    };
    const timer = setTimeout(leave, this.#lingerMs).unref();
    request.on("data", drop).on("end", leave).on("close", leave);
  }
}

/** A client that sent `Expect: 100-continue` does not send the body when refused. */
function hasBody({ headers }: IncomingMessage): boolean {
  if (headers.expect !== undefined) return false;
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

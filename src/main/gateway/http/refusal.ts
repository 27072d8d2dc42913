import type { Attempt, ErrorClass, InferenceEvent } from "../../../shared/contract/inference.ts";
import { assertNever, Failure } from "../../base/failure.ts";
import { ExpectedError } from "../../base/expected-error.ts";
import { log } from "../../base/logger.ts";

/** Which of the APIs a path belongs to: it decides the shape of every error. */
export type Api = "ollama" | "openai" | "anthropic";

/** OpenAI's names of error types, for programs that distinguish them. */
export type RefusalCode =
  | "invalid_api_key"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "model_not_found"
  | "previous_response_not_found"
  | "invalid_json"
  | "invalid_type"
  | "invalid_value"
  | "unsupported_value"
  | "request_too_large"
  | "request_timeout"
  | ErrorClass;

/** A request that is not answered, with the status it gets; the message is for the program's own screen or log. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: RefusalCode;
  /** The field at fault, as `messages[0].content`. */
  readonly param: string | null;
  readonly retryAfterSeconds: number | null;
  /** The methods a path takes. */
  readonly allow: string | null;
  /** Asking again would only repeat what was tried here: clients of OpenAI and Anthropic, which retry by themselves, are told so. */
  readonly isFinal: boolean;
  /** A few words before the message: Ollama's own program prints them. */
  readonly heading: string | null;

  constructor(
    status: number,
    code: RefusalCode,
    message: string,
    details: {
      readonly param?: string;
      readonly retryAfterSeconds?: number;
      readonly allow?: string;
      readonly isFinal?: boolean;
      readonly heading?: string;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = details.param ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
    this.allow = details.allow ?? null;
    this.isFinal = details.isFinal ?? false;
    this.heading = details.heading ?? null;
  }
}

/** The error as the API it imitates would send it. */
export function errorBody(api: Api, { status, code, message, param, heading }: Refusal): object {
  switch (api) {
    case "ollama":
      return { error: message, ...(heading !== null && { status: heading }) };
    case "openai":
      return { error: { message, type: typeOf(status), param, code } };
    case "anthropic":
      return { type: "error", error: { type: anthropicTypeOf(status), message } };
    default:
      return assertNever(api);
  }
}

type Failed = Pick<Extract<InferenceEvent, { type: "failed" }>, "errorClass" | "message" | "remedy">;

/** What may pass by itself. */
const transient: ReadonlySet<ErrorClass> = new Set<ErrorClass>([
  "refused",
  "broken_stream",
  "overloaded",
  "server_error",
  "engine_crashed",
]);

/** What a failed call is answered with, before or inside the stream. `attempts` is unknown where the failure was thrown. */
export function refusalOfEvent(failed: Failed & { readonly attempts?: readonly Attempt[] }): Refusal {
  const { errorClass, message, remedy, attempts } = failed;
  if (errorClass === "storage") return unstored();
  if (errorClass === "internal") return broken();
  const status = statusOf(errorClass);
  // What may pass by itself was tried again here, unless a part of the answer was there already, or the wait was too long for a call.
  const mayPass =
    attempts === undefined ? errorClass === "overloaded" : attempts.length <= 1 && transient.has(errorClass);
  const isFinal = status >= 500 && !mayPass;
  return new Refusal(status, errorClass, `${message} ${remedy}`, {
    isFinal,
    ...(status === 503 && { retryAfterSeconds: 1 }),
  });
}

/** What a request is answered with that the gateway's own end cuts off. */
export function switchedOff(): Refusal {
  const words = "The answer was stopped: Taleward's gateway is being switched off. Try again when it is on.";
  return new Refusal(503, "overloaded", words, { retryAfterSeconds: 5 });
}

/** What anything thrown is answered with; a bug is logged, and reported to the program only as such. */
export function refusalOfThrown(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const failed = failureOf(thrown);
  if (failed) return refusalOfEvent(failed);
  if (thrown instanceof Failure) return refusalOfFailure(thrown);
  log.error("a bug in a gateway route", thrown);
  return broken();
}

/** Where the data lies, and what is wrong with it, is for the person at this machine: programs are told that it is so. */
function unstored(): Refusal {
  const words = "Taleward cannot read or write its data now, so nothing is answered. Its own window says why.";
  return new Refusal(500, "storage", words, { isFinal: true });
}

function broken(): Refusal {
  return new Refusal(500, "internal", "Something went wrong inside Taleward. Its diagnostics say what.", {
    isFinal: true,
  });
}

/** How a call for a model failed, as it is thrown by what makes it; null for anything else. */
export function failureOf(thrown: unknown): Failed | null {
  return providerFailure(thrown) ?? (thrown instanceof Failure ? providerFailure(thrown.cause) : null);
}

function refusalOfFailure({ code, message, data }: Failure): Refusal {
  const words = `${message} ${data.remedy}`;
  switch (code) {
    case "NOT_FOUND":
      return new Refusal(404, "model_not_found", words);
    case "BAD_REQUEST":
    case "CONFLICT":
      return new Refusal(400, "invalid_value", words, data.field === undefined ? {} : { param: data.field });
    case "UNAVAILABLE":
      return new Refusal(503, "overloaded", words, { retryAfterSeconds: 1 });
    case "STORAGE":
      return unstored();
    default:
      return assertNever(code);
  }
}

function statusOf(errorClass: ErrorClass): number {
  switch (errorClass) {
    case "no_model":
    case "model_not_found":
      return 404;
    case "overloaded":
      return 503;
    case "prompt_too_large":
    case "rejected":
      return 400;
    case "timeout":
      return 504;
    case "internal":
    case "storage":
      return 500;
    case "refused":
    case "broken_stream":
    case "model_changed":
    case "not_allowed":
    case "server_error":
    case "engine_crashed":
    case "not_enough_memory":
    case "invalid_output":
      return 502;
    default:
      return assertNever(errorClass);
  }
}

function providerFailure(thrown: unknown): Failed | null {
  if (!(thrown instanceof ExpectedError)) return null;
  const { message, errorClass, remedy } = thrown;
  return { message, errorClass, remedy };
}

const anthropicTypes: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  413: "request_too_large",
  429: "rate_limit_error",
  503: "overloaded_error",
  504: "timeout_error",
};

function anthropicTypeOf(status: number): string {
  return anthropicTypes[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
}

function typeOf(status: number): string {
  if (status === 429 || status === 503) return "overloaded_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}

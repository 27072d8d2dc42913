import type { Attempt, ErrorClass } from "../../../shared/contract/inference.ts";
import { assertNever } from "../../base/failure.ts";
import type { ProviderError } from "../provider.ts";
import { ExchangeError } from "../providers/http/exchange.ts";
import { type Backoff, backoffMs } from "../../base/backoff.ts";

/** The facts about a failed attempt that decide what follows it. */
export interface FailedAttempt {
  readonly errorClass: ErrorClass;
  readonly retryAfterMs: number | null;
  /** A part of the answer has reached the reader, who would see it twice if another attempt were made. */
  readonly shown: boolean;
  /** The version has another address that may be called and where it has not failed this call. */
  readonly hasReplica: boolean;
  /** Retries already made in this call, over all its versions. */
  readonly retries: number;
  readonly hasFallback: boolean;
  /** Whether the call waits longer than a second where the server asks for that. */
  readonly mayWait: boolean;
}

export interface NextStep {
  /** `elsewhere` is the same version at another of its addresses, which counts as no retry. */
  readonly next: Extract<Attempt["next"], "retry" | "fallback" | "end"> | "elsewhere";
  /** Before the next attempt. */
  readonly waitMs: number;
}

/** For a whole call: retries never multiply across its fallbacks. */
const retryBudget = 2;
/** Where a server asks for a longer wait, the call does not wait. */
const maxWaitMs = 10_000;
const backoff: Backoff = { firstMs: 150, maxMs: maxWaitMs };

/**
 * Decides what follows a failed attempt: the same version at another address or again, the next in the chain, or the end.
 * Without a `Retry-After` the first retry waits 150 ms and the second 300 ms.
 *
 * @example
 * retryPolicy({ errorClass: "refused", retryAfterMs: null, shown: false, hasReplica: false, retries: 0, hasFallback: true, mayWait: false });
 * // { next: "retry", waitMs: 150 }
 */
export function retryPolicy(failed: FailedAttempt): NextStep {
  if (failed.shown) return { next: "end", waitMs: 0 };
  if (failed.hasReplica && replicaMayAnswer(failed.errorClass)) return { next: "elsewhere", waitMs: 0 };
  const retriable = isTransient(failed.errorClass) && failed.retries < retryBudget;
  const waitMs = failed.retryAfterMs ?? backoffMs(backoff, failed.retries);
  if (retriable && waitMs <= (failed.mayWait ? maxWaitMs : 1_000)) return { next: "retry", waitMs };
  return { next: failed.hasFallback && fallbackMayAnswer(failed.errorClass) ? "fallback" : "end", waitMs: 0 };
}

/** Whether the same call to the same server may well succeed a moment later. */
function isTransient(errorClass: ErrorClass): boolean {
  switch (errorClass) {
    case "refused":
    case "broken_stream":
    case "overloaded":
    case "server_error":
    case "engine_crashed":
      return true;
    case "timeout": // the call has waited long enough already
    case "model_not_found":
    case "model_changed":
    case "rejected":
    case "not_allowed":
    case "not_enough_memory":
    case "no_model":
    case "prompt_too_large":
    case "invalid_output": // its repairs were its retries
    case "storage":
    case "internal":
      return false;
    default:
      return assertNever(errorClass);
  }
}

/** Whether the same version may answer at another address where it could not at this one. */
function replicaMayAnswer(errorClass: ErrorClass): boolean {
  if (errorClass === "model_not_found" || errorClass === "model_changed") return true;
  return errorClass === "not_enough_memory" || concernsEndpoint(errorClass);
}

/** Whether another version may answer where this one could not. */
function fallbackMayAnswer(errorClass: ErrorClass): boolean {
  return errorClass !== "storage" && errorClass !== "internal" && errorClass !== "no_model";
}

/** Whether a failure is the fault of the endpoint or of the model there, and not of the request. */
export function concernsEndpoint(errorClass: ErrorClass): boolean {
  switch (errorClass) {
    case "refused":
    case "timeout":
    case "broken_stream":
    case "overloaded":
    case "server_error":
    case "engine_crashed":
    case "not_allowed":
      return true;
    case "model_not_found":
    case "model_changed":
    case "rejected":
    case "not_enough_memory":
    case "no_model":
    case "prompt_too_large":
    case "invalid_output":
    case "storage":
    case "internal":
      return false;
    default:
      return assertNever(errorClass);
  }
}

/**
 * Whether a failure speaks of the server, so that it would meet every model there, or of the one model that was called: an answer
 * that broke off, an error of the model's own, or a silence while it loads or writes.
 */
export function scopeOf({ errorClass, cause, concerns }: Pick<ProviderError, "errorClass" | "cause" | "concerns">) {
  if (concerns !== null) return concerns;
  if (errorClass === "timeout") return isConnecting(cause) ? "server" : "model";
  return errorClass === "refused" || errorClass === "overloaded" || errorClass === "not_allowed" ? "server" : "model";
}

function isConnecting(cause: unknown): boolean {
  return cause instanceof ExchangeError && cause.phase === "connecting";
}

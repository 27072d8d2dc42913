import type { Attempt, ErrorClass } from "../../../shared/contract/inference.ts";
import { assertNever } from "../../base/failure.ts";
import { type Backoff, backoffMs } from "../../base/backoff.ts";

/** What is known when an attempt has failed. */
export interface FailedAttempt {
  readonly errorClass: ErrorClass;
  readonly retryAfterMs: number | null;
  /** Something of the answer has reached the reader, so that another attempt would say it twice. */
  readonly shown: boolean;
  /** The version has another address, not left alone, where it has not failed this call. */
  readonly hasReplica: boolean;
  /** Retries already made in this call, over all its versions. */
  readonly retries: number;
  readonly hasFallback: boolean;
  /** Whether it waits longer than a second for a server that asks for it. */
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
/** A server that asks for a longer wait is not retried. */
const maxWaitMs = 10_000;
const backoff: Backoff = { firstMs: 150, maxMs: maxWaitMs };

/** Decides what follows a failed attempt: the same version elsewhere or again, the next in the chain, or the end. */
export function retryPolicy(failed: FailedAttempt): NextStep {
  if (failed.shown) return { next: "end", waitMs: 0 };
  if (failed.hasReplica && replicaMayDo(failed.errorClass)) return { next: "elsewhere", waitMs: 0 };
  const retriable = isTransient(failed.errorClass) && failed.retries < retryBudget;
  const waitMs = failed.retryAfterMs ?? backoffMs(backoff, failed.retries);
  if (retriable && waitMs <= (failed.mayWait ? maxWaitMs : 1_000)) return { next: "retry", waitMs };
  return { next: failed.hasFallback && anotherMayDo(failed.errorClass) ? "fallback" : "end", waitMs: 0 };
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
    case "timeout": // it was waited for long enough already
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

/** Whether the same version may do at another address what it could not at this one. */
function replicaMayDo(errorClass: ErrorClass): boolean {
  if (errorClass === "model_not_found" || errorClass === "model_changed") return true;
  return errorClass === "not_enough_memory" || speaksOfEndpoint(errorClass);
}

/** Whether another version may do what this one could not. */
function anotherMayDo(errorClass: ErrorClass): boolean {
  return errorClass !== "storage" && errorClass !== "internal" && errorClass !== "no_model";
}

/** Whether a failure says something of the endpoint, and not of the request or of one model. */
export function speaksOfEndpoint(errorClass: ErrorClass): boolean {
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

import type { ModelVersion } from "../../../shared/contract/registry.ts";
import { Failure } from "../../base/failure.ts";
import { log } from "../../base/logger.ts";
import { ProviderError } from "../provider.ts";

/**
 * Maps what was thrown to an expected failure. A prompt that does not fit into one version's context, or that the version
 * rejects, another version may answer; anything else is a bug of ours, which is logged and reported as one.
 */
export function asProviderError(thrown: unknown): ProviderError {
  if (thrown instanceof ProviderError) return thrown;
  if (thrown instanceof Failure && thrown.code === "BAD_REQUEST") {
    const errorClass = thrown.data.field === "prompt" ? "prompt_too_large" : "rejected";
    return new ProviderError(errorClass, thrown.message, thrown.data.remedy, { cause: thrown });
  }
  log.error("a bug in a call", thrown);
  return new ProviderError(
    "internal",
    `Something went wrong inside Taleward: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    "Try again; if it happens again, report it with the log entry.",
    { cause: thrown },
  );
}

/** The call's total time is up. */
export function tooLate(totalMs: number): ProviderError {
  return new ProviderError(
    "timeout",
    `The call was not finished within ${(totalMs / 1000).toLocaleString("en")} s.`,
    "Give it more time, ask for fewer tokens, or assign a faster version.",
  );
}

/** The server's model of that name is no longer the one that was registered. */
export function changed(version: ModelVersion, endpoint: string): ProviderError {
  const name = version.configuration.serverModel ?? version.model;
  return new ProviderError(
    "model_changed",
    `${name} at ${endpoint} is no longer what ${version.model} ${version.version} was registered as.`,
    "Register what is there now as a new version on the Models screen, or put the registered one back.",
  );
}

/** A model's file was written to, and was not read again before the first token's deadline. It says nothing about the engine. */
export class Unverified extends ProviderError {
  constructor({ model, version, configuration }: ModelVersion) {
    super(
      "timeout",
      `${configuration.file ?? model} was written to, and it was not read again in time to tell whether it still is ${model} ${version}.`,
      "It is still being read: call again in a while, or give the version more time for its first token.",
    );
  }
}

/** The answer does not fit the format it was asked for. */
export function misfit(version: ModelVersion, problem: string, repaired: number): ProviderError {
  return new ProviderError(
    "invalid_output",
    `The answer of ${version.model} ${version.version} does not fit the format, after ${repaired} repairs. ${problem}`,
    "Loosen the schema, say in the prompt what is wanted, or assign a version that follows formats better.",
  );
}

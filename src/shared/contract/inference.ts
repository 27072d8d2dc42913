import { eventIterator } from "@orpc/contract";
import { z } from "zod";
import { route } from "./errors.ts";
import { finding, severity, verdict } from "./guardrails.ts";
import { inferenceId, versionId } from "./ids.ts";

/** A use case's name: lower case words joined by underscores, such as `story_generation`. */
export const useCaseName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/, "lower case words joined by underscores, such as story_generation");

/** Sampling options in Ollama's vocabulary; what is left out is the version's own or the model's default. */
export const samplingOptions = z.object({
  temperature: z.number().min(0).max(5).optional(),
  topP: z.number().gt(0).max(1).optional(),
  topK: z.number().int().min(0).max(10_000).optional(),
  minP: z.number().min(0).max(1).optional(),
  repeatPenalty: z.number().min(0).max(5).optional(),
  repeatLastN: z.number().int().min(-1).max(100_000).optional(),
  seed: z.number().int().min(0).max(4_294_967_295).optional(),
  maxTokens: z.number().int().min(1).max(32_768).optional(),
  stop: z.array(z.string().min(1).max(200)).max(16).optional(),
  threads: z.number().int().min(1).max(256).optional(),
});
export type SamplingOptions = z.infer<typeof samplingOptions>;

export const message = z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() });
export type Message = z.infer<typeof message>;

/** How a call failed: what to retry, what to fall back from, and what to tell the person. */
export const errorClass = z.enum([
  "refused", // nothing listens there, or the connection broke before an answer
  "timeout", // no first byte, or a stall between tokens
  "broken_stream", // the answer ended without its final line, or held a line that is not JSON
  "model_not_found",
  "server_error", // an error status, or an error inside the stream
  "engine_crashed", // the built-in engine's process ended
  "no_model", // nothing is assigned to the use case
  "prompt_too_large",
  "storage", // the call could not be logged, so it was not made
  "internal",
]);
export type ErrorClass = z.infer<typeof errorClass>;

/** Milliseconds; null where the provider did not say. */
export const timings = z.object({
  queueMs: z.number().nullable(),
  loadMs: z.number().nullable(),
  prefillMs: z.number().nullable(),
  decodeMs: z.number().nullable(),
  firstTokenMs: z.number().nullable(),
  totalMs: z.number(),
});
export type Timings = z.infer<typeof timings>;

export const finishReason = z.enum(["stop", "length", "repetition", "held", "stopped"]);
export type FinishReason = z.infer<typeof finishReason>;

/** What a caller of one inference sees, in order: `started`, any number of `token` and `held`, then `done` or `failed`. */
export const inferenceEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("started"),
    inferenceId,
    useCase: z.string(),
    model: z.string(),
    version: z.string(),
    versionId,
    digest: z.string().nullable(),
    registryStale: z.boolean(),
  }),
  /** Text that was checked and cleared. */
  z.object({ type: z.literal("token"), text: z.string() }),
  /** Something was held back; `fallback` stands in its place. */
  z.object({
    type: z.literal("held"),
    finding: finding.omit({ start: true, end: true }),
    severity,
    /** What was held and why, in a sentence for the person at the desk. */
    reason: z.string(),
    fallback: z.string(),
  }),
  /** Sent after the log row is committed. */
  z.object({
    type: z.literal("done"),
    inferenceId,
    model: z.string(),
    version: z.string(),
    digest: z.string().nullable(),
    promptTokens: z.number().int().nullable(),
    completionTokens: z.number().int().nullable(),
    finishReason,
    timings,
    verdict,
  }),
  /** Sent after the log row is committed, except where the log itself is what failed. */
  z.object({
    type: z.literal("failed"),
    inferenceId: inferenceId.nullable(),
    errorClass,
    message: z.string(),
    remedy: z.string(),
  }),
]);
export type InferenceEvent = z.infer<typeof inferenceEvent>;

export const starterStatus = z.object({
  state: z.enum(["absent", "downloading", "verifying", "installed"]),
  bytesDone: z.number().int(),
  bytesTotal: z.number().int(),
  bytesPerSecond: z.number().nullable(),
  source: z.string().nullable(),
});
export type StarterStatus = z.infer<typeof starterStatus>;

export const inferenceContract = {
  /** One guarded, logged call from a prompt, without a story around it. */
  generate: route
    .input(
      z.object({
        useCase: useCaseName,
        prompt: z.string().trim().min(1).max(200_000),
        options: samplingOptions.optional(),
      }),
    )
    .output(eventIterator(inferenceEvent)),
  /** What answers a use case right now, for the status bar. */
  status: route.input(z.object({ useCase: useCaseName })).output(
    z.object({
      assigned: z.object({ model: z.string(), version: z.string(), provider: z.string() }).nullable(),
      /** Whether the weights are in memory; null where nobody can say. */
      loaded: z.boolean().nullable(),
      /** Of the last finished call; null before the first. */
      tokensPerSecond: z.number().nullable(),
      running: z.number().int(),
      registryStale: z.boolean(),
      /** Why no call can succeed now, in a sentence; null when one can. */
      trouble: z.string().nullable(),
    }),
  ),
  starter: route.output(starterStatus),
  /** Fetches, verifies, registers and assigns the starter model; resumes what an earlier try left. Cancelled by its signal. */
  installStarter: route.output(eventIterator(starterStatus)),
};
